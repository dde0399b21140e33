"""Questions to a set of cells: a total, a breakdown, a cross table, for a month, a quarter or a financial year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.reporting.measures import Cell
from services.reporting.measures.cells import Dimensions
from services.reporting.measures.definitions import DUE, HAPPENED, LEVELS
from services.reporting.measures.placing import SET_ASIDE, month_has_place
from shared.calendar.london import fy_label
from shared.calendar.periods import months_of, periods_of

_RECEIPTS = ("received", "compliments", "comments", "service-requests", "enquiries")
_NEVER = "9999-12"
AHEAD = "ahead"
"""The period in which stands what is said to happen after the last year: no report has it, the state of now includes it."""


def start_year(label: str) -> int:
    """2022 for `2022/23`."""
    return int(label[:4])


class Cube:
    """Cells by measure, procedure, dimensions and period. A dimension is named as in the cell's text.

    A period is a month (`2022-04`), a quarter (`2022/23 Q1`) or a financial year (`2022/23`): a quarter is the sum of its three
    months and a year of its twelve, but for what stands at a moment, which is that of the last month.

    With `last_year`, the financial year that is now, no year is later. What is said to have happened after it is in no period and
    counted in `ahead`: a case closed in some far year is carried forward until now, and not for decades.
    """

    def __init__(self, cells: Mapping[Cell, int], last_year: str | None = None) -> None:
        self._counts: dict[str, dict[tuple[str, Dimensions], dict[str, int]]] = {}
        self._first: dict[str, str] = {}
        self._tracked: dict[tuple[str, str], str] = {}
        self.set_aside: dict[tuple[str, str], int] = {}
        """Records that no period can have, by procedure and kind."""
        self.ahead: dict[tuple[str, str], int] = {}
        """What is said to have happened after the last year, by procedure and measure."""
        last_month = _NEVER if last_year is None else months_of(last_year)[-1]
        recorded, receipts = set(), set()
        for cell, count in cells.items():
            month, (measure, procedure, dimensions) = cell.month, cell.parts
            if measure == SET_ASIDE or not month_has_place(month):
                # Also a cell of a generation from before records were set aside, until it is replaced.
                name = (procedure, dict(dimensions).get("kind", ""))
                self.set_aside[name] = self.set_aside.get(name, 0) + count
                continue
            if month <= last_month:
                recorded.add(month)
            elif measure not in DUE:
                self._add_ahead(cell, count)
                continue
            counts = self._counts.setdefault(measure, {}).setdefault((procedure, dimensions), {})
            for period in _periods(measure, month):
                counts[period] = counts.get(period, 0) + count
            if measure in _RECEIPTS:
                receipts.add(periods_of(month).year)
                self._first[procedure] = min(month, self._first.get(procedure, _NEVER))
            if measure == "track-begun":
                name = (procedure, dimensions[0][1])
                self._tracked[name] = min(month, self._tracked.get(name, _NEVER))
        years = {start_year(periods_of(month).year) for month in recorded}
        self.years: tuple[str, ...] = tuple(fy_label(y) for y in range(min(years), max(years) + 1)) if years else ()
        """Every year from the first that has a record to the last, without a gap."""
        self.months: tuple[str, ...] = tuple(month for year in self.years for month in months_of(year))
        """Every month of these years."""
        self.received_in: tuple[str, ...] = tuple(sorted(receipts))
        """The years in which something was received, earliest first."""

    def _add_ahead(self, cell: Cell, count: int) -> None:
        measure, procedure, dimensions = cell.parts
        counts = self._counts.setdefault(measure, {}).setdefault((procedure, dimensions), {})
        counts[AHEAD] = counts.get(AHEAD, 0) + count
        if HAPPENED.get(measure) == tuple(name for name, _ in dimensions):
            self.ahead[procedure, measure] = self.ahead.get((procedure, measure), 0) + count

    @property
    def procedures(self) -> tuple[str, ...]:
        counted = {procedure for counts in self._counts.values() for procedure, _ in counts}
        return tuple(sorted(counted | {procedure for procedure, _ in self.set_aside}))

    def kinds(self, procedure: str, measures: Iterable[str]) -> list[str]:
        """The kinds of case that one of the measures counts under a procedure, whenever."""
        return sorted(
            {
                dimensions[0][1]
                for measure in measures
                for (of, dimensions), counts in self._counts.get(measure, {}).items()
                if of == procedure and [name for name, _ in dimensions] == ["kind"] and any(counts.values())
            }
        )

    def covered(self, procedures: Iterable[str], period: str) -> bool:
        """Whether anything was recorded under one of the procedures in that period or before: without, a count of zero
        would be an invention."""
        last = months_of(period)[-1]
        return any(self._first.get(procedure, _NEVER) <= last for procedure in procedures)

    def complained(self, procedure: str) -> bool:
        """Whether a complaint was ever received under the procedure."""
        return any(of == procedure for of, _ in self._counts.get("received", {}))

    def stages(self, procedures: Iterable[str], *periods: str) -> set[str]:
        """The stages that were begun or responded to in one of the periods."""
        return {
            stage
            for period in periods
            for measure in ("stage-started", "stage-responded")
            for stage in self.breakdown(measure, procedures, period, "stage")
        }

    def tracked(self, track: str, procedures: Iterable[str], period: str) -> bool:
        """Whether a run of the track had begun under one of the procedures by the end of that period. Without, nobody may
        have recorded any, and a count of zero would be an invention."""
        last = months_of(period)[-1]
        return any(self._tracked.get((procedure, track), _NEVER) <= last for procedure in procedures)

    def total(self, measure: str, procedures: Iterable[str], period: str, **dimensions: str) -> int:
        """The count in the cells of exactly these dimensions."""
        counts, wanted = self._counts.get(measure, {}), tuple(dimensions.items())
        return sum(counts.get((procedure, wanted), {}).get(period, 0) for procedure in procedures)

    def breakdown(self, measure: str, procedures: Iterable[str], period: str, by: str, **fixed: str) -> dict[str, int]:
        """Counts by the values of the dimension `by`, which stands last in the cell after the `fixed` ones."""
        chosen, before = set(procedures), tuple(fixed.items())
        found: dict[str, int] = {}
        for (procedure, dimensions), counts in self._counts.get(measure, {}).items():
            if procedure not in chosen or len(dimensions) != len(before) + 1:
                continue
            if dimensions[:-1] == before and dimensions[-1][0] == by and counts.get(period):
                found[dimensions[-1][1]] = found.get(dimensions[-1][1], 0) + counts[period]
        return found

    def days(self, measure: str, procedures: Iterable[str], period: str, **fixed: str) -> dict[int, int]:
        """How many took each number of days: what `measures.days` makes a mean, a median or a percentile of."""
        found = self.breakdown(measure, procedures, period, "days", **fixed)
        return {int(days): count for days, count in found.items()}

    def cross(self, measure: str, procedures: Iterable[str], period: str, rows: str, columns: str) -> dict[tuple[str, str], int]:
        """Counts by two dimensions at once."""
        chosen = set(procedures)
        found: dict[tuple[str, str], int] = {}
        for (procedure, dimensions), counts in self._counts.get(measure, {}).items():
            if procedure not in chosen or not counts.get(period):
                continue
            if [d for d, _ in dimensions] == [rows, columns]:
                cell = (dimensions[0][1], dimensions[1][1])
                found[cell] = found.get(cell, 0) + counts[period]
        return found


def _periods(measure: str, month: str) -> tuple[str, ...]:
    """The periods in which a cell of a month counts: of a level only those that end with the month."""
    periods = periods_of(month)
    if measure not in LEVELS:
        return periods
    return tuple(period for period in periods if months_of(period)[-1] == month)
