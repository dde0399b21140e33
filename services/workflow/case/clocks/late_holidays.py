"""What a holiday that was announced late moves: the running clocks whose deadline is another day than was published of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from services.workflow.case.clocks.running import Running, running
from services.workflow.case.model import Case
from services.workflow.rulebook.model import Rulebook
from shared.calendar.holidays import HolidayRegister


def moved(
    case: Case, book: Rulebook, register: HolidayRegister, published: Mapping[str, date | None]
) -> Iterator[tuple[Running, date | None]]:
    """Each running clock whose deadline by `register` is not the one in `published`, and that one.

    `published` has deadlines by the clock's name, None of a clock that had none. A clock that is not in it is passed over.
    """
    for clock in running(case, book, register):
        name = clock.name
        if clock.reading.ticking and name in published and published[name] != clock.reading.due:
            yield clock, published[name]
