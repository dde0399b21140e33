"""Feedback as intake keeps it, and its events on the topic `feedback`. Pure: ids, instants and seals are passed in."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.calendar.london import london_date
from shared.events.codes import Channel, Kind
from shared.events.envelope import Event
from shared.events.facts import UNKNOWN
from shared.events.feedback import AttachmentRef, FeedbackMessageAdded, FeedbackReceived
from shared.events.outgoing import Cause, Outgoing, make_envelope
from shared.events.sealed import Sealed

SOURCE = "redress/intake"
_MESSAGE = UUID("1d9b8a52-6b0b-5f7e-9a35-9f0f4a1a7a06")


class MailStatus(StrEnum):
    """What became of an acknowledgement. `FAILED`: the mail server refused it for good. `ERASED`: the person was erased."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    ERASED = "erased"


class MailTo(BaseModel):
    """Whom an acknowledgement goes to; sealed with purpose `acknowledgement`. `in_reply_to` is their Message-ID."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    address: str
    in_reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The mail that acknowledges feedback. `to` is a sealed `MailTo`; `next_at` is when it is tried next, UTC."""

    to: Sealed
    next_at: datetime
    status: MailStatus = MailStatus.PENDING
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What holds for feedback that went under another procedure. Days are London days; None: there is none."""

    kind: Kind
    procedure: str
    acknowledge_by: date | None = None
    respond_by: date | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A later message on feedback; its text is in the event only. `received_at` is UTC."""

    message_id: UUID
    channel: Channel
    received_at: datetime
    attachments: tuple[AttachmentRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Feedback:
    """One item of feedback: what is known of it in codes, and its personal part sealed. Instants are UTC.

    `procedure_rule` is the rule by which it has its procedure, if one gave it. `version` counts its events; 0 is not stored yet.
    `rerouted_to` is the kind and the procedure that staff have put it under since. History (`imported_at`) has no personal part and
    no acknowledgement.
    """

    feedback_id: UUID
    reference: str
    kind: Kind
    channel: Channel
    received_at: datetime
    fingerprint: str
    service_area: str = UNKNOWN
    district: str = UNKNOWN
    complainant_type: str = UNKNOWN
    procedure: str | None = None
    procedure_rule: str | None = None
    sealed: Sealed | None = None
    attachments: tuple[AttachmentRef, ...] = ()
    raw_message: AttachmentRef | None = None
    acknowledgement: Acknowledgement | None = None
    messages: tuple[Message, ...] = ()
    withdrawn_at: datetime | None = None
    imported_at: datetime | None = None
    rerouted_to: tuple[Kind, str] | None = None
    version: int = 0

    @property
    def handled_as(self) -> tuple[Kind, str | None]:
        """What it is, and under which procedure, as far as intake knows: as it was received, else as staff have put it since."""
        return self.rerouted_to or (self.kind, self.procedure)

    @property
    def received_on(self) -> date:
        """The London day of `received_at`."""
        return london_date(self.received_at)

    @property
    def attachment_ids(self) -> frozenset[UUID]:
        """Of every attachment: its own, the message as it came, and those of later messages."""
        return frozenset(ref.attachment_id for ref in self._refs())

    def has_message(self, message_id: UUID) -> bool:
        return any(message.message_id == message_id for message in self.messages)

    def _refs(self) -> Iterator[AttachmentRef]:
        yield from self.attachments
        if self.raw_message is not None:
            yield self.raw_message
        for message in self.messages:
            yield from message.attachments


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that one instance has to itself while it sends it. `key` names it in its store; without a `notice` it is the
    acknowledgement.
    """

    key: str
    feedback: Feedback
    mail: Acknowledgement
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to whoever handed feedback in. `again`: an earlier attempt had stored it already."""

    feedback: Feedback
    again: bool = False


def message_id_of(feedback_id: UUID, key: str) -> UUID:
    """The id of a later message: the same for the same key, so that a retry adds nothing."""
    return uuid.uuid5(_MESSAGE, f"{feedback_id}:{key}")


def received(feedback: Feedback) -> FeedbackReceived:
    """The event of feedback that was received by a channel. ValueError for history, which has no personal part."""
    if feedback.sealed is None:
        raise ValueError(f"{feedback.reference} has no sealed content")
    return FeedbackReceived(
        feedback_id=feedback.feedback_id,
        reference=feedback.reference,
        kind=feedback.kind,
        channel=feedback.channel,
        received_at=feedback.received_at,
        received_on=feedback.received_on,
        service_area=feedback.service_area,
        district=feedback.district,
        complainant_type=feedback.complainant_type,
        procedure=feedback.procedure,
        procedure_rule=feedback.procedure_rule,
        sealed=feedback.sealed,
        attachments=feedback.attachments,
        raw_message=feedback.raw_message,
    )


def message_added(feedback: Feedback, message: Message, sealed: Sealed) -> FeedbackMessageAdded:
    """The event of a later message, whose text is `sealed` with purpose `message`."""
    return FeedbackMessageAdded(
        feedback_id=feedback.feedback_id,
        message_id=message.message_id,
        channel=message.channel,
        received_at=message.received_at,
        sealed=sealed,
        attachments=message.attachments,
    )


def outgoing(feedback: Feedback, event: Event, *, time: datetime, recorded_at: datetime, correlation_id: str) -> Outgoing:
    """The next event of `feedback` on its way to the topic; its id follows from the version of the feedback after it."""
    envelope = make_envelope(
        event,
        source=SOURCE,
        subject=feedback.feedback_id,
        sequence=feedback.version + 1,
        cause=Cause(correlation_id),
        time=time,
        recorded_at=recorded_at,
    )
    return Outgoing("feedback", str(feedback.feedback_id), envelope)
