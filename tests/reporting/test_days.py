"""Mean, median and percentiles of days from counts, against the sorted list of the days themselves."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.annual.cube import Cube
from services.reporting.measures import Cells, difference, measure
from services.reporting.measures.days import mean, median, percentile, total
from shared.events.facts import CaseFacts, StageFact
from tests.reporting.measuring import corporate

many = st.lists(st.integers(0, 400), max_size=60)


@given(many, st.lists(st.tuples(st.booleans(), st.integers(0, 400)), max_size=60), st.integers(1, 100))
def test_after_any_adds_and_removals_they_are_those_of_the_sorted_list(
    first: list[int], changes: list[tuple[bool, int]], rank: int
) -> None:
    counts, days = Counter(first), list(first)
    for adds, value in changes:
        if adds:
            counts[value] += 1
            days.append(value)
        elif days:
            gone = days.pop(value % len(days))
            counts[gone] -= 1  # a count of nought may stay
    days.sort()
    assert total(counts) == sum(days)
    if not days:
        assert (mean(counts), median(counts), percentile(counts, rank)) == (None, None, None)
        return
    assert mean(counts) == Fraction(sum(days), len(days))
    assert median(counts) == Fraction(statistics.median(days))
    nearest = next(value for value in days if 100 * sum(other <= value for other in days) >= rank * len(days))
    assert percentile(counts, rank) == nearest


def test_the_nearest_rank_is_a_day_that_somebody_waited() -> None:
    counts = Counter([3, 5, 8, 9, 20])
    assert percentile(counts, 90) == 20, "interpolation would say 15.6"
    assert (percentile(counts, 1), percentile(counts, 20), percentile(counts, 21)) == (3, 3, 5)
    assert median(Counter([3, 5, 8, 9])) == Fraction(13, 2)
    for rank in (0, 101):
        with pytest.raises(ValueError, match="percentile"):
            percentile(counts, rank)


def answered(*days: int) -> CaseFacts:
    begun = date(2023, 2, 1)
    return corporate(
        stages=tuple(StageFact(stage="stage-1", started_on=begun, responded_on=begun + timedelta(days=one)) for one in days)
    )


def test_the_cube_counts_each_number_of_days_in_the_month_of_the_answer() -> None:
    cube = Cube(measure(answered(0, 10, 10, 40, 90)))

    def of(period: str) -> dict[int, int]:
        return cube.days("stage-days", ("corporate",), period, stage="stage-1")

    assert of("2023-02") == {0: 1, 10: 2}
    assert of("2023-03") == {40: 1}
    assert of("2022/23 Q4") == of("2022/23") == {0: 1, 10: 2, 40: 1}
    assert of("2023/24") == {90: 1}
    assert (mean(of("2022/23")), median(of("2022/23")), percentile(of("2022/23"), 90)) == (15, 10, 40)


@given(st.lists(many.map(lambda days: answered(*days)), min_size=1, max_size=4))
def test_corrections_leave_the_days_of_the_last_version(versions: list[CaseFacts]) -> None:
    cells: Cells = {}
    for before, after in zip([None, *versions], versions, strict=False):
        for cell, count in difference(measure(after), measure(before)).items():
            cells[cell] = cells.get(cell, 0) + count
    left = {cell: count for cell, count in cells.items() if count}
    counts: Counter[int] = Counter()
    for period in Cube(left).years:
        counts.update(Cube(left).days("stage-days", ("corporate",), period, stage="stage-1"))
    expected = [(stage.responded_on - stage.started_on).days for stage in versions[-1].stages if stage.responded_on]
    assert counts == Counter(expected)
