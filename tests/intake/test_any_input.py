"""Whatever is sent: an email is kept or refused for now, a request is answered in the 200s or 400s. Nothing crashes."""

from __future__ import annotations

import asyncio
import email.policy
import json
import smtplib
import time
from email.message import EmailMessage

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from redress.sample import LISTS
from services.intake.attachments.sniff import media_type
from services.intake.email.parsing import parse
from services.intake.email.quoting import newest
from services.intake.pages.form import read
from shared.events.feedback import FeedbackContent, MessageContent
from shared.taxonomy.codes import Codes
from tests.intake.service_rig import serving, settings_on
from tests.servers import fresh_databases, fresh_topics
from tests.waiting import PATIENCE

HEADERS = st.sampled_from(
    [
        b"From: =?utf-8?q?=ff=fe?= <a@b>",
        b"From: \xff\xfe@\x80",
        b"Subject: =?x-unknown?b?!!!!?=",
        b"Subject: RD-00000-000000 RD",
        b"Message-ID: <>",
        b"Message-ID: <a@b>",
        b"In-Reply-To: <<<>>>",
        b"Content-Type: text/plain; charset=utf-7",
        b"Content-Type: text/plain; charset*=''%ff",
        b"Content-Type: text/html; charset=no-such",
        b"Content-Type: multipart/mixed; boundary=x",
        b"Content-Type: multipart/alternative",
        b"Content-Type: message/rfc822",
        b"Content-Type: /; =",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe",
        b"Auto-Submitted: \x00",
        b"--x",
        b"",
        b"--x--",
        b"<html><p>a<!-- ",
    ]
)
ANY_EMAIL = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(HEADERS, st.binary(max_size=40)), max_size=14).map(b"\r\n".join),
)


@given(ANY_EMAIL)
@example(b"")
@example(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 400)
@example(b"Content-Type: text/html\r\n\r\n" + b"<div>" * 5000)
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_read_as_a_mail(raw):
    mail = parse(raw, "a@b")
    # What was understood can be sealed: everything in it can be written down.
    FeedbackContent(name=mail.name, email=mail.address, subject=mail.subject, narrative=mail.text).model_dump_json()
    MessageContent(sender=mail.address, subject=mail.subject, text=newest(mail.text)).model_dump_json()
    for part in mail.parts:
        media_type(part.data, part.declared, part.name)
        FeedbackContent(attachment_names={"x": part.name}).model_dump_json()


@given(st.text(max_size=3000))
@example("On " * 300 + "wrote")
@example("From: a\nTo: b\n" * 300)
@example("> " * 900)
@example(("Disclaimer: " + "a " * 450 + "\n") * 20)
@settings(max_examples=200, deadline=None)
def test_quoting_takes_no_time_and_leaves_something(text):
    started = time.perf_counter()
    assert bool(newest(text)) == bool(text)
    assert time.perf_counter() - started < 3


@given(st.dictionaries(st.sampled_from(["kind", "narrative", "email", "district", "token", "x"]), st.text(max_size=60)))
@settings(max_examples=200, deadline=None)
def test_any_form_is_a_submission_or_has_faults(given_):
    filled = read(given_, Codes(LISTS))
    assert filled.summary or filled.submission().narrative


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=5),
    max_leaves=12,
)
NEAR = st.fixed_dictionaries(
    {"kind": st.sampled_from(["complaint", "comment", "x"]), "narrative": st.text(min_size=1, max_size=50)},
    optional={
        name: JSON | st.text(max_size=20)
        for name in ("name", "email", "district", "received_at", "attachment_ids", "channel", "x\ud800")
    },
)


@pytest.fixture(scope="module")
async def shared_intake(mongo_url, kafka_bootstrap):
    async with fresh_topics(kafka_bootstrap) as topics, fresh_databases(mongo_url) as databases:
        made = settings_on(mongo_url, kafka_bootstrap, topics, databases)
        async with serving(made) as intake:
            yield intake


async def test_any_json_is_accepted_or_refused_with_what_is_wrong(shared_intake):
    def attempts():
        with httpx.Client(base_url=shared_intake.url, trust_env=False, timeout=PATIENCE) as client:

            @given(st.one_of(JSON, NEAR), st.none() | st.binary(max_size=20))
            @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
            def attempt(body, key):
                headers = {b"content-type": b"application/json"}
                if key is not None:
                    headers[b"idempotency-key"] = bytes(b for b in key if b >= 32 and b != 127).strip()
                answer = client.post("/api/v1/feedback", content=json.dumps(body), headers=headers)
                assert answer.status_code == 202 or 400 <= answer.status_code < 500, answer.text
                if answer.status_code >= 400:
                    assert answer.headers["content-type"] in {
                        "application/problem+json",
                        "text/plain; charset=utf-8",
                    }

            attempt()

    await asyncio.to_thread(attempts)


async def test_any_email_is_kept(shared_intake):
    def attempts():
        @given(ANY_EMAIL)
        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        def attempt(raw):
            with smtplib.SMTP("127.0.0.1", shared_intake.mail_port, timeout=PATIENCE) as client:
                assert client.sendmail("a@b.example", ["complaints@redress.localhost"], raw) == {}

        attempt()

    await asyncio.to_thread(attempts)
    assert 'mail_in_total{result="deferred"}' not in (await shared_intake.http.get("/metrics")).text


def test_charsets_alternatives_and_html_alone():
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Jos\u00e9 <jose@example.com>"
    message["Subject"] = "Caf\u00e9"
    message.set_content("na\u00efve", charset="iso-8859-1")
    message.add_alternative("<p>na\u00efve in <b>HTML</b></p>", subtype="html")
    mail = parse(message.as_bytes(), "jose@example.com")
    assert (mail.name, mail.subject, mail.text) == ("Jos\u00e9", "Caf\u00e9", "na\u00efve")
    html = EmailMessage(policy=email.policy.SMTP)
    html.set_content("<p>One</p><script>x()</script><ul><li>two</li></ul>", subtype="html")
    text = parse(html.as_bytes(), "a@b").text
    assert "One" in text
    assert "two" in text
    assert "<" not in text
    assert "x()" not in text


def test_a_forwarded_message_is_kept_whole():
    inner = EmailMessage(policy=email.policy.SMTP)
    inner["Subject"] = "What they wrote"
    inner.set_content("Inner words")
    inner.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="in.pdf")
    outer = EmailMessage(policy=email.policy.SMTP)
    outer["Subject"] = "Fwd: What they wrote"
    outer.set_content("See below")
    outer.add_attachment(inner)
    mail = parse(outer.as_bytes(), "a@b")
    assert mail.text == "See below"
    (part,) = mail.parts
    assert (part.name, part.declared) == ("What they wrote.eml", "message/rfc822")
    assert b"Inner words" in part.data
    assert b"in.pdf" in part.data
    assert media_type(part.data, part.declared, part.name) == "message/rfc822"


def test_a_long_text_is_cut_and_reports_it():
    raw = b"Subject: long\r\n\r\n" + b"words and words\r\n" * 20_000
    text = parse(raw, "a@b").text
    assert len(text) < 100_200
    assert "The whole message is kept" in text
