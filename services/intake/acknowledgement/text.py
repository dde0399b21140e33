"""The acknowledgement and the notice of another procedure as emails, marked so that no machine answers them."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final
from uuid import UUID

from services.intake.model import Feedback, MailTo, Notice
from services.intake.next_steps import NOUNS, long_day, next_steps
from services.intake.settings import IntakeSettings
from shared.calendar.london import london_date
from shared.taxonomy.codes import Codes

_REPLACED: Final = "This replaces the dates that we gave you before."


def message_id(feedback_id: UUID, domain: str) -> str:
    """The Message-ID of an acknowledgement: the same however often it is sent, and a reply to it names it."""
    return f"<{feedback_id}@{domain}>"


def compose(
    feedback: Feedback,
    to: MailTo,
    *,
    codes: Codes,
    now: datetime,
    settings: IntakeSettings,
) -> EmailMessage:
    """The mail, as it goes out at the instant `now` (UTC). It repeats nothing of what the person wrote."""
    kind, procedure = feedback.handled_as
    mail = _addressed(feedback, to, now, settings)
    mail["Subject"] = f"We have received your {NOUNS[kind]}: {feedback.reference}"
    mail["Message-ID"] = message_id(feedback.feedback_id, settings.mail_domain)
    day = feedback.received_on
    days = codes.acknowledgement_days(procedure, kind)
    told = codes.receipt(procedure, kind)
    steps = next_steps(kind, day, days, today=london_date(now), told=told).sentences
    body = [
        f"Thank you for contacting {settings.council}. We received your {NOUNS[kind]} on {long_day(day)}.",
        f"Your reference: {feedback.reference}",
        "What happens next:",
        *steps,
        *_ending(feedback, settings),
    ]
    return _with(mail, body)


def compose_notice(
    feedback: Feedback, key: str, notice: Notice, to: MailTo, *, codes: Codes, now: datetime, settings: IntakeSettings
) -> EmailMessage:
    """The mail that tells what holds since the feedback went under another procedure, as it goes out at `now` (UTC).

    `key` names the notice: the mail has the same Message-ID however often it is sent. A day that is over is not named.
    """
    noun, today = NOUNS[notice.kind], london_date(now)
    mail = _addressed(feedback, to, now, settings)
    mail["Subject"] = f"New dates for your {noun}: {feedback.reference}"
    mail["Message-ID"] = f"<{feedback.feedback_id}.{key}@{settings.mail_domain}>"
    procedure = codes.list("procedures").get(notice.procedure)
    under = f"under another procedure: {procedure.label}" if procedure and procedure.kind is notice.kind else f"as: {noun}"
    days = [
        f"{what} by {long_day(day)}"
        for what, day in (("acknowledge it", notice.acknowledge_by), ("answer it", notice.respond_by))
        if day is not None and day >= today
    ]
    by = f"We {' and '.join(days)}." if days else "We tell you when to expect an answer."
    body = [
        f"Your reference: {feedback.reference}",
        f"We have looked again at what you sent us, and deal with it {under}.",
        f"We received it on {long_day(feedback.received_on)}; that day still counts. {by} {_REPLACED}",
        *codes.receipt(notice.procedure, notice.kind),
        *_ending(feedback, settings),
    ]
    return _with(mail, body)


def _addressed(feedback: Feedback, to: MailTo, now: datetime, settings: IntakeSettings) -> EmailMessage:
    """A mail to the person, marked as automatic, without its subject and its text."""
    contact = settings.address_for(feedback.kind)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.mail_from or str(Address("Customer feedback", addr_spec=contact))
    mail["To"] = to.address
    mail["Reply-To"] = contact
    mail["Date"] = format_datetime(now)
    # RFC 3834: an automatic answer is marked as one.
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    if to.in_reply_to:
        mail["In-Reply-To"] = to.in_reply_to
        mail["References"] = to.in_reply_to
    return mail


def _ending(feedback: Feedback, settings: IntakeSettings) -> tuple[str, str]:
    write_to = f"reply to this email or write to {settings.address_for(feedback.kind)}. Quote your reference."
    return (
        f"To add to it, or to tell us that you need this in another way, {write_to}",
        f"This message was sent automatically by {settings.council}.",
    )


def _with(mail: EmailMessage, body: list[str]) -> EmailMessage:
    # A paragraph is one line, which each reader's window wraps; quoted-printable keeps it whole on its way.
    mail.set_content("\n\n".join(body) + "\n", cte="quoted-printable")
    return mail
