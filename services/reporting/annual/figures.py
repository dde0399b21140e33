"""A figure of the annual report: a count, or a share with its numerator and denominator, beside the year before.

What cannot be derived is null and never 0: a percentage of nothing, a change from an unknown, a year without records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from pydantic import BaseModel


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


def percentage(numerator: int | None, denominator: int | None) -> float | None:
    """To two decimals, halves up; None when there is nothing to divide by."""
    if numerator is None or not denominator:
        return None
    return float((Decimal(100 * numerator) / Decimal(denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP))


@dataclass(frozen=True)
class Asked:
    """The year of a report and the one before it, and whether each has records."""

    year: str
    previous: str
    covered: Callable[[str], bool]

    def values(self, of: Callable[[str], int]) -> tuple[int | None, int | None]:
        return (
            of(self.year) if self.covered(self.year) else None,
            of(self.previous) if self.covered(self.previous) else None,
        )


def count(
    asked: Asked, id: str, label: str, measure: str, of: Callable[[str], int], *, note: str | None = None
) -> Figure:
    """A count by year."""
    value, before = asked.values(of)
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


def share(
    asked: Asked,
    id: str,
    label: str,
    measure: str,
    of: Callable[[str], int],
    out_of: Callable[[str], int],
    *,
    note: str | None = None,
) -> Figure:
    """A share by year: `of` as a percentage of `out_of`."""
    value, before = asked.values(of)
    whole, whole_before = asked.values(out_of)
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


def average(
    asked: Asked, id: str, label: str, measure: str, of: Callable[[str], int], out_of: Callable[[str], int]
) -> Figure:
    """A mean by year: `of` over `out_of`, to one decimal, halves up."""
    total, total_before = asked.values(of)
    number, number_before = asked.values(out_of)
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


def _mean(total: int | None, number: int | None) -> float | None:
    if total is None or not number:
        return None
    return float((Decimal(total) / Decimal(number)).quantize(Decimal("0.1"), ROUND_HALF_UP))
