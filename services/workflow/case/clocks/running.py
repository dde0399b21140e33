"""The clocks that may tick in a case: those of the stage it is at, and those of every run that is not over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from services.workflow.case.clocks.reading import Reading, readings
from services.workflow.case.model import Case, Run
from services.workflow.rulebook.model import Rulebook
from shared.calendar.holidays import HolidayRegister


@dataclass(frozen=True)
class Running:
    """A clock's reading, and the run it belongs to; None of one of the procedure."""

    reading: Reading
    run: Run | None = None

    @property
    def number(self) -> int | None:
        return self.run.number if self.run else None

    @property
    def name(self) -> str:
        """Unique among the clocks of the case: the clock's id, with the run's number where it has one."""
        clock = self.reading.clock.id
        return f"{clock}@{self.run.number}" if self.run else clock

    def key(self, case: Case, event: str) -> str:
        """The key in `Case.spoken` of a clock event (`due-soon`, `breached`) of the present deadline."""
        clock = self.reading.clock
        return case.spoken_key(self.number, clock.stage, clock.id, event, self.reading.due)


def running(case: Case, book: Rulebook, register: HolidayRegister) -> Iterator[Running]:
    """Every clock of an open case's stage, and of every run that is not over; none of a case merged into another."""
    if case.facts.merged:
        return
    if case.is_open and case.visit is not None:
        for reading in readings(case.visit, book, register):
            yield Running(reading)
    for run in case.open_runs():
        for reading in readings(run.visit, book, register):
            yield Running(reading, run)


def ticking(case: Case, book: Rulebook, register: HolidayRegister) -> tuple[Running, ...]:
    """Those of `running` that have a deadline now."""
    return tuple(r for r in running(case, book, register) if r.reading.ticking and r.reading.due is not None)
