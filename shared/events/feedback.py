"""What intake publishes: feedback arrived, a later message came, the person withdrew, history was imported."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.codes import Channel, Code, Kind
from shared.events.envelope import Event
from shared.events.facts import UNKNOWN
from shared.events.historic import HistoricCase
from shared.events.sealed import Sealed


class FeedbackContent(BaseModel):
    """The personal part of feedback. It stands on topics and in stores only sealed (purpose `feedback`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = ""
    email: str = ""
    telephone: str = ""
    address: str = ""
    on_behalf_of: str = ""
    subject: str = ""
    narrative: str = ""
    outcome_sought: str = ""
    adjustments: str = ""
    attachment_names: dict[str, str] = {}

    @property
    def text(self) -> str:
        """What the person wrote."""
        return self.narrative


class MessageContent(BaseModel):
    """A later message on known feedback, sealed with purpose `message`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sender: str = ""
    subject: str = ""
    text: str = ""
    attachment_names: dict[str, str] = {}


class AttachmentRef(BaseModel):
    """An attachment by its id; its name is personal data and stands in the sealed content. Size in bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    attachment_id: UUID
    media_type: str
    size: int
    sha256: str


class FeedbackReceived(Event):
    """Feedback reached the council. `received_on` is the London day of `received_at`.

    `procedure_rule` is the council's rule that gave the `procedure`, by its id; None: it was named, or no rule fitted.
    """

    type: ClassVar[str] = "redress.feedback.received.v1"

    feedback_id: UUID
    reference: str
    kind: Kind
    channel: Channel
    received_at: AwareDatetime
    received_on: date
    service_area: Code = UNKNOWN
    district: Code = UNKNOWN
    complainant_type: Code = UNKNOWN
    procedure: Code | None = None
    procedure_rule: Code | None = None
    sealed: Sealed
    attachments: tuple[AttachmentRef, ...] = ()
    raw_message: AttachmentRef | None = None


class FeedbackMessageAdded(Event):
    """A later message on known feedback, for instance a reply by email that quotes the reference."""

    type: ClassVar[str] = "redress.feedback.message-added.v1"

    feedback_id: UUID
    message_id: UUID
    channel: Channel
    received_at: AwareDatetime
    sealed: Sealed
    attachments: tuple[AttachmentRef, ...] = ()


class FeedbackWithdrawn(Event):
    """The person withdrew the feedback."""

    type: ClassVar[str] = "redress.feedback.withdrawn.v1"

    feedback_id: UUID
    withdrawn_at: AwareDatetime


class FeedbackImported(Event):
    """A case's history from before Redress: codes and dates only."""

    type: ClassVar[str] = "redress.feedback.imported.v1"

    feedback_id: UUID
    reference: str
    imported_at: datetime
    row: HistoricCase
