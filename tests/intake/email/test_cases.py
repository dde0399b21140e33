"""Mails of the kinds that people have lost text to, each with the right reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.intake.email.parsing import Mail, parse

CASES = Path(__file__).with_name("cases")
OWN = frozenset({"complaints@redress.localhost"})
WHEELCHAIR = "The pavement at 9 High Street broke my wheelchair."


def read(name: str) -> Mail:
    return parse((CASES / name).read_bytes(), "someone@example.org", OWN)


@pytest.mark.parametrize(
    ("name", "narrative"),
    [
        (
            "html-then-plain-footer",
            (
                "My brown bin at 4 Elm Close has been missed for four weeks.\n\n"
                "This e-mail is private. If it is not for you, delete it."
            ),
        ),
        (
            "plain-then-html-footer",
            "My brown bin at 4 Elm Close has been missed for four weeks.\n\nSent through the residents' list",
        ),
        ("alternative-with-plain-stub", "The crew drove over my neighbour's wall and left."),
        ("named-body-html", WHEELCHAIR),
        ("named-body-plain-and-picture", WHEELCHAIR),
        ("body-marked-attachment", WHEELCHAIR),
        (
            "html-attachment-only",
            f"[The message has no text of its own. The attached file complaint.html says:]\n\n{WHEELCHAIR}",
        ),
        ("html-table-nested", "My bin was missed."),
        ("smime-opaque-signed", "The carers came two hours late on six days."),
        ("kinds-winmail-only", "The depot works at 3 a.m. every night and I cannot sleep."),
        (
            "kinds-meeting-invitation",
            ("From: 01/12/2026 10:00 UTC\nMeeting about my complaint\nI want to meet the head of housing about the damp."),
        ),
        (
            "kinds-flowed",
            "The light at the corner of Mill Lane has been out for weeks.\nFrom here on it is space-stuffed.",
        ),
        (
            "kinds-flowed-delsp",
            "The light at the corner of Mill Lane has been out for weeks.\n\nSecond paragraph.",
        ),
        (
            "kinds-forward-base64-encoded",
            "Outer words.\n\n[Forwarded message: Inner, from b@example.org]\n\nInner words.",
        ),
        (
            "charset-latin1-is-cp1252",
            "The council\u2019s letter said \u201c\u00a35 \u2013 or \u20ac6\u201d\u2026 I don\u2019t agree.",
        ),
        (
            "charset-gb2312-is-gbk",
            "\u6295\u8bc9\uff1a\u6731\u9555\u57fa\u8def\u7684\u706f\u574f\u4e86",
        ),
        ("charset-ks-c-5601-1987", "\ubbfc\uc6d0 \ub620"),
        ("charset-windows-874", "\u0e44\u0e1f\u0e16\u0e19\u0e19\u0e14\u0e31\u0e1a"),
        ("charset-iso-8859-8-i", "\u05ea\u05dc\u05d5\u05e0\u05d4"),
        ("charset-html-meta-charset", "Za\u017calenie: \u015bmieci nie odebrano"),
    ],
)
def test_what_the_person_wrote_is_the_narrative(name, narrative):
    assert read(f"{name}.eml").narrative == narrative


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("named-body-html", []),
        ("named-body-plain-and-picture", [("p.gif", "image/gif")]),
        ("body-marked-attachment", [("", "text/plain")]),
        ("html-attachment-only", [("complaint.html", "text/html")]),
        ("kinds-forward-base64-encoded", [("Inner.eml", "message/rfc822")]),
        ("smime-opaque-signed", []),
        ("kinds-winmail-only", []),
    ],
)
def test_a_text_that_is_the_body_is_a_file_only_where_it_was_marked_as_one(name, files):
    assert [(part.name, part.declared) for part in read(f"{name}.eml").parts] == files


@pytest.mark.parametrize(
    ("name", "person", "address"),
    [
        ("sender-name-split", "\u0141ukasz \u015awi\u0119tek", "lukasz@example.org"),
        ("sender-unquoted-comma", "Ann Tester", "ann.tester@example.org"),
        ("sender-latin1-raw-name", "Se\u00e1n M\u00fcller", "sean@example.org"),
        ("reply-to-a", "Ann Tester", "ann.replyto@example.org"),
        ("reply-to-b", "", "ann.replyto2@example.org"),
        ("reply-to-c", "Ann Tester", "ann.replyto3@example.org"),
    ],
)
def test_the_person_is_who_the_mail_is_from_or_whom_reply_to_names(name, person, address):
    mail = read(f"{name}.eml")
    assert (mail.name, mail.address) == (person, address)
    assert not mail.automatic
    assert mail.machine is None


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("reply-to-a", "no-reply@reportit.example"),
        ("reply-to-b", "web@council.example"),
        ("reply-to-c", "complaints@redress.localhost"),
    ],
)
def test_both_addresses_are_kept(name, sender):
    mail = read(f"{name}.eml")
    assert mail.sender.address == sender
    assert mail.reply_to is not None
    assert set(mail.addresses) == {sender, mail.reply_to.address}


@pytest.mark.parametrize(
    ("name", "kind", "about", "failed"),
    [
        ("machine-read-receipt", "read-receipt", ("<letter-1@redress.localhost>",), ()),
        ("machine-out-of-office", "auto-reply", (), ()),
        ("machine-newsletter", "list", (), ()),
        (
            "machine-bounce-of-acknowledgement",
            "bounce",
            ("<52aa4a0d-b5cf-5316-9d8a-0c53383c8c8e@redress.localhost>",),
            ("someone.gone@example.org",),
        ),
    ],
)
def test_a_machine_is_no_complainant(name, kind, about, failed):
    machine = read(f"{name}.eml").machine
    assert machine is not None
    assert machine.reason
    assert (machine.kind, machine.about, machine.failed) == (kind, about, failed)


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("follow-up-1-first.eml", ()),
        ("follow-up-3-reply-all.eml", ("<case-2-first@example.org>",)),
        ("follow-up-5-reply-to-reply.eml", ("<case-2-third@example.net>",)),
    ],
)
def test_a_follow_up_names_what_it_answers(name, answers):
    assert read(name).answers == answers


def test_a_reference_in_the_text_is_found():
    raw = (CASES / "follow-up-4-reference-in-text.eml.tmpl").read_bytes()
    mail = parse(raw.replace(b"REFERENCE", b"RD-SH9SF-KQSX4X"), "ann.tester@example.org", OWN)
    assert (mail.references, mail.text_references) == ((), ("RD-SH9SF-KQSX4X",))


@pytest.mark.parametrize("name", ["quoting-a", "quoting-b", "quoting-c"])
def test_what_stands_between_quotations_is_shown(name):
    mail = read(f"{name}.eml")
    assert mail.folding(OWN).shown == mail.text
    assert mail.folding(OWN).folded == ""
    assert mail.references == ("RD-SH9SF-KQSX4X",)
