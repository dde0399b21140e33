"""What learning knows of one case, and how it changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.codes import Code, Kind, Outcome, Provenance
from shared.events.facts import UNKNOWN, CaseFacts, LessonFacts
from shared.events.lessons import (
    ActionAgreed,
    ActionProgressed,
    LessonEvent,
    LessonImported,
    LessonTagged,
    NoLessonRecorded,
)
from shared.events.sealed import Sealed

UPHELD = frozenset({Outcome.UPHELD, Outcome.PARTLY_UPHELD})
NONE_RECORDED = "none-recorded"
"""The reason of a decision imported from history in which no lesson was written down."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Note(_Value):
    """Words that staff wrote with a step, sealed (purpose `case-note`)."""

    step: str
    on: date
    by: str
    action_id: Code | None = None
    sealed: Sealed | None = None


class CaseSide(_Value):
    """The case as its events state it. `version` is that of the last case event seen: earlier ones are repeats.

    `importing`: its history is still coming in, and asks for nothing until it is complete.
    """

    version: int
    reference: str
    feedback_id: UUID | None = None
    sealed: Sealed | None = None
    importing: bool = False
    procedure: Code
    service_area: Code = UNKNOWN
    district: Code = UNKNOWN
    provenance: Provenance = Provenance.LIVE
    upheld: Outcome | None = None


class Decision(_Value):
    """The learning decision of a case. `version` counts its own events; `facts` is None until one is asked for."""

    case_id: UUID
    version: int = 0
    case: CaseSide
    facts: LessonFacts | None = None
    reason: Code | None = None
    decided_by: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def status(self) -> str:
        """`requested`, `lesson`, `no-lesson`, `withdrawn`, or `none` while nothing was asked for."""
        return "none" if self.facts is None else self.facts.decision


def upheld_outcome(facts: CaseFacts) -> Outcome | None:
    """The latest upheld or partly upheld outcome of a complaint, of the case as a whole or of a stage.

    A stage that upheld it stays a reason to learn when a later stage does not: only a correction removes it.
    """
    if facts.kind is not Kind.COMPLAINT:
        return None
    outcomes = (facts.outcome, *(stage.outcome for stage in reversed(facts.stages)))
    return next((outcome for outcome in outcomes if outcome in UPHELD), None)


def evolve(decision: Decision, event: LessonEvent) -> Decision:
    """The decision after one of its own events."""
    changes: dict[str, object] = {"version": event.version, "facts": event.after}
    match event:
        case LessonTagged():
            changes |= {"reason": None, "decided_by": event.by}
        case NoLessonRecorded():
            changes |= {"reason": event.reason, "decided_by": event.by}
        case LessonImported():
            changes |= {"reason": None if event.tags else NONE_RECORDED}
    match event:
        case LessonTagged() | NoLessonRecorded() | ActionAgreed() | ActionProgressed() if event.sealed:
            action_id = event.action_id if isinstance(event, ActionAgreed | ActionProgressed) else None
            step = type(event).type.split(".")[2]
            note = Note(step=step, on=event.on, by=event.by, action_id=action_id, sealed=event.sealed)
            changes["notes"] = (*decision.notes, note)
    return decision.model_copy(update=changes)


def fold(decision: Decision, events: Iterable[LessonEvent]) -> Decision:
    for event in events:
        decision = evolve(decision, event)
    return decision
