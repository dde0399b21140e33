"""What a case can be told. Text that people wrote comes sealed: it is sealed before a decision sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.workflow.case.model import Case
from services.workflow.rulebook.model import Effect
from shared.events.cases import CaseEvent
from shared.events.codes import Code, Kind, OmbudsmanDecision, OmbudsmanReference, Outcome
from shared.events.envelope import Envelope
from shared.events.feedback import FeedbackImported, FeedbackMessageAdded, FeedbackReceived, FeedbackWithdrawn
from shared.events.lessons import LessonEvent
from shared.events.sealed import Sealed
from shared.ids import normalise_reference

StaffId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]

FINDINGS = frozenset(
    {
        Outcome.UPHELD,
        Outcome.PARTLY_UPHELD,
        Outcome.NOT_UPHELD,
        Outcome.NO_FINDING,
        Outcome.RESOLVED,
        Outcome.WITHDRAWN,
        Outcome.OUT_OF_JURISDICTION,
    }
)
"""What an element can be found to be."""

ENDINGS = frozenset({Outcome.RESOLVED, Outcome.NO_FINDING, Outcome.OUT_OF_JURISDICTION, Outcome.TRANSFERRED})
"""How a case can end where no stage made a finding."""


class Fields(BaseModel):
    """What every step takes: the London day on which it was done (today, if left out) and what staff declare.

    `number` is the run of a track, such as the second remedy; left out, the only one at which the step is open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    on: date | None = None
    declarations: tuple[Code, ...] = ()
    number: int | None = Field(default=None, ge=1)


class AssignFields(Fields):
    person: StaffId


class ExtendFields(Fields):
    """`to` is the new date told to the person; left out, the rulebook's usual extension."""

    clock: Code | None = None
    to: date | None = None
    good_reason: bool = False


class ElementFields(Fields):
    theme: Code | None = None


class FindFields(Fields):
    element: int = Field(ge=1)
    finding: Outcome


class RespondFields(Fields):
    """`person` is who answers for the response; left out, the officer of the stage."""

    person: StaffId | None = None


class RefuseFields(Fields):
    refusal_reason: Code | None = None


class CloseFields(Fields):
    outcome: Outcome | None = None


class ReclassifyFields(Fields):
    """Only what is given changes. A kind or procedure that another rulebook serves moves the case to it."""

    kind: Kind | None = None
    procedure: Code | None = None
    service_area: Code | None = None
    district: Code | None = None
    complainant_type: Code | None = None
    themes: tuple[Code, ...] | None = None
    joint_nhs: bool | None = None

    def changes(self) -> dict[str, object]:
        names = ("kind", "procedure", "service_area", "district", "complainant_type", "themes", "joint_nhs")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


class BeginFields(Fields):
    """`kind` is one of the track's kinds; `due_on` the day that was named for it."""

    kind: Code | None = None
    due_on: date | None = None


class ReferFields(BeginFields):
    """`reference` is the Ombudsman's own, such as `24 017 112`."""

    reference: OmbudsmanReference | None = None


class DecisionFields(Fields):
    """`number` is the referral; left out, the only one that awaits a decision. `decision` may be left out where one is possible.

    `satisfactory_remedy` says that the council had offered a suitable remedy before the Ombudsman decided.
    """

    decision: OmbudsmanDecision | None = None
    satisfactory_remedy: bool | None = None


def _reference(text: str) -> str:
    found = normalise_reference(text)
    if found is None:
        raise ValueError("this is not a reference, or it has a slip of the pen")
    return found


Reference = Annotated[str, AfterValidator(_reference)]


class MilestoneFields(Fields):
    """`linked` is the reference of another case that belongs to this one."""

    linked: Reference | None = None

    @property
    def names(self) -> str | None:
        return self.linked


class LinkFields(Fields):
    """`other` is the reference of the other case; `relation` what it is to this one, in a word."""

    other: Reference
    relation: Code = "related"

    @property
    def names(self) -> str | None:
        return self.other


class MergeFields(Fields):
    """`into` is the reference of the case in which this one goes on."""

    into: Reference

    @property
    def names(self) -> str | None:
        return self.into


class SplitFields(Fields):
    """The case to be opened from the same contact. `received_on` is the day its matter was raised; `elements` are the points that
    go with it. What is left out is as in this case.
    """

    kind: Kind | None = None
    procedure: Code | None = None
    service_area: Code | None = None
    themes: tuple[Code, ...] = ()
    received_on: date | None = None
    elements: tuple[int, ...] = ()


class MoveFields(Fields):
    """`rulebook` is the one under which the case is to go on; `version` its latest, if left out."""

    rulebook: Code
    version: int | None = Field(default=None, ge=1)


def names_case(fields: Fields) -> str | None:
    """The reference of the other case that a step names; None of one that names none."""
    return fields.names if isinstance(fields, MilestoneFields | LinkFields | MergeFields) else None


FIELDS: dict[Effect, type[Fields]] = {
    **dict.fromkeys(Effect, Fields),
    Effect.ASSIGN: AssignFields,
    Effect.EXTEND: ExtendFields,
    Effect.ADD_ELEMENT: ElementFields,
    Effect.FIND: FindFields,
    Effect.RESPOND: RespondFields,
    Effect.REFUSE: RefuseFields,
    Effect.CLOSE: CloseFields,
    Effect.MILESTONE: MilestoneFields,
    Effect.BEGIN: BeginFields,
    Effect.REFER: ReferFields,
    Effect.LINK: LinkFields,
    Effect.UNLINK: LinkFields,
    Effect.SPLIT: SplitFields,
    Effect.MERGE: MergeFields,
    Effect.MOVE: MoveFields,
    Effect.RECLASSIFY: ReclassifyFields,
    Effect.OMBUDSMAN_DECISION: DecisionFields,
}
"""The fields of each effect, beside its text."""

TEXT_FIELD: dict[Effect, str] = {
    **dict.fromkeys(Effect, "reason"),
    Effect.ADD_ELEMENT: "description",
    Effect.FIND: "reasoning",
    Effect.RESPOND: "response",
    Effect.NOTE: "text",
    Effect.MILESTONE: "text",
    Effect.ACKNOWLEDGE: "text",
}
"""What the text of a step is called. It is personal data: sealed, and never among the fields."""


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


@dataclass(frozen=True)
class Receive:
    event: Envelope[FeedbackReceived]


@dataclass(frozen=True)
class AddMessage:
    event: Envelope[FeedbackMessageAdded]


@dataclass(frozen=True)
class TakeBack:
    event: Envelope[FeedbackWithdrawn]


@dataclass(frozen=True)
class Import:
    event: Envelope[FeedbackImported]


@dataclass(frozen=True)
class RecordLearning:
    event: Envelope[LessonEvent]


@dataclass(frozen=True)
class FireTimers:
    """Let the clocks say what is due by now."""


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


Command = (
    TakeStep | Receive | AddMessage | TakeBack | Import | RecordLearning | FireTimers | Replan | ReactToCase
)


def source_id(command: Command) -> UUID | None:
    """The id of the event that a command follows from; None of what staff and clocks do."""
    match command:
        case Receive() | AddMessage() | TakeBack() | Import() | RecordLearning():
            return command.event.id
        case ReactToCase():
            return command.event_id
    return None
