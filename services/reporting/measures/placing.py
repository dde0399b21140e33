"""What becomes of a record whose days no report can have: it is set aside whole, and counted. Pure.

No report can have a day before 1900 or after 2100, nor a case that was closed before it was opened, or after more than
`LONGEST_YEARS`: it would be carried forward for decades. A log is kept for ever, so that one odd day on it must not take a report
down for ever. The bounds are fixed: what a case counts for may depend on its facts only, or the fold would not be exact.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from services.reporting.measures.cells import Cells, add
from shared.events.facts import Opening

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100
LONGEST_YEARS: Final = 25
"""The longest that a case can have been open when it was closed, years."""
SET_ASIDE: Final = "set-aside"
_DAY: Final = date(FIRST_YEAR, 4, 1)
"""Where what is set aside stands, so that it has a cell like everything else. No report shows that month."""
_FIRST, _AFTER = str(FIRST_YEAR), str(LAST_YEAR + 1)


def has_place(day: date | None) -> bool:
    """Whether a London day can stand in a report. None, a day that nobody wrote, can."""
    return day is None or FIRST_YEAR <= day.year <= LAST_YEAR


def can_be(opening: Opening) -> bool:
    """Whether a case can have been open so, from a day of a report to another, and not for decades."""
    begun, ended = opening.opened_on, opening.closed_on
    if not (has_place(begun) and has_place(ended)):
        return False
    return ended is None or (begun <= ended and ended.year - begun.year <= LONGEST_YEARS)


def month_has_place(month: str) -> bool:
    """The same of a month such as `2022-04`."""
    return _FIRST <= month < _AFTER


def placed(cells: Cells, procedure: str, kind: str) -> Cells:
    """`cells`, or where one of them has no place, the one that counts the record as set aside."""
    # A cell's text begins with its month, so the least and the greatest cell have the first and the last.
    if not cells or (min(cells) >= _FIRST and max(cells) < _AFTER):
        return cells
    return set_aside(procedure, kind)


def set_aside(procedure: str, kind: str) -> Cells:
    """The cell of a record that is set aside."""
    cells: Cells = {}
    add(cells, _DAY, SET_ASIDE, procedure, kind=kind)
    return cells
