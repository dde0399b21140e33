"""The bodies and answers of the API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, StringConstraints

from services.learning.decision.decide import NewAction
from services.learning.decision.model import Decision
from services.learning.suggestions import Suggested
from shared.calendar.written import Day
from shared.events.codes import Code, Outcome, Provenance
from shared.visible import says_nothing

Status = Literal["requested", "lesson", "no-lesson", "withdrawn"]
Progress = Literal["agreed", "in-progress", "implemented", "verified", "not-implemented"]


def _seen(text: str) -> str:
    if says_nothing(text):
        raise ValueError("it has no character that can be seen")
    return text


_TEXT: Any = Field("", validation_alias=AliasChoices("text", "note"), description="Words to be kept with it; once called `note`")
NoteText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), AfterValidator(_seen)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ActionBody(_Body):
    """An action to agree; `due_on` is a London day."""

    action_type: Code
    due_on: Day | None = None
    note: NoteText = _TEXT

    def action(self) -> NewAction:
        return NewAction(self.action_type, self.due_on)


class FirstActionBody(_Body):
    action_type: Code
    due_on: Day | None = None

    def action(self) -> NewAction:
        return NewAction(self.action_type, self.due_on)


class LessonBody(_Body):
    """Themes and kinds of action for what is learnt, and the actions agreed at once."""

    tags: tuple[Code, ...] = Field(min_length=1, max_length=20)
    actions: tuple[FirstActionBody, ...] = Field((), max_length=20)
    note: NoteText = _TEXT


class NoLessonBody(_Body):
    """`reason` is a code of the list; a `text` is needed with the reason `other`."""

    reason: Code
    note: NoteText = _TEXT


class ProgressBody(_Body):
    """A `text` is needed with `not-implemented`: it says why."""

    status: Progress
    due_on: Day | None = None
    note: NoteText = _TEXT


class FoundView(BaseModel):
    """Words that led to a tag: characters `start` to `end` of `text`, found by the taxonomy's `phrase`."""

    words: str
    phrase: str
    start: int
    end: int


class SuggestionView(BaseModel):
    code: str
    kind: Literal["theme", "action"]
    label: str
    score: float
    found: list[FoundView]


class ActionView(BaseModel):
    action_id: str
    action_type: str
    label: str
    status: str
    due_on: date | None
    next: list[str]


class NoteView(BaseModel):
    """What staff wrote with a step; `text` is None when it was erased."""

    step: str
    on: date
    by: str
    action_id: str | None
    text: str | None


class DecisionView(BaseModel):
    """A learning decision in codes. `version` is what its ETag names."""

    case_id: UUID
    reference: str
    version: int
    status: str
    procedure: str
    service_area: str
    district: str
    outcome: Outcome
    requested_on: date
    decided_on: date | None
    decided_by: str
    reason: str | None
    tags: list[str]
    provenance: Provenance


class DecisionDetail(DecisionView):
    """The decision with its actions, notes and suggestions. `text` is what the suggestions' places count in."""

    actions: list[ActionView]
    notes: list[NoteView]
    suggestions: list[SuggestionView]
    text: str | None
    erased: bool


class DecisionPage(BaseModel):
    """The oldest request first. `total` counts all pages."""

    items: list[DecisionView]
    total: int
    page: int
    size: int


def codes_of(decision: Decision) -> DecisionView:
    """The decision without its texts. Only for one that was asked for."""
    facts = decision.facts
    assert facts is not None
    return DecisionView(
        case_id=decision.case_id,
        reference=decision.case.reference,
        version=decision.version,
        status=facts.decision,
        procedure=facts.procedure,
        service_area=facts.service_area,
        district=facts.district,
        outcome=facts.outcome,
        requested_on=facts.requested_on,
        decided_on=facts.decided_on,
        decided_by=decision.decided_by,
        reason=decision.reason,
        tags=list(facts.tags),
        provenance=facts.provenance,
    )


def suggestions_of(suggested: Suggested) -> list[SuggestionView]:
    return [
        SuggestionView(
            code=s.code,
            kind=s.kind,
            label=s.label,
            score=s.score,
            found=[FoundView(words=f.words, phrase=f.phrase, start=f.start, end=f.end) for f in s.found],
        )
        for s in suggested.suggestions
    ]
