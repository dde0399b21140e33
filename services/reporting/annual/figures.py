"""A figure of the annual report: a count, a share with its numerator and denominator, or a mean, with the year before.

What cannot be derived is null and never 0: a percentage of nothing, a change from an unknown, a year without records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import product
from typing import TypeAlias

from pydantic import BaseModel

from services.reporting.annual.asked import Asked
from services.reporting.annual.cube import Cube
from services.reporting.measures import days


class Values(BaseModel):
    """A figure in one year. A count has `value`; a share its three parts, and the numerator as `value` too; a mean its
    numerator, denominator and `mean`."""

    value: int | None = None
    numerator: int | None = None
    denominator: int | None = None
    percentage: float | None = None
    mean: float | None = None


class Figure(Values):
    """`change` is in units of the count, or in percentage points for a share; `change_percentage` only for counts."""

    id: str
    label: str
    unit: str
    measure: str
    previous: Values
    change: float | int | None = None
    change_percentage: float | None = None
    note: str | None = None


def counted(values: Values) -> bool:
    """Whether a figure counts anything: not unknown, and not nought."""
    return bool(values.value or values.numerator or values.denominator)


def percentage(numerator: int | None, denominator: int | None) -> float | None:
    """To two decimals, halves up; None when there is nothing to divide by."""
    if numerator is None or not denominator:
        return None
    return float((Decimal(100 * numerator) / Decimal(denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP))


Count: TypeAlias = Callable[[str], int]
"""A count by financial year."""


@dataclass(frozen=True)
class Scope:
    """Makes figures of some procedures in a year and the year before, null in a year in which they have no records."""

    cube: Cube
    year: str
    previous: str
    procedures: tuple[str, ...]
    has_records: Callable[[str], bool]

    @classmethod
    def of(cls, cube: Cube, asked: Asked, procedures: tuple[str, ...] | None = None) -> Scope:
        """All procedures that were asked for, or some."""
        chosen = asked.procedures if procedures is None else procedures
        return cls(cube, asked.year, asked.previous, chosen, lambda y: cube.covered(chosen, y))

    def among(self, procedures: tuple[str, ...]) -> Scope:
        """Fewer procedures, null in the same years."""
        return replace(self, procedures=procedures)

    def of_track(self, track: str) -> Scope:
        """The same procedures, null in a year by whose end no run of the track had begun."""
        return replace(self, has_records=lambda y: self.cube.tracked(track, self.procedures, y))

    def total(self, measure: str, **dimensions: str | tuple[str, ...]) -> Count:
        """The count of a measure by year; where a dimension has several values, of all of them together."""
        values = [(value,) if isinstance(value, str) else value for value in dimensions.values()]
        fixed = [dict(zip(dimensions, chosen, strict=True)) for chosen in product(*values)]
        return lambda year: sum(self.cube.total(measure, self.procedures, year, **one) for one in fixed)

    def days(self, measure: str, **dimensions: str) -> Count:
        """All days together that a measure keeps one by one, by year."""
        return lambda year: days.total(self.cube.days(measure, self.procedures, year, **dimensions))

    def count(self, id: str, label: str, measure: str, of: Count | None = None, *, note: str | None = None) -> Figure:
        """A count; of everything that the measure counts unless `of` is less."""
        value, before = self._values(of or self.total(measure))
        change = None if value is None or before is None else value - before
        return Figure(
            id=id,
            label=label,
            unit="count",
            measure=measure,
            value=value,
            previous=Values(value=before),
            change=change,
            change_percentage=percentage(change, before),
            note=note,
        )

    def share(self, id: str, label: str, measure: str, of: Count, out_of: Count, *, note: str | None = None) -> Figure:
        """A share: `of` as a percentage of `out_of`."""
        value, before = self._values(of)
        whole, whole_before = self._values(out_of)
        now, then = percentage(value, whole), percentage(before, whole_before)
        return Figure(
            id=id,
            label=label,
            unit="share",
            measure=measure,
            value=value,
            numerator=value,
            denominator=whole,
            percentage=now,
            previous=Values(value=before, numerator=before, denominator=whole_before, percentage=then),
            change=None if now is None or then is None else round(now - then, 2),
            note=note,
        )

    def acknowledged_in_time(self, base: str, name: str, stage: str) -> Figure:
        """The acknowledgements of a stage that were in time, of those and the late ones.

        What ended without one after its deadline is late; what is awaited, or ended before it was due, is left out.
        """
        return self.share(
            f"{base}.acknowledged_in_time",
            f"{name}: acknowledged in time",
            "acknowledgement",
            self.total("acknowledgement", stage=stage, acknowledged="in-time"),
            self.total("acknowledgement", stage=stage, acknowledged=("in-time", "late")),
        )

    def mean(self, id: str, label: str, measure: str, of: Count, out_of: Count) -> Figure:
        """A mean: `of` over `out_of`, to one decimal, halves up."""
        total, total_before = self._values(of)
        number, number_before = self._values(out_of)
        now, then = _mean(total, number), _mean(total_before, number_before)
        return Figure(
            id=id,
            label=label,
            unit="mean",
            measure=measure,
            numerator=total,
            denominator=number,
            mean=now,
            previous=Values(numerator=total_before, denominator=number_before, mean=then),
            change=None if now is None or then is None else round(now - then, 1),
        )

    def _values(self, of: Count) -> tuple[int | None, int | None]:
        now, before = (of(year) if self.has_records(year) else None for year in (self.year, self.previous))
        return now, before


def _mean(total: int | None, number: int | None) -> float | None:
    if total is None or not number:
        return None
    return float((Decimal(total) / Decimal(number)).quantize(Decimal("0.1"), ROUND_HALF_UP))
