"""The schema of a rulebook. A procedure is this data and nothing else: no code knows a procedure by name.

Days are London days; limits are counted by the clock's own unit, calendar and convention.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.calendar.arithmetic import Convention, Roll
from shared.calendar.holidays import CalendarName
from shared.calendar.trace import Unit
from shared.events.codes import Code, Kind, OmbudsmanDecision, Outcome, Status

AGREED = "agreed"
"""The limit of a clock whose period is agreed with the person, case by case."""

STARTED = "stage-started"
"""The mark that every stage has: the day it began."""


class Effect(StrEnum):
    """What a step does. The fixed set from which every procedure is built."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    EXTEND = "extend"
    ADD_ELEMENT = "add-element"
    FIND = "find"
    RESPOND = "respond"
    ESCALATE = "escalate"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    REOPEN = "reopen"
    RECLASSIFY = "reclassify"
    REFER = "refer-to-ombudsman"
    OMBUDSMAN_DECISION = "ombudsman-decision"
    MILESTONE = "milestone"
    BEGIN = "begin"
    LINK = "link"
    UNLINK = "unlink"
    SPLIT = "split"
    MERGE = "merge"
    UNMERGE = "unmerge"
    MOVE = "move"
    NOTE = "note"


class Check(StrEnum):
    """What a step may require. Those in `WITH_ARGUMENT` name what they ask for: `- mark: acknowledged`."""

    REASON = "reason"
    REFUSAL_REASON = "refusal-reason"
    DECLARES = "declares"
    ALL_ELEMENTS_FOUND = "all-elements-found"
    MARK = "mark"
    WITHOUT_MARK = "without-mark"
    WITHIN = "within"
    AFTER = "after"
    NAMES_PERSON = "names-person"
    NAMES_CASE = "names-case"
    ASSIGNED = "assigned"
    OFFICER_DIFFERS_FROM = "officer-differs-from"
    NEVER_HAD = "never-had"
    OTHER_THAN = "other-than"
    NONE_OPEN = "none-open"
    SOME_AT = "some-at"
    ALL_AT = "all-at"


