"""Whatever comes: no exception, no sentence lost, and work that grows with the size and no faster."""

from __future__ import annotations

import base64
import contextlib
import itertools
import quopri
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from services.intake.email import invitations, tnef
from services.intake.email.bodies import contents
from services.intake.email.charsets import decode
from services.intake.email.headers import decode_words
from services.intake.email.mime import entity
from services.intake.email.parsing import parse
from services.intake.email.quoting import fold
from services.intake.email.smime import Unreadable, content_of
from services.intake.email.threads import references_in
from shared.events.feedback import FeedbackContent, MessageContent
from tests.intake.email.mails import OWN, joined, part

WORDS = st.lists(st.text("abcdefghijklmnopqrstuvwxyz\u00e9\u0142", min_size=2, max_size=7), min_size=4, max_size=9)
ENCODING = st.sampled_from(["8bit", "base64", "quoted-printable"])
KIND = st.sampled_from(["plain", "html", "flowed"])


def leaf(sentences: list[str], kind: str, encoding: str) -> bytes:
    if kind == "html":
        content = "".join(f"<div><p>{s}</p></div>" for s in sentences)
    else:
        content = "\r\n".join(s.replace(" ", " \r\n") if kind == "flowed" else s for s in sentences)
    data = content.encode()
    if encoding == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data)
    subtype = {"plain": "plain", "html": "html", "flowed": "plain; format=flowed"}[kind]
    headers = f"Content-Type: text/{subtype}; charset=utf-8\nContent-Transfer-Encoding: {encoding}"
    return part(headers, data)


@st.composite
def branches(draw, depth, numbers) -> tuple[bytes, list[str]]:
    """A part and the sentences in it. No two sentences share a word, so that one never stands for another."""
    shape = draw(st.sampled_from(["leaf", "mixed", "alternative", "related", "forward", "signed"] if depth else ["leaf"]))
    if shape == "leaf":
        sentences = [
            " ".join(f"{word}{n}" for word in words).capitalize() + "."
            for words, n in zip(draw(st.lists(WORDS, min_size=1, max_size=3)), numbers, strict=False)
        ]
        return leaf(sentences, draw(KIND), draw(ENCODING)), sentences
    if shape == "forward":
        inner, sentences = draw(branches(depth - 1, numbers))
        return part("Content-Type: message/rfc822", b"Subject: inner\r\n" + inner), sentences
    children = [draw(branches(depth - 1, numbers)) for _ in range(draw(st.integers(1, 3)))]
    boundary = f"b{depth}"
    body = joined(*(child for child, _ in children), boundary=boundary)
    sentences = [s for _, found in children for s in found]
    return part(f"Content-Type: multipart/{shape}; boundary={boundary}", body), sentences


@st.composite
def trees(draw):
    return draw(branches(2, itertools.count(100)))


@given(trees())
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_no_sentence_of_a_body_is_lost(tree):
    raw, sentences = tree
    mail = parse(b"From: a@example.org\r\n" + raw, "a@example.org", OWN)
    for sentence in sentences:
        assert sentence in mail.narrative, raw.decode()
    folding = mail.folding(OWN)
    assert all(s in folding.shown or s in folding.folded or s not in mail.text for s in sentences)


PIECES = st.sampled_from(
    [
        b"From: =?utf-8?q?=ff=fe?= <a@b>, C, D <e@f",
        b"From: \xff\xfe@\x80",
        b"Reply-To: ((((((",
        b"Subject: =?x-unknown?b?!!!!?=",
        b"Subject: RD-00000-000000 RD",
        b"In-Reply-To: <<<>>>",
        b"Received: by x; never",
        b"Content-Type: text/plain; charset=utf-7; format=flowed",
        b"Content-Type: text/plain; charset*=''%ff; name*0*=a''%; name*9=z",
        b"Content-Type: text/html; charset=utf-16",
        b"Content-Type: text/calendar",
        b"Content-Type: application/ms-tnef",
        b"Content-Type: application/pkcs7-mime",
        b"Content-Type: application/rtf; name=a.rtf",
        b"Content-Type: multipart/mixed; boundary=x",
        b'Content-Type: multipart/alternative; boundary="x',
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x",
        b"Content-Type: message/rfc822",
        b"Content-Type: message/delivery-status",
        b"Content-Type: /; =",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe",
        b"Auto-Submitted: \x00",
        b"--x",
        b"",
        b"--x--",
        b"<html><p>a<!-- <style>",
        b"BEGIN:VEVENT",
        b'SUMMARY;X=":":y',
        b"{\\rtf1 \\u-9 \\'zz",
        b"+2AA-",
        tnef.SIGNATURE + b"\0\0\1\3\x90\0\0\4\0\0\0\xff\xff\xff\xff\0\0",
        b"0\x80\x06\x09",
        b"> q",
        b"On 1 Jan 2026, at 10:00, a@b wrote:",
    ]
)
ANY_MAIL = st.one_of(
    st.binary(max_size=300), st.lists(st.one_of(PIECES, st.binary(max_size=30)), max_size=16).map(b"\r\n".join)
)  # fmt: skip


