"""What was learnt from a case: the decision asked for, the lesson tagged, the actions and how they went."""

from __future__ import annotations

from uuid import UUID

from shared.events.envelope import Event
from shared.events.facts import LessonFacts


class LessonEvent(Event):
    """Base of all lesson events. `version` counts the decision's events from 1; `before` is None only for the first."""

    case_id: UUID
    version: int
    before: LessonFacts | None = None
    after: LessonFacts
