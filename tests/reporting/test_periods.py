"""A quarter is three months and a year twelve: of every measure, by every way of asking; and the balance of every month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.annual.balance import balance, flows, unbalanced
from services.reporting.annual.cube import Cube
from services.reporting.measures import Cell, Cells, measure, measure_lesson
from services.reporting.measures.definitions import DEFINITIONS, LEVELS
from shared.calendar.periods import months_of, periods_of
from shared.events.facts import CaseFacts
from tests.reporting.council import council
from tests.reporting.histories import case_facts, lesson_facts
from tests.reporting.yearly import yearly

slow = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
some = st.lists(case_facts(), min_size=1, max_size=4)


def counted(cases: list[CaseFacts]) -> Cells:
    total: Counter[Cell] = Counter()
    for facts in cases:
        total.update(measure(facts))
    return dict(total)


def all_asked(cube: Cube, cell: Cell, period: str) -> list[Mapping[Any, int]]:
    """A cell's answers in a period, by each way of asking that reaches it."""
    of, dimensions = (cell.procedure,), cell.dimensions
    found: list[Mapping[Any, int]] = [
        {None: cube.total(cell.measure, of, period, **dict(dimensions))},
    ]
    if dimensions:
        fixed, by = dict(dimensions[:-1]), dimensions[-1][0]
        found.append(dict(cube.breakdown(cell.measure, of, period, by, **fixed)))
    if len(dimensions) == 2:
        rows, columns = (name for name, _ in dimensions)
        found.append(dict(cube.cross(cell.measure, of, period, rows, columns)))
    if dimensions and dimensions[-1][0] == "days":
        found.append(dict(cube.days(cell.measure, of, period, **dict(dimensions[:-1]))))
    return found


@slow
@given(some, lesson_facts())
def test_a_quarter_is_three_months_and_a_year_twelve(cases: list[CaseFacts], lesson: object) -> None:
    cells = Counter(counted(cases))
    cells.update(measure_lesson(lesson))  # type: ignore[arg-type]
    cube = Cube(cells)
    for cell in cells:
        for period in periods_of(cell.month)[1:]:
            months = months_of(period)
            assert len(months) in {3, 12}
            counts_in = months[-1:] if cell.measure in LEVELS else months
            for whole, *parts in zip(all_asked(cube, cell, period), *(all_asked(cube, cell, m) for m in counts_in), strict=True):
                added: Counter[object] = Counter()
                for part in parts:
                    added.update(part)
                assert +added == Counter(whole)


@slow
@given(some)
def test_the_months_of_a_year_are_what_the_year_was(cases: list[CaseFacts]) -> None:
    """Against a sum that shares nothing with the cube."""
    cells = counted(cases)
    cube = Cube(cells)
    named = {str(cell).partition("|")[2]: cell for cell in cells}
    for (year, text), count in yearly(cells).items():
        cell = named[text]
        assert cube.total(cell.measure, (cell.procedure,), year, **dict(cell.dimensions)) == count


@slow
@given(some)
def test_the_balance_holds_at_the_end_of_every_month(cases: list[CaseFacts]) -> None:
    cube = Cube(counted(cases))
    assert balance(cube).mismatches == 0
    assert unbalanced(cube) == []
    at_end = {
        (row.procedure, row.kind, row.year): (row.brought_forward, row.carried_forward, row.counted) for row in balance(cube).rows
    }
    for (procedure, kind, year), (forward, carried, held) in at_end.items():
        by_month = {flow.period: flow for flow in flows(cube, procedure, kind, cube.months)}
        first, last = months_of(year)[0], months_of(year)[-1]
        assert by_month[first].brought_forward == forward
        assert (by_month[last].carried_forward, by_month[last].counted) == (carried, held)


@slow
@given(some)
def test_what_is_open_at_a_months_end_is_what_the_openings_give(cases: list[CaseFacts]) -> None:
    """A recount of the cases, day by day, of every month's end."""
    cube = Cube(counted(cases))
    for procedure, kind in {(facts.procedure, facts.kind) for facts in cases if not facts.merged}:
        for flow in flows(cube, procedure, kind, cube.months):
            open_then = [
                opening
                for facts in cases
                if (facts.procedure, facts.kind, facts.merged) == (procedure, kind, False)
                for opening in facts.openings
                if opening.opened_on.isoformat()[:7] <= flow.period
                and (opening.closed_on is None or opening.closed_on.isoformat()[:7] > flow.period)
            ]
            assert flow.counted == len(open_then)


def test_a_fault_within_a_year_shows_in_its_month() -> None:
    """Two wrong cells that come to nothing by the year's end: no year shows them, and the months do."""
    cells = counted(council())
    wrong = {**cells}
    for month, change in (("2024-06", 1), ("2024-09", -1)):
        cell = Cell(month, "stock-closed", "corporate", kind="complaint")
        wrong[cell] = wrong.get(cell, 0) + change
    found = balance(Cube(wrong))
    assert all(row.balanced for row in found.rows)
    assert unbalanced(Cube(wrong)) == [("corporate", "complaint", month) for month in ("2024-06", "2024-07", "2024-08")]
    assert found.mismatches == 3


def test_every_level_is_a_measure() -> None:
    assert {definition.id for definition in DEFINITIONS} >= LEVELS
