"""Headers as they come: folded, encoded, raw, broken; and who a mail is from."""

from __future__ import annotations

import pytest

from services.intake.email.addresses import Mailbox, mailboxes
from services.intake.email.headers import decode_words
from services.intake.email.headers import read as read_headers
from tests.intake.email.mails import OWN, multipart, part
from tests.intake.email.mails import read as read_mail


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?B?xYF1a2FzeiDF?= =?utf-8?B?mndpxJl0ZWs=?=", "\u0141ukasz \u015awi\u0119tek"),
        ("=?utf-8?Q?caf=C3?=\t=?UTF-8?Q?=A9_bar?=", "caf\u00e9 bar"),
        ("=?iso-8859-1?q?=A3?= and =?utf-8?b?4oKs?=", "\u00a3 and \u20ac"),
        ("=?iso-8859-1?q?=A3?= =?utf-8?b?4oKs?=", "\u00a3\u20ac"),
        ("=?utf-8*en?q?Language?=", "Language"),
        ("=?gb2312?B?1uzpRrv5?=", "\u6731\u9555\u57fa"),
        ("=?utf-8?Q?spaces are wrong?=", "spaces are wrong"),
        ("=?x-none?b?!!!!?= =?utf-8?q?ok?=", "ok"),
        ("=?utf-8?b?YQ?= plain", "a plain"),
        ("not =? encoded", "not =? encoded"),
    ],
)
def test_encoded_words(value, text):
    assert decode_words(value) == text


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("Subject: Se\u00e1n".encode(), "Se\u00e1n"),
        (b"Subject: Se\xe1n \x80", "Se\u00e1n \u20ac"),
        (b"Subject: folded\r\n over\r\n\tlines", "folded over\tlines"),
        (b"From nobody Thu Nov 26\r\nSUBJECT : spaced", "spaced"),
        (b"garbage\r\nSubject: after garbage", "after garbage"),
        (b"Subject: first\r\nSubject: second", "first"),
    ],
)
def test_a_header_is_read(head, text):
    assert read_headers(head).text("subject") == text


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("Tester, Ann <a@b.org>", [("Ann Tester", "a@b.org")]),
        ("=?utf-8?Q?Tester?=, Ann <a@b.org>", [("Ann Tester", "a@b.org")]),
        ('"Tester, Ann" <a@b.org>', [("Tester, Ann", "a@b.org")]),
        ("=?utf-8?Q?Tester=2C_Ann?= <a@b.org>", [("Tester, Ann", "a@b.org")]),
        ("Smith, John, Dr <j@s.org>", [("Smith, John, Dr", "j@s.org")]),
        ("a@b.org (Ann (the elder) Tester)", [("Ann the elder Tester", "a@b.org")]),
        ("a@b.org", [("", "a@b.org")]),
        ("'a@b.org' <a@b.org>", [("", "a@b.org")]),
        ("Ann Tester a@b.org", [("Ann Tester", "a@b.org")]),
        ("Ann <\u200ba@b.org>", [("Ann", "a@b.org")]),
        ("A <a@b.org>; B <c@d.org>", [("A", "a@b.org"), ("B", "c@d.org")]),
        ("Ann@Home <a@b.org>", [("Ann@Home", "a@b.org")]),
        ('"Ann \\"the bin\\" Tester" <a@b.org>', [('Ann "the bin" Tester', "a@b.org")]),
        ("Ann Tester", [("Ann Tester", "")]),
        ("", []),
        ("<>", []),
    ],
)
def test_addresses(value, found):
    assert mailboxes(value) == tuple(Mailbox(name, address) for name, address in found)


def headed(headers: str) -> bytes:
    return headers.replace("\n", "\r\n").encode() + b"\r\n\r\nWords."


@pytest.mark.parametrize(
    ("headers", "person", "machine_made"),
    [
        # A person who wants the answer at home.
        ("From: Ann <ann@work.example>\nReply-To: ann@home.example", ("Ann", "ann@home.example"), False),
        # Forms and programs that write for a person.
        ("From: noreply@x.example\nReply-To: Bea <bea@y.example>", ("Bea", "bea@y.example"), False),
        ("From: <www-data@x.example>\nReply-To: bea@y.example\nAuto-Submitted: auto-generated", ("", "bea@y.example"), False),
        # Reply-To names nobody new, is the mailbox itself, or is broken.
        ("From: Ann <ann@x.example>\nReply-To: ANN@x.example", ("Ann", "ann@x.example"), False),
        ("From: Ann <ann@x.example>\nReply-To: complaints@redress.localhost", ("Ann", "ann@x.example"), False),
        ("From: Ann <ann@x.example>\nReply-To: nonsense", ("Ann", "ann@x.example"), False),
        # No From at all.
        ("Sender: Ann <ann@x.example>", ("Ann", "ann@x.example"), False),
        ("Subject: x", ("", "path@z.example"), False),
        # A program that writes for nobody.
        ("From: cron@x.example\nAuto-Submitted: auto-generated", ("", "cron@x.example"), True),
    ],
)  # fmt: skip
def test_who_wrote(headers, person, machine_made):
    mail = read_mail(headed(headers), "<path@z.example>")
    assert (mail.name, mail.address) == person
    assert (mail.machine is not None) == machine_made


def test_what_is_sent_by_the_mailbox_itself_is_not_from_it_where_a_person_is_named():
    raw = headed("From: complaints@redress.localhost\nReply-To: complaints@redress.localhost, Ann <ann@x.example>")
    mail = read_mail(raw)
    assert (mail.address, mail.sender.address) == ("ann@x.example", "complaints@redress.localhost")
    assert mail.sender.address in OWN


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*=utf-8''caf%C3%A9.pdf", "caf\u00e9.pdf"),
        ("filename*0=caf; filename*1=e.pdf", "cafe.pdf"),
        ("filename*0*=utf-8''caf%C3; filename*1*=%A9.pdf", "caf\u00e9.pdf"),
        ('filename="=?utf-8?Q?caf=C3=A9.pdf?="', "caf\u00e9.pdf"),
        ('filename="caf\u00e9.pdf"', "caf\u00e9.pdf"),
        ("filename=a b.pdf", "a b.pdf"),
        ("filename*=no-such''%ff.pdf", "\u00ff.pdf"),
    ],
)
def test_names_of_files(disposition, name):
    file = part(f"Content-Type: application/pdf\nContent-Disposition: attachment; {disposition}", b"%PDF-1.4")
    assert [p.name for p in read_mail(multipart("mixed", file)).parts] == [name]
