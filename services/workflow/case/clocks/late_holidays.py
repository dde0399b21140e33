"""What a late holiday moves: the open clocks whose deadline is another day than was said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from services.workflow.case.clocks.running import running
from services.workflow.case.model import Case
from services.workflow.case.recorder import Recorder
from services.workflow.rulebook.choose import Rulebooks
from shared.calendar.holidays import HolidayRegister
from shared.events.cases import ClockReplanned


def replan(
    case: Case, said: Mapping[str, date | None], books: Rulebooks, at: datetime, register: HolidayRegister
) -> tuple[ClockReplanned, ...]:
    """The events of the open clocks whose deadline is another by `register` than was `said`; no others."""
    recorder = Recorder(case, books, at, register)
    for clock_of in running(case, recorder.book, register):
        reading, name = clock_of.reading, clock_of.name
        if reading.ticking and name in said and said[name] != reading.due:
            recorder.emit(
                ClockReplanned,
                clock=reading.clock.id,
                stage=reading.clock.stage,
                run=clock_of.number,
                said=said[name],
                holds=reading.due,
                calendar=register.version,
            )
    return tuple(event for event in recorder.events if isinstance(event, ClockReplanned))


def said_of(document: Mapping[str, Any], case: Case, books: Rulebooks) -> dict[str, date | None]:
    """What was said of the deadlines of a case's clocks, by their names; None of a clock that had none."""
    book = books.get(case.facts.rulebook, case.rulebook_version)
    written = document.get("deadlines")
    if written is not None:
        names = [clock.name for clock in running(case, book)]
        return {name: date.fromisoformat(written[name]) if name in written else None for name in names}
    if case.visit is None:
        return {}
    # A document of before deadlines were written down: its facts have those of the two clocks that every stage may have.
    clocks = book.clocks_of(case.visit.stage)
    stage = case.facts.stages[-1]
    facts = {"acknowledgement": stage.acknowledgement_due_on, "response": stage.extended_to or stage.due_on}
    return {c.id: day for c in clocks if (day := facts.get(c.kind)) is not None}
