"""The acknowledgement as an email, marked so that no machine answers it."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from services.intake.model import Feedback, MailTo
from services.intake.next_steps import NOUNS, long_day, next_steps
from services.intake.settings import IntakeSettings
from shared.calendar.london import london_date
from shared.taxonomy.codes import Codes


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
    kind = feedback.kind
    contact = settings.address_for(kind)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = settings.mail_from or str(Address("Customer feedback", addr_spec=contact))
    mail["To"] = to.address
    mail["Reply-To"] = contact
    mail["Subject"] = f"We have received your {NOUNS[kind]}: {feedback.reference}"
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(feedback.feedback_id, settings.mail_domain)
    # RFC 3834: an automatic answer is marked as one.
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    if to.in_reply_to:
        mail["In-Reply-To"] = to.in_reply_to
        mail["References"] = to.in_reply_to
    day = feedback.received_on
    days = codes.acknowledgement_days(feedback.procedure, kind)
    told = codes.receipt(feedback.procedure, kind)
    steps = next_steps(kind, day, days, today=london_date(now), told=told).sentences
    more = (
        "To add to it, or to tell us that you need this in another way, reply to this email or write to"
        f" {contact}. Quote your reference."
    )
    body = [
        f"Thank you for contacting {settings.council}. We received your {NOUNS[kind]} on {long_day(day)}.",
        f"Your reference: {feedback.reference}",
        "What happens next:",
        *steps,
        more,
        f"This message was sent automatically by {settings.council}.",
    ]
    # A paragraph is one line, which each reader's window wraps; quoted-printable keeps it whole on its way.
    mail.set_content("\n\n".join(body) + "\n", cte="quoted-printable")
    return mail