@given(ANY_MAIL, st.sampled_from(["", "<>", "a@b"]))
@example(
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 400,
    "",
)
@settings(max_examples=300, suppress_health_check=list(HealthCheck))
def test_any_bytes_are_read_without_the_last_resort(raw, return_path):
    """`parse` catches whatever a parser may do; none of its own may need that."""
    contents(entity(raw))
    mail = parse(raw, return_path, OWN)
    FeedbackContent(name=mail.name, email=mail.address, subject=mail.subject, narrative=mail.narrative).model_dump_json()
    MessageContent(sender=mail.sender.address, text=mail.reply(OWN)).model_dump_json()
    for file in mail.parts:
        FeedbackContent(attachment_names={"x": file.name}).model_dump_json()


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_are_read_by_each_reader(data):
    tnef.contents(tnef.SIGNATURE + data)
    tnef.rtf_text(b"{\\rtf1 " + data)
    invitations.read("BEGIN:VEVENT\n" + data.decode("latin-1"))
    for label in ("utf-7", "gbk", "iso-2022-jp", "cp437"):
        decode(data, label)
    with_start = bytes.fromhex("308006092a864886f70d010702a080") + data
    for held in (data, with_start):
        with contextlib.suppress(Unreadable):
            content_of(held)


MANY = 250_000
NESTED = b"".join(
    b"Content-Type: multipart/mixed; boundary=n%d\r\n\r\n--n%d\r\n" % (n, n) for n in range(5_000)
)  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(NESTED, id="nested"),
        pytest.param(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n\r\n" * 60_000, id="parts"),
        pytest.param(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"\r\n--" * MANY, id="dashes"),
        pytest.param(b"Content-Type: text/plain;" + b' a="' * 150_000 + b"\r\n\r\nx", id="parameters"),
        pytest.param(b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nx", id="references"),
        pytest.param(b"Subject: " + b"=?utf-8?q?a?= " * 60_000 + b"\r\n\r\nx", id="words"),
        pytest.param(b"From: " + b"a, (" * 150_000 + b"\r\n\r\nx", id="addresses"),
        pytest.param(b"Received: by x;\r\n" * 100_000 + b"\r\nx", id="fields"),
        pytest.param(b"X: a\r\n" + b" folded\r\n" * 60_000 + b"\r\nx", id="folded"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 100_000, id="tables"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<p>a" * 150_000, id="paragraphs"),
        pytest.param(b"Content-Type: text/html\r\n\r\n<table><tr><td>" + b"<p>a" * 100_000, id="paragraphs in a cell"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b"<!--<style>" * 60_000, id="unclosed"),
        pytest.param(b"Content-Type: text/html\r\n\r\n" + b'"data:' * 100_000, id="pictures"),
        pytest.param(b"Content-Type: text/calendar\r\n\r\nA" + b';b="' * 100_000, id="calendar"),
        pytest.param(b"Content-Type: application/rtf\r\n\r\n{\\rtf1" + b"{\\pict" * 60_000, id="rtf"),
        pytest.param(b"Content-Type: application/pkcs7-mime\r\n\r\n" + b"\x30\x80" * MANY, id="cms"),
        pytest.param(
            b"Content-Type: application/ms-tnef\r\n\r\n" + tnef.SIGNATURE + b"\0\0" + b"\1\3\x90\0\0\0\0\0\0\0\0" * 100_000,
            id="tnef",
        ),
        pytest.param(b"\r\n" + b"RD RD-" * 100_000, id="reference"),
        pytest.param(b"\r\n" + b"> \r\n" * 150_000, id="quoted"),
        pytest.param(b"\r\n" + b"On 1 Jan 2026 at 10:00 a@b\r\n" * 50_000 + b"wrote:\r\n> x", id="attribution"),
        pytest.param(b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"> a \r\n" * 100_000, id="flowed"),
        pytest.param(b"Content-Transfer-Encoding: base64\r\n\r\n" + b"QQ==\r\n" * 100_000, id="base64"),
        pytest.param(b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + b"\xff" * MANY, id="wrong bytes"),
    ],
)  # fmt: skip
def test_what_is_made_to_take_long_takes_seconds(raw):
    """A square would take hours; the bound leaves room for a busy machine."""
    started = time.process_time()
    mail = parse(raw, "a@b", OWN)
    fold(mail.text, OWN)
    assert time.process_time() - started < 20


def test_readers_of_text_are_linear_by_themselves():
    started = time.process_time()
    decode_words("=?" * MANY)
    references_in("RD" * 150_000)
    fold("> a\n" * 100_000, OWN)
    assert time.process_time() - started < 20
