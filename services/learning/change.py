"""What is written to a learning decision in one go: the decision and its new events. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.learning.decision.model import Decision
from shared.calendar.london import start_of_day
from shared.events.lessons import LessonEvent, LessonImported
from shared.events.outgoing import Cause, Outgoing, make_envelope
from shared.ids import event_id

SOURCE: Final = "redress/learning"


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision and the revision of its document, which also moves when only the case's side changed."""

    decision: Decision
    revision: int


@dataclass(frozen=True, slots=True)
class Change:
    """`revision` is that of the document that was decided on; None: there was none."""

    after: Decision
    revision: int | None
    outgoing: tuple[Outgoing, ...] = ()

    @property
    def case_id(self) -> UUID:
        return self.after.case_id


def outgoing(events: Iterable[LessonEvent], cause: Cause, recorded_at: datetime) -> tuple[Outgoing, ...]:
    """The events on their way to `lessons`. The id of one is the same whenever the same decision leads to it."""
    return tuple(
        Outgoing(
            "lessons",
            str(event.case_id),
            make_envelope(
                event,
                id=event_id(f"lesson:{event.case_id}", event.version),
                source=SOURCE,
                subject=event.case_id,
                sequence=event.version,
                cause=cause,
                time=_time(event, cause, recorded_at),
                recorded_at=recorded_at,
            ),
        )
        for event in events
    )


def _time(event: LessonEvent, cause: Cause, recorded_at: datetime) -> datetime:
    return start_of_day(event.on) if isinstance(event, LessonImported) else cause.time or recorded_at
