"""What one decision writes: the case, what is published of it, its history, and the fields it is found by. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.workflow.case.clocks.running import Running, running, ticking
from services.workflow.case.clocks.timers import next_timer_at
from services.workflow.case.evolve import evolve
from services.workflow.case.model import Case, Published
from services.workflow.case.outcome import next_outcome
from services.workflow.case.recorder import noon
from services.workflow.rulebook.model import Rulebook
from shared.calendar.holidays import HolidayRegister
from shared.calendar.london import london_date
from shared.events.cases import CaseEvent, CaseStep, ClockEvent, MessageAdded
from shared.events.envelope import Envelope, Event
from shared.events.outgoing import Cause, Outgoing, make_envelope

SOURCE = "redress/workflow"


@dataclass(frozen=True)
class Stored:
    """A case and what is published of it."""

    case: Case
    published: Published


@dataclass(frozen=True)
class Change:
    """A case moved on by its new events, ready to be written at once. Without events it renews the fields the case is found by."""

    after: Stored
    outgoing: tuple[Outgoing, ...] = ()
    history: tuple[dict[str, Any], ...] = ()

    @property
    def case_id(self) -> UUID:
        return self.after.case.case_id

    @property
    def events(self) -> tuple[CaseEvent, ...]:
        """The new events on `cases`, in order."""
        return tuple(o.envelope.data for o in self.outgoing if isinstance(o.envelope.data, CaseEvent))

    @property
    def steps(self) -> int:
        """How many versions the case moved on by."""
        return len(self.history)

    @property
    def creates(self) -> bool:
        """Whether the case was not there before."""
        return self.after.case.version == self.steps

    def then(self, later: Change) -> Change:
        """This change and the one that was decided on its outcome, as one write."""
        return Change(later.after, self.outgoing + later.outgoing, self.history + later.history)


def change(before: Stored | None, events: Sequence[CaseEvent], now: datetime, cause: Cause) -> Change:
    """The events of one decision at `now` (UTC), and the one outcome event that states what they come to, if they change it."""
    case = before.case if before else None
    published = before.published if before else Published()
    outgoing: list[Outgoing] = []
    history: list[dict[str, Any]] = []
    for event in events:
        case = evolve(case, event)
        envelope = make_envelope(
            event,
            source=SOURCE,
            subject=event.case_id,
            sequence=event.version,
            cause=cause,
            time=_time(event, now, cause),
            recorded_at=now,
        )
        key = str(event.case_id)
        outgoing.append(Outgoing("cases", key, envelope))
        history.append(_entry(envelope))
    if case is None or not events:
        raise ValueError("no events, no change")
    outcome, published = next_outcome(published, case.facts, case.case_id, case.version)
    if outcome is not None:
        stated = make_envelope(
            outcome,
            id=outcome.outcome_id,
            source=SOURCE,
            subject=outcome.case_id,
            sequence=outcome.sequence,
            cause=Cause.of(envelope),
            time=envelope.time,
            recorded_at=now,
        )
        outgoing += [Outgoing("outcomes", key, stated), Outgoing("outcomes.latest", key, stated)]
    return Change(Stored(case, published), tuple(outgoing), tuple(history))


def fields(stored: Stored, book: Rulebook, register: HolidayRegister) -> dict[str, Any]:
    """The case as a document, with what it is found and counted by.

    `deadlines` are those of its running clocks, by the holidays of which `calendar` is the version; `tracks` are those of which a
    run is open.
    """
    case, facts = stored.case, stored.case.facts
    clocks = ticking(case, book, register)
    deadlines = {r.name: r.reading.due.isoformat() for r in clocks if r.reading.due}
    return {
        "case": case.model_dump(mode="json"),
        "published": stored.published.model_dump(mode="json"),
        "reference": case.reference,
        "status": facts.status.value,
        "state": facts.state,
        "procedure": facts.procedure,
        "stage": facts.stage,
        "kind": facts.kind.value,
        "received_on": facts.received_on.isoformat(),
        "due_on": min(deadlines.values(), default=None),
        "clocks": [f"{facts.procedure}|{r.reading.clock.id}|{_clock_state(case, r)}" for r in clocks],
        "deadlines": deadlines,
        "calendar": register.version,
        "contact": str(case.feedback_id),
        "tracks": sorted({run.track for run in case.open_runs()}),
        "timer_at": next_timer_at(case, book, register, clocks),
        "timer_failures": 0,
    }


def published_deadlines(
    document: Mapping[str, Any], case: Case, book: Rulebook, register: HolidayRegister
) -> dict[str, date | None]:
    """The deadlines that stand in a case's document, by the names of its clocks; None of a clock that had none."""
    written = document.get("deadlines")
    if written is not None:
        names = [clock.name for clock in running(case, book, register)]
        return {name: date.fromisoformat(written[name]) if name in written else None for name in names}
    if case.visit is None:
        return {}
    # A document of before deadlines were written down: its facts have those of the two clocks that every stage may have.
    clocks = book.clocks_of(case.visit.stage)
    stage = case.facts.stages[-1]
    facts = {"acknowledgement": stage.acknowledgement_due_on, "response": stage.extended_to or stage.due_on}
    return {c.id: day for c in clocks if (day := facts.get(c.kind)) is not None}


def _clock_state(case: Case, clock: Running) -> str:
    """The state of a running clock, by the events it has emitted of its present deadline: `due`, `due_soon` or `breached`."""
    for event, state in (("breached", "breached"), ("due-soon", "due_soon")):
        if clock.key(case, event) in case.spoken:
            return state
    return "due"


def _time(event: CaseEvent, now: datetime, cause: Cause) -> datetime:
    """When it happened: of a day on which no time is known, its noon in London."""
    if isinstance(event, ClockEvent):
        return event.at
    if isinstance(event, MessageAdded):
        return event.received_at
    if isinstance(event, CaseStep) and event.on != london_date(now):
        happened = cause.time
        return happened if happened and london_date(happened) == event.on else noon(event.on)
    return now


def _entry(envelope: Envelope[Event]) -> dict[str, Any]:
    """An event as the case's history keeps it; the facts before are those after the one before."""
    return {
        "id": str(envelope.id),
        "type": envelope.data.type,
        "time": envelope.time,
        "recorded_at": envelope.recorded_at,
        "sequence": envelope.sequence,
        "correlation_id": envelope.correlation_id,
        "causation_id": envelope.causation_id,
        "data": envelope.data.model_dump(mode="json", exclude={"before"}),
    }
