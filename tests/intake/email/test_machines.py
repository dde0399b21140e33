"""Machines are no complainants; people who write through one, or about one, are."""

from __future__ import annotations

import pytest

from tests.intake.email.mails import joined, part, read, text

DELIVERY = (
    "Reporting-MTA: dns; mx.example.org\r\n\r\nOriginal-Recipient: rfc822;gone@example.org\r\n"
    "Final-Recipient: rfc822; gone@example.org\r\nAction: {}\r\nStatus: 5.1.1\r\n"
)
RETURNED = (
    b"Message-ID: <ours@redress.localhost>\r\nReferences: <earlier@redress.localhost>\r\n"
    b"Subject: Your complaint RD-SH9SF-KQSX4X\r\n\r\nWords.\r\n"
)


def headed(headers: str, body: str = "Words.") -> bytes:
    return ("From: Ann <ann@example.org>\n" + headers).replace("\n", "\r\n").encode() + b"\r\n\r\n" + body.encode()


def report(kind: str, *parts: bytes, start: str = "From: MAILER-DAEMON@mx.example.org") -> bytes:
    head = f'{start}\r\nContent-Type: multipart/{kind}; boundary="r"\r\n\r\n'.encode()
    return head + joined(*parts, boundary="r")


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Auto-Submitted: auto-replied; owner-email=a@b", "auto-reply"),
        ("Auto-Submitted: auto-notified", "auto-reply"),
        ("Auto-Submitted: auto-generated", "notification"),
        ("X-Autoreply: yes", "auto-reply"),
        ("X-Autorespond: Re: hello", "auto-reply"),
        ("Precedence: auto_reply", "auto-reply"),
        ("Subject: Automatic reply: Our answer", "auto-reply"),
        ("Subject: Out of Office AutoReply: Our answer", "auto-reply"),
        ("Subject: =?utf-8?Q?R=C3=A9ponse_automatique=3A_x?=", "auto-reply"),
        ("List-Id: News <news.example.org>", "list"),
        ("List-Unsubscribe: <mailto:x@example.org>", "list"),
        ("Precedence: junk", "list"),
        ("X-Failed-Recipients: gone@example.org", "bounce"),
    ],
)
def test_a_machine_shows_itself(headers, kind):
    mail = read(headed(headers))
    assert mail.machine is not None
    assert mail.machine.kind == kind
    assert mail.automatic


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: no",
        "Precedence: normal",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "Subject: RE: Automatic reply: Our answer",
        "Subject: Out of office hours nobody answers",
        "Subject: Automatic doors at the library",
        "X-Autoreply: no",
        "Return-Receipt-To: ann@example.org",
        "Disposition-Notification-To: ann@example.org",
    ],
)
def test_a_person_is_none(headers):
    assert read(headed(headers)).machine is None


@pytest.mark.parametrize(
    ("headers", "return_path"),
    [("X-Auto-Response-Suppress: All", "a@b"), ("", ""), ("", "<>"), ("Reply-To: no-reply@x.example", "a@b")],
)
def test_what_may_be_a_persons_is_not_answered_all_the_same(headers, return_path):
    mail = read(headed(headers), return_path)
    assert mail.machine is None
    assert mail.automatic


@pytest.mark.parametrize(("action", "kind", "failed"), [
    ("failed", "bounce", ("gone@example.org",)), ("delayed", "delivery-notice", ()), ("delivered", "delivery-notice", ()),
])  # fmt: skip
def test_a_delivery_report_shows_about_what_and_to_whom(action, kind, failed):
    status = part("Content-Type: message/delivery-status", DELIVERY.format(action))
    for returned in (
        part("Content-Type: message/rfc822", RETURNED),
        part("Content-Type: text/rfc822-headers", RETURNED),
    ):
        machine = read(report("report; report-type=delivery-status", text("Sorry."), status, returned)).machine
        assert machine is not None
        assert (machine.kind, machine.failed) == (kind, failed)
        assert machine.about[:2] == ("<ours@redress.localhost>", "<earlier@redress.localhost>")
        assert "RD-SH9SF-KQSX4X" in machine.returned


def test_a_report_that_a_gateway_wrapped_is_still_one():
    status = part("Content-Type: message/delivery-status", DELIVERY.format("failed"))
    machine = read(report("mixed", text("Scanned."), status), "<>").machine
    assert machine is not None
    assert machine.kind == "bounce"


def test_a_bounce_in_words_is_one_and_shows_what_came_back():
    raw = b"From: Mail Delivery <MAILER-DAEMON@mx.example.org>\r\n\r\nCould not deliver RD-SH9SF-KQSX4X."
    machine = read(raw).machine
    assert machine is not None
    assert (machine.kind, machine.failed) == ("bounce", ())
    assert "RD-SH9SF-KQSX4X" in machine.returned
    exim = read(headed("X-Failed-Recipients: gone@example.org, lost@example.org")).machine
    assert exim is not None
    assert exim.failed == ("gone@example.org", "lost@example.org")


def test_an_answer_of_a_machine_shows_to_which_mail():
    raw = headed("Auto-Submitted: auto-replied\nIn-Reply-To: <b@c>\nReferences: <a@c> <b@c>")
    machine = read(raw).machine
    assert machine is not None
    assert machine.about == ("<b@c>", "<a@c>")


def test_a_receipt_that_shows_unread_and_one_without_words():
    for disposition in ("deleted", "displayed"):
        receipt = part(
            "Content-Type: message/disposition-notification",
            f"Original-Message-ID: <ours@redress.localhost>\r\nDisposition: manual-action; {disposition}\r\n",
        )
        raw = report("report; report-type=disposition-notification", receipt, start="From: ann@example.org")
        machine = read(raw).machine
        assert machine is not None
        assert (machine.kind, machine.about) == ("read-receipt", ("<ours@redress.localhost>",))


def test_a_complaint_about_a_bounce_is_a_complaint():
    """Somebody forwards what came back: the report is a part of what a person says."""
    status = part("Content-Type: message/delivery-status", DELIVERY.format("failed"))
    raw = report("mixed", text("Your address does not work!"), status, start="From: Ann <ann@example.org>")
    mail = read(raw)
    assert mail.machine is None
    assert mail.text == "Your address does not work!"
