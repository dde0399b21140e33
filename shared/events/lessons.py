"""What was learnt from a case: the decision asked for, the lesson tagged, the actions and how they went.

What staff wrote stands here only sealed (a `CaseText`, purpose `case-note`). `by` is an opaque id of staff; empty where
nobody did it. Days are London days.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.events.codes import Code
from shared.events.envelope import Event
from shared.events.facts import LessonFacts
from shared.events.sealed import Sealed


class LessonEvent(Event):
    """Base of all lesson events. `version` counts the decision's events from 1; `before` is None only for the first.

    A withdrawn request stays in `after` with the decision `withdrawn`: no figure counts it.
    """

    case_id: UUID
    version: int
    before: LessonFacts | None = None
    after: LessonFacts


class LessonRequested(LessonEvent):
    """The complaint was upheld or partly upheld: staff are asked to decide what is learnt from it (Code, section 9)."""

    type: ClassVar[str] = "redress.lesson.requested.v1"

    reference: str
    on: date


class LessonRequestWithdrawn(LessonEvent):
    """The outcome was put right and is no longer upheld, before anybody had decided."""

    type: ClassVar[str] = "redress.lesson.request-withdrawn.v1"

    on: date


class LessonRestated(LessonEvent):
    """Codes of the case were put right, or its outcome became another upheld one; the decision itself stands."""

    type: ClassVar[str] = "redress.lesson.restated.v1"

    on: date


class LessonTagged(LessonEvent):
    """A person recorded what is learnt; a later one replaces the tags. Tags are themes and kinds of action."""

    type: ClassVar[str] = "redress.lesson.tagged.v1"

    on: date
    by: str
    tags: tuple[Code, ...]
    sealed: Sealed | None = None


class NoLessonRecorded(LessonEvent):
    """A person recorded that nothing is learnt, and why."""

    type: ClassVar[str] = "redress.lesson.none-recorded.v1"

    on: date
    by: str
    reason: Code
    sealed: Sealed | None = None


class LessonImported(LessonEvent):
    """What was recorded at the time, before Redress; without tags, that nothing was."""

    type: ClassVar[str] = "redress.lesson.imported.v1"

    reference: str
    on: date
    tags: tuple[Code, ...] = ()


class ActionAgreed(LessonEvent):
    """Something is to be done so that it does not happen again. Actions are numbered `action-1` on."""

    type: ClassVar[str] = "redress.lesson.action-agreed.v1"

    on: date
    by: str
    action_id: Code
    action_type: Code
    due_on: date | None = None
    sealed: Sealed | None = None


class ActionProgressed(LessonEvent):
    """How an action stands now. `not-implemented` always comes with a sealed reason."""

    type: ClassVar[str] = "redress.lesson.action-progressed.v1"

    on: date
    by: str
    action_id: Code
    was: Code
    status: Code
    due_on: date | None = None
    sealed: Sealed | None = None
