"""A case as its events make it. Frozen: every change is an event. Days are London days."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.codes import Code, Outcome, Status
from shared.events.facts import CaseFacts
from shared.events.feedback import AttachmentRef
from shared.events.outcomes import OutcomeStatement
from shared.events.sealed import Sealed


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Mark(_Part):
    """Something that happened at a stage, on a day."""

    name: Code
    on: date


class Given(_Part):
    """An extension of a clock until `to`, notified on `told_on`; `units` more of the clock's unit. See `CaseExtended`."""

    clock: Code
    to: date
    units: int
    told_on: date
    counts: bool


class Holder(_Part):
    """Who has a role at a stage; the last of a role holds it."""

    role: Code
    person: str


class Visit(_Part):
    """One time that the case was at a stage. A re-opened case comes to its stage anew.

    `due_on` is a standard deadline that came with imported history; it stands in place of the rulebook's. `under` is the rulebook,
    id and version, of a visit that was over when the case moved to another; None: the case's.
    """

    stage: Code
    started_on: date
    marks: tuple[Mark, ...] = ()
    given: tuple[Given, ...] = ()
    holders: tuple[Holder, ...] = ()
    due_on: date | None = None
    acknowledged_on: date | None = None
    responded_on: date | None = None
    outcome: Outcome | None = None
    under: tuple[Code, int] | None = None

    def first(self, names: tuple[str, ...] | str, since: date | None = None) -> date | None:
        """The first day on which one of these marks was set, from `since` on."""
        wanted = (names,) if isinstance(names, str) else names
        days = [m.on for m in self.marks if m.name in wanted and (since is None or m.on >= since)]
        return min(days, default=None)

    def holder(self, role: str = "officer") -> str | None:
        return next((h.person for h in reversed(self.holders) if h.role == role), None)


class Run(_Part):
    """One run of a track, in parallel with the procedure. `visit` is what happened in it; it is over from `ended_on` on."""

    track: Code
    number: int
    kind: Code | None = None
    state: Code
    visit: Visit
    ended_on: date | None = None


class Finding(_Part):
    """The finding on an element at one visit (its index in `Case.visits`)."""

    visit: int
    outcome: Outcome
    sealed: Sealed | None = None


class Element(_Part):
    """A point of the complaint. One that is `away` is answered in another; `of_case` and `of_element` are where it came from."""

    number: int
    of_case: UUID | None = None
    of_element: int | None = None
    away: bool = False
    theme: Code | None = None
    sealed: Sealed | None = None
    findings: tuple[Finding, ...] = ()

    def finding(self, visit: int) -> Outcome | None:
        return next((f.outcome for f in reversed(self.findings) if f.visit == visit), None)


class Relation(_Part):
    """What another case is to this one: `merged-into`, `absorbed`, `split-into`, `split-from`, `gave-rise-to`, `arises-from`, or
    what staff called it.
    """

    case_id: UUID | None
    reference: str
    relation: Code


class Case(_Part):
    """A case at one version.

    `facts` are the reporting facts that the last event carried. `ended` is how the case ended where no stage made a finding;
    `stated` is an overall outcome that imported history states. `spoken` are the keys of the clock events already emitted,
    `applied` the ids of the events of other services and other cases already applied. `standing` are the facts that hold again when
    the case is un-merged. `procedure_rule` is the council's rule by which it was received under its first procedure.
    """

    case_id: UUID
    feedback_id: UUID
    reference: str
    version: int
    received_at: AwareDatetime
    rulebook_version: int
    facts: CaseFacts
    visits: tuple[Visit, ...] = ()
    runs: tuple[Run, ...] = ()
    elements: tuple[Element, ...] = ()
    ended: Outcome | None = None
    stated: Outcome | None = None
    spoken: tuple[str, ...] = ()
    applied: tuple[UUID, ...] = ()
    learning: Code | None = None
    learning_tags: tuple[Code, ...] = ()
    messages: int = 0
    relations: tuple[Relation, ...] = ()
    standing: CaseFacts | None = None
    sealed: Sealed | None = None
    attachments: tuple[AttachmentRef, ...] = ()
    procedure_rule: Code | None = None

    @property
    def state(self) -> str:
        return self.facts.state

    @property
    def stage(self) -> str | None:
        return self.facts.stage

    @property
    def is_open(self) -> bool:
        return self.facts.status is Status.OPEN

    @property
    def visit(self) -> Visit | None:
        """The stage that the case is at, or was at when it closed."""
        return self.visits[-1] if self.visits else None

    @property
    def links(self) -> tuple[str, ...]:
        """The references of the other cases that belong to this one."""
        return tuple(dict.fromkeys(r.reference for r in self.relations))

    def related(self, relation: str) -> tuple[Relation, ...]:
        return tuple(r for r in self.relations if r.relation == relation)

    def relates(self, other: Case, relation: str) -> bool:
        """Whether the other case is that to this one."""
        return any(r.case_id == other.case_id for r in self.related(relation))

    @property
    def points(self) -> tuple[Element, ...]:
        """The points that this case answers."""
        return tuple(el for el in self.elements if not el.away)

    def run(self, track: str, number: int) -> Run | None:
        return next((r for r in self.runs if (r.track, r.number) == (track, number)), None)

    def open_runs(self, track: str | None = None) -> tuple[Run, ...]:
        """The runs that are not over: those of a track, or all."""
        return tuple(r for r in self.runs if r.ended_on is None and track in {None, r.track})

    def where(self, run: Run | None) -> Visit | None:
        """Where a step is taken: the run, or the stage the case is at."""
        return run.visit if run else self.visit

    def spoken_key(self, run: int | None, stage: str, clock: str, event: str, due: date | None) -> str:
        """The key in `spoken` of an event (`due-soon`, `breached`) of a deadline: of the stage, or of the run numbered `run`."""
        place = str(len(self.visits) - 1) if run is None else f"{stage}-{run}"
        return f"{place}:{clock}:{event}:{due}"


class Published(_Part):
    """What `outcomes` holds of a case: how many events, and the statement that stands."""

    sequence: int = 0
    statement: OutcomeStatement | None = None
