"""Makes the events of one decision, each with the facts before and after it, and keeps the case they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from services.workflow.case.evolve import evolve
from services.workflow.case.facts import Known, refreshed
from services.workflow.case.model import Case, Run
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.calendar.holidays import HolidayRegister
from shared.calendar.london import LONDON, today
from shared.errors import NotFound
from shared.events import cases as e
from shared.events.codes import Status
from shared.events.facts import CaseFacts, Opening


def noon(day: date) -> datetime:
    """The instant, UTC, that stands for a London day of which no time is known: its noon, which is on that day anywhere."""
    return datetime.combine(day, time(12), LONDON).astimezone(UTC)


class Recorder:
    """One decision on one case at the instant `now` (UTC)."""

    def __init__(self, case: Case | None, books: Rulebooks, now: datetime, register: HolidayRegister) -> None:
        self._case = case
        self.books = books
        self.now = now
        self.register = register
        self.events: list[e.CaseEvent] = []
        self._known: Known = {}

    @property
    def case(self) -> Case:
        """Raises: NotFound, before the case is opened."""
        if self._case is None:
            raise NotFound("no-such-case", "There is no such case.")
        return self._case

    @property
    def book(self) -> Rulebook:
        return self.books.get(self.case.facts.rulebook, self.case.rulebook_version)

    @property
    def today(self) -> date:
        return today(self.now)

    def open(self, book: Rulebook, facts: CaseFacts, **data: Any) -> None:
        """The first event. `facts` are the codes; what follows from them is worked out."""
        event = e.CaseOpened(version=1, before=None, after=facts, step="opened", rulebook_version=book.version, **data)
        self._record(event, book)

    def emit(self, type_: type[e.CaseEvent], /, facts: CaseFacts | None = None, **data: Any) -> None:
        """One more event. `facts` are the codes as the event leaves them; left out, it changes none."""
        event = type_(
            case_id=self.case.case_id,
            reference=self.case.reference,
            version=self.case.version + 1,
            before=self.case.facts,
            after=facts or self.case.facts,
            **data,
        )
        book = self.book
        if isinstance(event, e.CaseReclassified | e.CaseMoved):
            book = self.books.get(event.after.rulebook, event.rulebook_version)
        self._record(event, book)

    def _record(self, event: e.CaseEvent, book: Rulebook) -> None:
        bare = evolve(self._case, event)
        after = refreshed(bare, book, self.register, self._known)
        self.events.append(event.model_copy(update={"after": after}))
        self._case = bare.model_copy(update={"facts": after})

    def moved(self, state: str, on: date) -> CaseFacts:
        """The case's facts with its state moved, and its openings with it."""
        found = self.book.state(state)
        assert found is not None, "rulebooks are checked at load"
        return moved(self.case.facts, found.id, found.status, on)

    def transition(self, step: Step, on: date, run: Run | None = None, kind: str | None = None) -> dict[str, Any]:
        """What a step of the rulebook does to any case: facts, marks, and the stage or run that begins with it.

        `run` is the one that takes a step of a track; `kind` is that of the run that the step begins.
        """
        data: dict[str, Any] = {"step": step.id, "on": on, "marks": step.marks}
        if run is not None:
            target = step.target(run.visit.stage) or run.state
            data["run"] = self._run_at(run.track, run.number, run.kind, target)
        else:
            data |= self._moving(step, on)
        if step.begins is not None:
            track = self.book.track_of(step.begins)
            assert track is not None, "rulebooks are checked at load"
            data["run"] = self._run_at(track, self._next_run(track), kind, step.begins)
        changes = {name: value for name in ("formal", "joint_nhs") if (value := getattr(step, name)) is not None}
        if changes:
            data["facts"] = data.get("facts", self.case.facts).model_copy(update=changes)
        return data

    def carried(self, step: Step) -> Iterator[dict[str, Any]]:
        """What a step does to the open runs that it carries along, one after the other."""
        if step.carries is None:
            return
        to = step.carries.to
        for run in self.case.open_runs(self.book.track_of(to)):
            at = self._run_at(run.track, run.number, run.kind, to)
            yield {"step": step.id, "marks": step.carries.marks, "run": at}

    def _next_run(self, track: str) -> int:
        return 1 + max((r.number for r in self.case.runs if r.track == track), default=0)

    def _run_at(self, track: str, number: int, kind: str | None, state: str) -> e.RunAt:
        found = self.book.state(state)
        assert found is not None, "rulebooks are checked at load"
        assert found.stage is not None, "rulebooks are checked at load"
        ended = found.status is Status.CLOSED
        return e.RunAt(track=track, number=number, kind=kind, stage=found.stage, state=state, ended=ended)

    def _moving(self, step: Step, on: date) -> dict[str, Any]:
        target = step.target(self.case.stage)
        if target is None:
            return {}
        data: dict[str, Any] = {}
        found = self.book.state(target)
        assert found is not None, "rulebooks are checked at load"
        if found.stage and (found.stage != self.case.stage or step.effect is Effect.REOPEN):
            data["enters"] = found.stage
            stage = self.book.stage(found.stage)
            if stage and stage.formal and not self.case.facts.formal:
                return {**data, "facts": self.moved(target, on).model_copy(update={"formal": True})}
        return {**data, "facts": self.moved(target, on)}


def moved(facts: CaseFacts, state: str, status: Status, on: date) -> CaseFacts:
    """Facts in another state. Closing ends the last opening on that day; opening a closed case begins another."""
    openings = facts.openings
    if facts.status is Status.OPEN and status is Status.CLOSED:
        openings = (*openings[:-1], openings[-1].model_copy(update={"closed_on": on}))
    elif facts.status is Status.CLOSED and status is Status.OPEN:
        openings = (*openings, Opening(opened_on=on))
    return facts.model_copy(update={"state": state, "status": status, "openings": openings})
