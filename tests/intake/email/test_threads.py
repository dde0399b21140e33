"""What a mail belongs to, and when the council had it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.intake.email.received import received_at
from services.intake.email.threads import references_in
from shared.references import normalise_reference, reference
from tests.intake.email.mails import mail, read

REFERENCE = "RD-SH9SF-KQSX4X"
NEW = reference(UUID(int=7))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"My reference is {REFERENCE}. It is wet.", (REFERENCE,)),
        ("re: rd sh9sf kqsx4x please", (REFERENCE,)),
        ("RD\u2013SH9SF\u2013KQSX4X", (REFERENCE,)),
        ("RDSH9SFKQSX4X", (REFERENCE,)),
        ("RD-SH9SF-\nKQSX4X", (REFERENCE,)),
        (f"{REFERENCE} and again {REFERENCE}", (REFERENCE,)),
        (f"{REFERENCE} a", (REFERENCE,)),
        (f"({REFERENCE})", (REFERENCE,)),
        (f"your ref:{REFERENCE},my ref:7", (REFERENCE,)),
        (f"about {NEW}, again", (NEW,)),
        (NEW.replace("-", " ").lower(), (NEW,)),
        (f"{NEW} and {REFERENCE}.", (NEW, REFERENCE)),
        ("RD-SH9SF-KQSX4Y", ()),
        ("Third-RD-party", ()),
        ("CARD-SH9SF-KQSX4X", ()),
        ("", ()),
    ],
)
def test_references_are_found_however_they_are_typed(text, found):
    assert normalise_reference(REFERENCE) == REFERENCE
    assert references_in(text) == found


def test_the_nearest_mail_that_is_answered_comes_first_and_never_the_mail_itself():
    headers = "Message-ID: <me@x>\nIn-Reply-To: <c@x> (mail of Ann)\nReferences: <a@x> <b@x>\n <c@x> <me@x>"
    assert read(mail(headers, "Words.")).answers == ("<c@x>", "<b@x>", "<a@x>")
    assert read(mail("In-Reply-To: not an id", "Words.")).answers == ()


SERVERS = frozenset({"mx1.council.example", "store.council.example"})
STORE = "from mx1.council.example ([10.0.0.2]) by store.council.example with LMTP; Mon, 30 Nov 2026 00:00:05 +0000"
MX1 = "from mail.sender.example ([192.0.2.1]) by mx1.council.example (Postfix) with ESMTP id 1; Sun, 29 Nov 2026 23:59:50 +0000"
SENDER = "from [192.168.1.2] by mail.sender.example; Fri, 27 Nov 2026 10:00:00 +0000"
FORGED = "from x by mx1.council.example; Thu, 01 Jan 2026 10:00:00 +0000"


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ((STORE, MX1, SENDER), datetime(2026, 11, 29, 23, 59, 50, tzinfo=UTC)),
        ((MX1, SENDER), datetime(2026, 11, 29, 23, 59, 50, tzinfo=UTC)),
        # What the sender wrote below is not believed, whatever name it uses.
        ((STORE, MX1, FORGED), datetime(2026, 11, 29, 23, 59, 50, tzinfo=UTC)),
        ((SENDER, FORGED), None),
        # A zone, none, and nonsense.
        (("by MX1.council.example.; Sun, 29 Nov 2026 23:59:50 +0100 (CET)",), datetime(2026, 11, 29, 22, 59, 50, tzinfo=UTC)),
        (("by mx1.council.example; Sun, 29 Nov 2026 23:59:50 -0000",), datetime(2026, 11, 29, 23, 59, 50, tzinfo=UTC)),
        (("by mx1.council.example; tomorrow",), None),
        (("by mx1.council.example",), None),
        ((STORE, "from y by mx1.council.example; Mon, 99 Nov 2026 25:00:00"), datetime(2026, 11, 30, 0, 0, 5, tzinfo=UTC)),
        ((), None),
    ],
)  # fmt: skip
def test_the_councils_first_server_shows_when_it_was_received(fields, at):
    assert received_at(fields, SERVERS) == at


def test_without_servers_nothing_is_reported():
    assert received_at((MX1,), frozenset()) is None


def test_the_fields_of_a_mail_are_given_newest_first():
    assert read(mail(f"Received: {STORE}\nReceived: {MX1}", "Words.")).received == (STORE, MX1)
