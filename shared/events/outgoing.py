"""What leads to an event, the envelope that is made for it, and the event on its way to a topic. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from shared.events.envelope import Envelope, Event
from shared.ids import event_id

T = TypeVar("T", bound=Event)


@dataclass(frozen=True, slots=True)
class Cause:
    """What events follow from: the request or event that led to them, and when that happened (UTC), where it is known."""

    correlation_id: str
    causation_id: str | None = None
    time: datetime | None = None

    @classmethod
    def of(cls, envelope: Envelope[Event]) -> Cause:
        """The event in this envelope as the cause of others."""
        return cls(envelope.correlation_id, str(envelope.id), envelope.time)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event on its way to a topic (by its short name, `cases`), under the key of its aggregate."""

    topic: str
    key: str
    envelope: Envelope[Event]

    def headers(self) -> dict[str, str]:
        """Those of the record: the event's attributes, and its key as the attribute `partitionkey`."""
        return {**self.envelope.headers(), "ce_partitionkey": self.key}


def make_envelope(
    event: T,
    *,
    source: str,
    subject: UUID | str,
    sequence: int,
    cause: Cause,
    time: datetime,
    recorded_at: datetime,
    id: UUID | None = None,
) -> Envelope[T]:
    """The envelope of a new event of ours.

    Args:
        source: the service, such as `redress/workflow`.
        subject: the aggregate that the event belongs to.
        sequence: the version of the aggregate after the event.
        time: when it happened, UTC.
        recorded_at: when it is recorded, UTC.
        id: left out, the id that follows from `subject` and `sequence`, so that a retry makes the same.
    """
    return Envelope(
        id=event_id(subject, sequence) if id is None else id,
        source=source,
        time=time,
        recorded_at=recorded_at,
        subject=str(subject),
        data=event,
        correlation_id=cause.correlation_id,
        sequence=sequence,
        causation_id=cause.causation_id,
    )
