"""Months, quarters and financial years by their labels: `2022-04`, `2022/23 Q1` and `2022/23`. Pure.

A quarter is three months of a financial year (1 April to 31 March) and a year twelve. The days are Europe/London ones.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Final, NamedTuple

from shared.calendar.london import financial_year, fy_bounds, quarter

_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_QUARTER: Final = re.compile(r"(?P<year>[0-9]{4}/[0-9]{2}) Q(?P<number>[1-4])")


class Periods(NamedTuple):
    """The labels of a month, of its quarter and of its financial year."""

    month: str
    quarter: str
    year: str


def month_of(day: date) -> str:
    """The month of a London day, as `2022-04`."""
    return day.isoformat()[:7]


@cache
def periods_of(month: str) -> Periods:
    """The periods that a month such as `2022-04` belongs to. ValueError for any other text."""
    if not _MONTH.fullmatch(month):
        raise ValueError(f"{month!r} is not a month: write it as 2022-04")
    first = date.fromisoformat(f"{month}-01")
    year = financial_year(first)
    return Periods(month, f"{year} Q{quarter(first)}", year)


@cache
def months_of(period: str) -> tuple[str, ...]:
    """The months of a month, a quarter or a financial year, earliest first. ValueError for any other text."""
    if _MONTH.fullmatch(period):
        return (period,)
    found = _QUARTER.fullmatch(period)
    first, last = fy_bounds(found["year"] if found else period)
    months = (
        *(f"{first.year}-{m:02d}" for m in range(4, 13)),
        *(f"{last.year}-{m:02d}" for m in range(1, 4)),
    )
    return months if found is None else months[3 * int(found["number"]) - 3 :][:3]


def month_ends(first: date, until: date) -> Iterator[date]:
    """The last day of each month at whose end something was open that began on `first` and ended on `until`."""
    year, month = first.year, first.month
    while (year, month) < (until.year, until.month):
        yield date(year, month, monthrange(year, month)[1])
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
