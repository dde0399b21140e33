"""A table of the report: a breakdown of a year with the year before, or a cross table of the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from services.reporting.annual.figures import Scope
from services.reporting.annual.labels import label
from services.reporting.measures.stages import REQUEST_STAGES


class Row(BaseModel):
    """One line. `codes` are those of its dimensions; a value is null where the year has no records."""

    codes: list[str]
    label: str
    values: list[int | None]


class Table(BaseModel):
    """A table of counts. `adds_up`: whether the lines are parts of a whole: a complaint may have several themes."""

    id: str
    title: str
    measure: str
    columns: list[str]
    rows: list[Row]
    totals: list[int | None] | None = None
    adds_up: bool = True


@dataclass(frozen=True)
class Breakdown:
    """A measure by one dimension, in the year and the year before; the largest line first."""

    id: str
    title: str
    measure: str
    by: str
    adds_up: bool = True

    def table(self, scope: Scope) -> Table:
        years = (scope.year, scope.previous)
        found = [scope.cube.breakdown(self.measure, scope.procedures, year, self.by) for year in years]
        known = [scope.has_records(year) for year in years]
        now, before = found
        codes = sorted({*now, *before}, key=lambda code: (-now.get(code, 0), -before.get(code, 0), code))

        def line(code: str) -> list[int | None]:
            return [of.get(code, 0) if has else None for of, has in zip(found, known, strict=True)]

        totals = [sum(of.values()) if has else None for of, has in zip(found, known, strict=True)]
        return Table(
            id=self.id,
            title=self.title,
            measure=self.measure,
            columns=list(years),
            rows=[Row(codes=[code], label=label(self.by, code), values=line(code)) for code in codes],
            totals=totals if self.adds_up else None,
            adds_up=self.adds_up,
        )


@dataclass(frozen=True)
class CrossTable:
    """A measure by two dimensions at once, in the year.

    `requests` is for tables by stage: those of complaints and those of requests and letters are apart, so that the former total
    complaints.
    """

    id: str
    title: str
    measure: str
    rows: str
    columns: str
    adds_up: bool = True
    requests: bool = False

    def table(self, scope: Scope) -> Table:
        cells = scope.cube.cross(self.measure, scope.procedures, scope.year, self.rows, self.columns)
        if self.rows == "stage":
            cells = {key: n for key, n in cells.items() if (key[0] in REQUEST_STAGES) == self.requests}
        across = _by_size(cells, 1)
        totals: list[int | None] = [sum(n for (_, c), n in cells.items() if c == code) for code in across]
        return Table(
            id=self.id,
            title=f"{self.title}, {scope.year}",
            measure=self.measure,
            columns=[label(self.columns, code) for code in across],
            rows=[
                Row(
                    codes=[code],
                    label=label(self.rows, code),
                    values=[cells.get((code, other), 0) for other in across],
                )
                for code in _by_size(cells, 0)
            ],
            totals=totals if self.adds_up else None,
            adds_up=self.adds_up,
        )


def _by_size(cells: Mapping[tuple[str, str], int], axis: int) -> list[str]:
    sizes: dict[str, int] = {}
    for codes, number in cells.items():
        sizes[codes[axis]] = sizes.get(codes[axis], 0) + number
    return sorted(sizes, key=lambda code: (-sizes[code], code))
