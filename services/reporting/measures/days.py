"""Mean, median and percentiles of days, exact: from a count for each number of days, not from a sum. Pure.

A count can lose a case again, so that a correction leaves the same figures as if it had never been otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction


def total(counts: Mapping[int, int]) -> int:
    """All days added up."""
    return sum(days * count for days, count in counts.items())


def mean(counts: Mapping[int, int]) -> Fraction | None:
    """The average, unrounded; None of nothing."""
    number = sum(counts.values())
    return Fraction(total(counts), number) if number else None


def median(counts: Mapping[int, int]) -> Fraction | None:
    """The middle value, or the mean of the two in the middle; None of nothing."""
    number = sum(counts.values())
    if not number:
        return None
    return Fraction(_at(counts, (number + 1) // 2) + _at(counts, number // 2 + 1), 2)


def percentile(counts: Mapping[int, int], rank: int) -> int | None:
    """The nearest rank: the smallest value with at least `rank` per cent (1 to 100) at or below it; None of nothing.

    It is always a number of days that a case really took. ValueError for a rank outside 1 to 100.
    """
    if not 1 <= rank <= 100:
        raise ValueError(f"{rank} is no percentile: give 1 to 100")
    number = sum(counts.values())
    return _at(counts, -(-rank * number // 100)) if number else None


def _at(counts: Mapping[int, int], place: int) -> int:
    """The value at a place of the sorted list, from 1."""
    passed = 0
    for days in sorted(counts):
        passed += counts[days]
        if passed >= place:
            return days
    raise IndexError(place)
