"""Questions to a set of cells: a total, a breakdown, a cross table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.reporting.measures import Cell, parse
from shared.calendar.london import fy_label

_RECEIPTS = ("received", "compliments", "comments", "service-requests", "enquiries")


def start_year(label: str) -> int:
    """2022 for `2022/23`."""
    return int(label[:4])


class Cube:
    """Cells by measure, procedure, dimensions and year. A dimension is named as in the cell's key."""

    def __init__(self, cells: Mapping[Cell, int]) -> None:
        self._counts: dict[tuple[str, str, tuple[tuple[str, str], ...]], dict[str, int]] = {}
        self._first: dict[str, int] = {}
        self._tracked: dict[tuple[str, str], int] = {}
        years, receipts = set(), set()
        for (year, text), count in cells.items():
            found = parse(text)
            years.add(start_year(year))
            self._counts.setdefault((found.measure, found.procedure, found.dimensions), {})[year] = count
            if found.measure in _RECEIPTS:
                receipts.add(start_year(year))
                self._first[found.procedure] = min(start_year(year), self._first.get(found.procedure, 9999))
            if found.measure == "track-begun":
                name = (found.procedure, found.dimensions[0][1])
                self._tracked[name] = min(start_year(year), self._tracked.get(name, 9999))
        self.years: tuple[str, ...] = (
            tuple(fy_label(y) for y in range(min(years), max(years) + 1)) if years else ()
        )
        """Every year from the first that has a record to the last, without a gap."""
        self.received_in: tuple[str, ...] = tuple(map(fy_label, sorted(receipts)))
        """The years in which something was received, earliest first."""

    @property
    def procedures(self) -> tuple[str, ...]:
        return tuple(sorted({procedure for _, procedure, _ in self._counts}))

    def covered(self, procedures: Iterable[str], year: str) -> bool:
        """Whether anything was recorded under one of the procedures in that year or before: without, a count of zero
        would be an invention."""
        return any(self._first.get(procedure, 9999) <= start_year(year) for procedure in procedures)

    def complained(self, procedure: str) -> bool:
        """Whether a complaint was ever received under the procedure."""
        return any((name, of) == ("received", procedure) for name, of, _ in self._counts)

    def stages(self, procedures: Iterable[str], *years: str) -> set[str]:
        """The stages that were begun or responded to in one of the years."""
        return {
            stage
            for year in years
            for measure in ("stage-started", "stage-responded")
            for stage in self.breakdown(measure, procedures, year, "stage")
        }

    def tracked(self, track: str, procedures: Iterable[str], year: str) -> bool:
        """Whether a run of the track had begun under one of the procedures by the end of that year. Without, nobody may have
        recorded any, and a count of zero would be an invention."""
        return any(
            self._tracked.get((procedure, track), 9999) <= start_year(year) for procedure in procedures
        )

    def total(self, measure: str, procedures: Iterable[str], year: str, **dimensions: str) -> int:
        wanted = tuple(dimensions.items())
        return sum(self._counts.get((measure, p, wanted), {}).get(year, 0) for p in procedures)

    def breakdown(
        self, measure: str, procedures: Iterable[str], year: str, by: str, **fixed: str
    ) -> dict[str, int]:
        """Counts by the values of the dimension `by`, which stands last in the key after the `fixed` ones."""
        chosen, before = set(procedures), tuple(fixed.items())
        found: dict[str, int] = {}
        for (name, procedure, dimensions), counts in self._counts.items():
            if name != measure or procedure not in chosen or len(dimensions) != len(before) + 1:
                continue
            if dimensions[:-1] == before and dimensions[-1][0] == by and counts.get(year):
                found[dimensions[-1][1]] = found.get(dimensions[-1][1], 0) + counts[year]
        return found

    def cross(
        self, measure: str, procedures: Iterable[str], year: str, rows: str, columns: str
    ) -> dict[tuple[str, str], int]:
        """Counts by two dimensions at once."""
        chosen = set(procedures)
        found: dict[tuple[str, str], int] = {}
        for (name, procedure, dimensions), counts in self._counts.items():
            if name != measure or procedure not in chosen or not counts.get(year):
                continue
            if [d for d, _ in dimensions] == [rows, columns]:
                cell = (dimensions[0][1], dimensions[1][1])
                found[cell] = found.get(cell, 0) + counts[year]
        return found