WITH_ARGUMENT = frozenset(
    {
        Check.DECLARES,
        Check.MARK,
        Check.WITHOUT_MARK,
        Check.WITHIN,
        Check.AFTER,
        Check.ASSIGNED,
        Check.OFFICER_DIFFERS_FROM,
        Check.NEVER_HAD,
        Check.OTHER_THAN,
        Check.NONE_OPEN,
        Check.SOME_AT,
        Check.ALL_AT,
    }
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Requirement(_Part):
    """One check that must hold before a step is taken."""

    check: Check
    argument: Code | None = None


def _requirement(value: Any) -> Any:
    if isinstance(value, str):
        return {"check": value}
    if isinstance(value, Mapping) and len(value) == 1 and "check" not in value:
        ((check, argument),) = value.items()
        return {"check": check, "argument": argument}
    return value


def _has_argument(requirement: Requirement) -> Requirement:
    if (requirement.check in WITH_ARGUMENT) != (requirement.argument is not None):
        needs = "needs a value" if requirement.check in WITH_ARGUMENT else "takes no value"
        raise ValueError(f"{requirement.check} {needs}")
    return requirement


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
Requires = Annotated[Requirement, BeforeValidator(_requirement), AfterValidator(_has_argument)]


class Extension(_Part):
    """How a clock may be extended. `by` (what one extension usually adds) and `cap` (all together) are in the clock's unit.

    Beyond the cap an extension is refused, or accepted only when staff state that there is good reason. One that is notified
    after the deadline is recorded and does not count.
    """

    by: int | None = Field(default=None, gt=0)
    cap: int | None = Field(default=None, gt=0)
    beyond_cap: Literal["refused", "good-reason"] = "refused"
    notice: str = ""
    source: str = ""


class Clock(_Part):
    """A timescale: from a mark, so much of a unit, until one of the marks that stop it.

    `provisional_from` names the clock whose deadline stands for the starting mark while that is not set. `due_soon` is
    how many working days before the deadline `ClockDueSoon` is emitted (0: on the day). From the last of the marks in `anew`
    the whole limit is counted again. A clock of the `person` limits what they may ask for: nobody is late by it, and it emits
    no events.
    """

    id: Code
    title: str
    stage: Code
    kind: Literal["acknowledgement", "response", "other"]
    calendar: CalendarName = "england-and-wales"
    unit: Unit = "working_days"
    limit: Annotated[int, Field(gt=0)] | Literal["agreed"]
    convention: Convention = "A"
    starts: Code
    anew: Names = ()
    stops: Names = Field(min_length=1)
    provisional_from: Code | None = None
    party: Literal["council", "person"] = "council"
    extension: Extension | None = None
    pauses: Names = ()
    restarts: Names = ()
    due_soon: int = Field(default=1, ge=0)
    roll: Roll = "none"
    notices: Names = ()
    source: str = Field(min_length=1)

    @property
    def fixed(self) -> int | None:
        """The limit as a number; None when it is agreed case by case."""
        return None if self.limit == AGREED else int(self.limit)


class Track(_Part):
    """What runs in parallel with the procedure or after its end, such as a referral to the Ombudsman or a remedy.

    A case may have several runs of a track, each with its own state and clocks. `kinds` are what a run may be, with their titles.
    """

    id: Code
    title: str
    kinds: dict[Code, str] = {}
    source: str = Field(min_length=1)


class Stage(_Part):
    """A stage of the procedure, or of the `track` that it names. `formal` is false for what is outside the formal procedure.

    `also` are other codes that imports use for it.
    """

    id: Code
    title: str
    track: Code | None = None
    formal: bool = True
    also: Names = ()


class State(_Part):
    """Where a case, or a run of a track, can stand. A state without a stage leaves the case at the stage it was in."""

    id: Code
    title: str
    stage: Code | None = None
    status: Status = Status.OPEN


class Carry(_Part):
    """A step of the procedure moves every open run of the track of the state `to` to that state, and sets `marks` on it."""

    to: Code
    marks: Names = ()


class Step(_Part):
    """What staff can do, in which states, and where it leads.

    `from` may hold names of states and `@open`, `@closed`, `@any`, `@merged`; `stages` narrows it to cases at those stages.
    `to` is a state, or one for each stage the case may be at, or nothing: the case stays where it is. A step from states of a
    track is one of its runs. `begins` is the state of a track in which a run begins. `clock` is the one that is extended.
    `decisions` are those of the Ombudsman that the step may record; `answers`: a refusal is itself the response. `formal` and
    `joint_nhs`, where given: whether the case counts as formal, or as joint with the NHS, from then on.
    `also` are other names by which staff may take it, such as the one that it has in other procedures; several steps may share
    one: it names the one of them that is open.
    """

    id: Code
    title: str
    effect: Effect
    also: Names = ()
    from_: Names = Field(alias="from", min_length=1)
    stages: Names = ()
    to: Code | dict[Code, Code] | None = None
    begins: Code | None = None
    carries: Carry | None = None
    marks: Names = ()
    requires: tuple[Requires, ...] = ()
    roles: Names = ("officer", "manager")
    role: Code = "officer"
    clock: Code | None = None
    decisions: tuple[OmbudsmanDecision, ...] = ()
    answers: bool = False
    formal: bool | None = None
    joint_nhs: bool | None = None
    outcome: Outcome | None = None
    source: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    @property
    def targets(self) -> tuple[str, ...]:
        """Every state that it may lead to, one for each stage where they differ; empty: where the case is."""
        return tuple(self.to.values()) if isinstance(self.to, dict) else (self.to,) if self.to else ()

    def target(self, stage: str | None) -> str | None:
        """The state this leads to from `stage`; None: where the case is."""
        return self.to.get(stage or "") if isinstance(self.to, dict) else self.to


def _valued(part: Any, values: Mapping[str, Any]) -> Any:
    """The part with the values of parameters in place of their names. An unknown name stays, and fails as what it is."""
    if isinstance(part, Mapping):
        return {key: _valued(item, values) for key, item in part.items()}
    if isinstance(part, list):
        return [_valued(item, values) for item in part]
    return values.get(part, part) if isinstance(part, str) else part


class OpeningRule(_Part):
    """How a case begins: its state, and the marks that its receipt sets."""

    state: Code
    marks: Names


class Change(_Part):
    """An entry of the changelog."""

    version: int
    on: date
    what: str


class Parameter(_Part):
    """A choice that the law leaves to the council. `$name` anywhere in the rulebook stands for its value."""

    what: str
    value: int | str
    options: tuple[int | str, ...] = ()


class Rulebook(_Part):
    """One version of one procedure. Effective from `effective_from` until and including `effective_until`, London days.

    `procedures` are the codes it serves; empty: every one, for its `kinds`. One of `history` serves imported cases only,
    where the procedure has a live one as well. `includes` are the fragments that it shares with others, merged in at load.
    """

    id: Code
    version: int = Field(ge=1)
    title: str
    procedures: Names = ()
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]
    effective_from: date
    effective_until: date | None = None
    statutory: bool = False
    history: bool = False
    parameters: dict[Code, Parameter] = {}
    sources: dict[str, str] = Field(min_length=1)
    changelog: tuple[Change, ...] = Field(min_length=1)
    includes: Names = ()
    opening: OpeningRule
    tracks: tuple[Track, ...] = ()
    stages: tuple[Stage, ...] = Field(min_length=1)
    states: tuple[State, ...] = Field(min_length=1)
    clocks: tuple[Clock, ...] = ()
    steps: tuple[Step, ...] = Field(min_length=1)
    refusal_reasons: dict[Code, str] = {}
    declarations: dict[Code, str] = {}
    _index: dict[str, dict[str, Any]] = {}
    _of_stage: dict[str, tuple[Clock, ...]] = {}

    @model_validator(mode="before")
    @classmethod
    def _parameters_stand_for_values(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or not isinstance(data.get("parameters"), Mapping):
            return data
        values = {
            f"${name}": parameter["value"]
            for name, parameter in data["parameters"].items()
            if isinstance(parameter, Mapping) and "value" in parameter
        }
        return {k: v if k == "parameters" else _valued(v, values) for k, v in data.items()}

    def model_post_init(self, context: Any) -> None:
        self._index = {
            name: {part.id: part for part in getattr(self, name)} for name in ("tracks", "stages", "states", "clocks", "steps")
        }
        for clock in self.clocks:
            self._of_stage[clock.stage] = (*self._of_stage.get(clock.stage, ()), clock)

    def track(self, id: str) -> Track | None:
        return self._index["tracks"].get(id)

    def stage(self, id: str) -> Stage | None:
        return self._index["stages"].get(id)

    def state(self, id: str) -> State | None:
        return self._index["states"].get(id)

    def clock(self, id: str) -> Clock | None:
        return self._index["clocks"].get(id)

    def step(self, id: str) -> Step | None:
        return self._index["steps"].get(id)

    def clocks_of(self, stage: str) -> tuple[Clock, ...]:
        return self._of_stage.get(stage, ())

    def clock_kind(self, stage: str, kind: str) -> Clock | None:
        """The stage's first clock of that kind."""
        return next((clock for clock in self.clocks_of(stage) if clock.kind == kind), None)

    def stage_called(self, code: str) -> Stage | None:
        """A stage by its code or another that imports use for it."""
        return next((s for s in self.stages if s.id == code or code in s.also), None)

    def ends(self, track: str | None = None) -> tuple[str, ...]:
        """The closed states of a track, in the rulebook's order; None: those of the procedure."""
        return tuple(s.id for s in self.states if s.status is Status.CLOSED and self.track_of(s.id) == track)

    def track_of(self, state: str) -> str | None:
        """The track of whose runs this is a state; None of a state of the procedure."""
        found = self.state(state)
        stage = self.stage(found.stage) if found and found.stage else None
        return stage.track if stage else None

    def of_track(self, step: Step) -> str | None:
        """The track whose runs take the step; None of a step of the procedure."""
        return next((track for name in step.from_ if (track := self.track_of(name))), None)

    def opened_by(self, state: str) -> frozenset[str]:
        """What a step's `from` may name for it to be open in this state."""
        found = self.state(state)
        if found is None or self.track_of(state):
            return frozenset({state})
        return frozenset({state, "@any", f"@{found.status}"})

    def available(self, state: str, stage: str | None) -> tuple[Step, ...]:
        """The steps that a case in this state and at this stage may take, or a run of a track."""
        if self.state(state) is None:
            return ()
        tokens = self.opened_by(state)
        return tuple(
            step
            for step in self.steps
            if tokens.intersection(step.from_)
            and (not step.stages or stage in step.stages)
            and (not isinstance(step.to, dict) or stage in step.to)
        )

    def in_force(self, day: date) -> bool:
        return self.effective_from <= day and (self.effective_until is None or day <= self.effective_until)
