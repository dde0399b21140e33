"""What people hand in, and what intake makes of it. Pure: ids, instants and seals are handed in."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.calendar.london import london_date
from shared.events.codes import Channel, Code, Kind
from shared.events.envelope import Event
from shared.events.facts import UNKNOWN
from shared.events.feedback import AttachmentRef, FeedbackContent, FeedbackReceived
from shared.events.outgoing import Cause, Outgoing, make_envelope
from shared.events.sealed import Sealed
from shared.ids import reference

SOURCE = "redress/intake"
NARRATIVE_LIMIT = 20_000
ATTACHMENTS_LIMIT = 10


def usable_address(text: str) -> str | None:
    """`text` as an address that mail can be sent to, or None. Nothing is asked of any server."""
    try:
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return None
    return found.ascii_email or found.normalized


def _address(text: str) -> str:
    if text and usable_address(text) is None:
        raise ValueError("write an email address like name@example.com")
    return text


def _text(limit: int) -> Any:
    return StringConstraints(strip_whitespace=True, max_length=limit)


class Submission(BaseModel):
    """Feedback as the JSON API takes it. Lengths are in characters; a code is one of the council's lists."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    narrative: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NARRATIVE_LIMIT)
    ] = Field(description="What happened, in the person's own words")
    name: Annotated[str, _text(200)] = ""
    email: Annotated[str, _text(254), AfterValidator(_address)] = ""
    telephone: Annotated[str, _text(50)] = ""
    address: Annotated[str, _text(1000)] = ""
    on_behalf_of: Annotated[str, _text(200)] = Field("", description="The person it is made for, if another")
    subject: Annotated[str, _text(300)] = ""
    outcome_sought: Annotated[str, _text(5000)] = Field("", description="What would put it right")
    adjustments: Annotated[str, _text(2000)] = Field("", description="Communication needs and adjustments")
    service_area: Code = UNKNOWN
    district: Code = UNKNOWN
    complainant_type: Code = UNKNOWN
    procedure: Code | None = None
    channel: Channel | None = Field(None, description="Other than web-form and api: staff only")
    received_at: AwareDatetime | None = Field(
        None,
        description="Staff only: when a letter or a call arrived; an instant with its zone, not in the future",
    )
    attachment_ids: Annotated[tuple[UUID, ...], Field(max_length=ATTACHMENTS_LIMIT)] = ()

    def content(self, attachment_names: dict[str, str]) -> FeedbackContent:
        """The personal part."""
        return FeedbackContent(
            **{name: getattr(self, name) for name in FeedbackContent.model_fields if name in PERSONAL},
            attachment_names=attachment_names,
        )


PERSONAL = frozenset(FeedbackContent.model_fields) - {"attachment_names"}


class MailTo(BaseModel):
    """Whom an acknowledgement goes to; sealed with purpose `acknowledgement`. `in_reply_to` is their Message-ID."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    address: str
    in_reply_to: str = ""


@dataclass(frozen=True)
class Incoming:
    """Feedback ready to be taken in, whatever it came by. `received_at` is UTC."""

    feedback_id: UUID
    kind: Kind
    channel: Channel
    content: FeedbackContent
    received_at: datetime
    fingerprint: str
    correlation_id: str
    service_area: str = UNKNOWN
    district: str = UNKNOWN
    complainant_type: str = UNKNOWN
    procedure: str | None = None
    attachments: tuple[AttachmentRef, ...] = ()
    raw_message: AttachmentRef | None = None
    acknowledge_to: MailTo | None = None


@dataclass(frozen=True)
class Receipt:
    """What the person is told. `again`: it had been taken in before, by an earlier attempt."""

    feedback_id: UUID
    reference: str
    kind: Kind
    received_at: datetime
    again: bool = False


@dataclass(frozen=True)
class Fingerprints:
    """Tells whether two payloads are the same without keeping either: HMAC-SHA-256 under a key of the master key.

    A bare digest of a short text could be guessed; this one cannot without the master key.
    """

    master_key: bytes = field(repr=False)

    def of(self, payload: Any) -> str:
        """The fingerprint of anything JSON can hold."""
        text = json.dumps(payload, sort_keys=True, separators=(",", ":"), default=str)
        return self.of_bytes(text.encode("utf-8", "surrogatepass"))

    def of_bytes(self, data: bytes) -> str:
        key = hmac.digest(self.master_key, b"redress intake fingerprint", "sha256")
        return hmac.new(key, data, hashlib.sha256).hexdigest()


def received(incoming: Incoming, sealed: Sealed) -> FeedbackReceived:
    """The event that says it."""
    return FeedbackReceived(
        feedback_id=incoming.feedback_id,
        reference=reference(incoming.feedback_id),
        kind=incoming.kind,
        channel=incoming.channel,
        received_at=incoming.received_at,
        received_on=london_date(incoming.received_at),
        service_area=incoming.service_area,
        district=incoming.district,
        complainant_type=incoming.complainant_type,
        procedure=incoming.procedure,
        sealed=sealed,
        attachments=incoming.attachments,
        raw_message=incoming.raw_message,
    )


def outgoing(
    feedback_id: UUID,
    event: Event,
    *,
    version: int,
    time: datetime,
    recorded_at: datetime,
    correlation_id: str,
) -> Outgoing:
    """An event on its way to `feedback`. `version` is that of the feedback after it, and makes its id."""
    envelope = make_envelope(
        event,
        source=SOURCE,
        subject=feedback_id,
        sequence=version,
        cause=Cause(correlation_id),
        time=time,
        recorded_at=recorded_at,
    )
    return Outgoing("feedback", str(feedback_id), envelope)
