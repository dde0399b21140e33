"""The commands that `decide` answers. Text that people wrote comes sealed: it is sealed before a decision sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.workflow.case.fields import Fields, PersonFields
from services.workflow.case.model import Case, Visit
from shared.events.cases import CaseEvent
from shared.events.envelope import Envelope
from shared.events.feedback import FeedbackImported, FeedbackMessageAdded, FeedbackReceived, FeedbackWithdrawn
from shared.events.lessons import LessonEvent
from shared.events.sealed import Sealed


@dataclass(frozen=True)
class TakeStep:
    """Staff take a step of the rulebook. `by` is their opaque id; `roles` are what they may act as.

    `other` is the case that the step names, as it stands; None when it names none, or one that is not there.
    """

    step: str
    fields: Fields = field(default_factory=Fields)
    by: str = ""
    roles: frozenset[str] = frozenset({"officer", "manager"})
    sealed: Sealed | None = None
    other: Case | None = None

    def responsible(self, role: str, visit: Visit | None) -> str:
        """Who answers for the step: the person it names, else who has the role where it is taken, else who takes it."""
        named = self.fields.person if isinstance(self.fields, PersonFields) else None
        held = visit.holder(role) if visit else None
        return named or held or self.by


@dataclass(frozen=True)
class Receive:
    event: Envelope[FeedbackReceived]


@dataclass(frozen=True)
class AddMessage:
    event: Envelope[FeedbackMessageAdded]


@dataclass(frozen=True)
class Withdraw:
    event: Envelope[FeedbackWithdrawn]


@dataclass(frozen=True)
class Import:
    event: Envelope[FeedbackImported]


@dataclass(frozen=True)
class RecordLearning:
    event: Envelope[LessonEvent]


@dataclass(frozen=True)
class FireTimers:
    """Record which deadlines are near or over by now."""


@dataclass(frozen=True)
class Replan:
    """Count the running clocks again, because other holidays are known now.

    `published` has the deadlines that stand, by the clock's name; None of a clock that had none.
    """

    published: Mapping[str, date | None]


@dataclass(frozen=True)
class ReactToCase:
    """What happened to another case and concerns this one: the event, its id, and that other case as it stands."""

    event: CaseEvent
    event_id: UUID
    other: Case


Command = TakeStep | Receive | AddMessage | Withdraw | Import | RecordLearning | FireTimers | Replan | ReactToCase


def source_id(command: Command) -> UUID | None:
    """The id of the event that a command follows from; None of what staff and clocks do."""
    match command:
        case Receive() | AddMessage() | Withdraw() | Import() | RecordLearning():
            return command.event.id
        case ReactToCase():
            return command.event_id
    return None
