"""Whatever day stands on the log, every figure is answered: a record that no report can have is set aside, and counted."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.annual.balance import balance
from services.reporting.annual.cube import Cube
from services.reporting.annual.report import fill_report
from services.reporting.measures import Cell, difference, measure, measure_lesson
from services.reporting.projection.fold import by_year
from shared.events.facts import CaseFacts, LessonFacts, Opening
from tests.reporting.histories import case_facts, lesson_facts
from tests.reporting.measuring import corporate

ODD = st.sampled_from([date.min, date(1022, 5, 7), date(1899, 12, 31), date(2042, 5, 20), date(2101, 1, 1), date.max])


def with_odd_days(draw: st.DrawFn, value: Any) -> Any:
    """Some of the days in it changed for odd ones."""
    if isinstance(value, dict):
        return {key: with_odd_days(draw, inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [with_odd_days(draw, inner) for inner in value]
    return draw(ODD) if isinstance(value, date) and draw(st.integers(0, 3)) == 0 else value


@st.composite
def odd_cases(draw: st.DrawFn) -> CaseFacts:
    return CaseFacts.model_validate(with_odd_days(draw, draw(case_facts()).model_dump()))


@st.composite
def odd_lessons(draw: st.DrawFn) -> LessonFacts:
    return LessonFacts.model_validate(with_odd_days(draw, draw(lesson_facts()).model_dump()))


@settings(max_examples=20)
@given(odd_cases(), odd_lessons())
def test_every_report_is_answered(case: CaseFacts, lesson: LessonFacts) -> None:
    cells = measure(case)
    for cell, count in measure_lesson(lesson).items():
        cells[cell] = cells.get(cell, 0) + count
    assert len(cells) < 4_000
    by_year(cells)
    balance(Cube(cells))
    fill_report(cells, "2022/23", None, as_at=None)


@given(odd_cases(), case_facts())
def test_a_correction_takes_what_was_set_aside_out_again(odd: CaseFacts, right: CaseFacts) -> None:
    cells = measure(odd)
    for cell, change in difference(measure(right), measure(odd)).items():
        cells[cell] = cells.get(cell, 0) + change
    assert {cell: count for cell, count in cells.items() if count} == measure(right)


@pytest.mark.parametrize("closed", [date.max, date(2101, 1, 1), date.min])
def test_a_far_closing_sets_the_case_aside_whole(closed: date) -> None:
    odd = corporate(openings=(Opening(opened_on=date(2022, 5, 1), closed_on=closed),))
    assert len(measure(odd)) == 1
    found = balance(Cube(measure(odd)))
    assert found.mismatches == 0
    assert [(one.procedure, one.kind, one.records) for one in found.set_aside] == [("corporate", "complaint", 1)]


def test_an_odd_cell_of_an_older_generation_is_counted_and_not_read() -> None:
    cube = Cube({Cell("0001-05", "received", "corporate"): 2, **measure(corporate())})
    assert cube.years[0] == "2022/23"
    assert cube.set_aside == {("corporate", ""): 2}
