"""Whatever day stands on the log, every figure is answered: a record that no report can have is set aside, and counted."""

import asyncio
import time
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.annual.balance import balance
from services.reporting.annual.cube import Cube
from services.reporting.annual.report import fill_report
from services.reporting.app import create_app
from services.reporting.measures import MEASURES_VERSION, Cell, Cells, difference, measure, measure_lesson
from services.reporting.projection.fold import Place, by_year
from services.reporting.projection.store import Slice
from services.reporting.settings import ReportingSettings
from shared.calendar.london import financial_year, today
from shared.clock import now
from shared.events.codes import Status
from shared.events.facts import CaseFacts, LessonFacts, Opening, StageFact
from tests.reporting.histories import case_facts, lesson_facts
from tests.reporting.measuring import corporate

ROUTES = (
    "/",
    "/?procedure=corporate",
    "/years/2022-23",
    "/years/2022-23/chart.svg",
    "/api/v1/annual?year=2022/23",
    "/api/v1/annual.csv?year=2022/23",
    "/api/v1/years",
    "/api/v1/balance",
    "/api/v1/definitions",
    "/api/v1/annual/editions?year=2022/23",
)
THIS_YEAR = financial_year(today(now()))
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


def asked(cells: Cells) -> dict[str, httpx.Response]:
    """The answer of each route of a reporting service that holds these cells."""
    app = create_app(ReportingSettings(mongo_url="mongodb://127.0.0.1:1/?replicaSet=none"))
    place = Place(1, "cases", 0, "mark")
    slices = [Slice(place, year, 0, part) for year, part in by_year(cells).items()]
    pointer = SimpleNamespace(generation=1, measures_version=MEASURES_VERSION)

    def answers(value: Any) -> Callable[..., Any]:
        async def answer(*_: object) -> Any:
            return value

        return answer

    store, editions = app.state.queries.store, app.state.queries.editions
    store.pointer, store.positions, store.slices = answers(pointer), answers({place: 0}), answers(slices)
    editions.of = answers([])

    async def ask() -> dict[str, httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reporting") as http:
            return {route: await http.get(route) for route in ROUTES}

    try:
        return asyncio.run(ask())
    finally:
        app.state.runtime.store.close()


@settings(max_examples=10, deadline=None)
@given(odd_cases(), odd_lessons())
def test_no_route_answers_500(case: CaseFacts, lesson: LessonFacts) -> None:
    cells = measure(case)
    for cell, count in measure_lesson(lesson).items():
        cells[cell] = cells.get(cell, 0) + count
    for route, answer in asked(cells).items():
        assert answer.status_code == 200 or (answer.status_code == 404 and "chart" in route), (route, answer.text[:500])


def odd_rows() -> dict[str, CaseFacts]:
    """Records that an import took before it refused them."""

    def one(received: date, closed: date, **more: Any) -> CaseFacts:
        return corporate(received_on=received, openings=(Opening(opened_on=received, closed_on=closed),), **more)

    stage = StageFact(stage="stage-1", started_on=date(2024, 5, 7), responded_on=date(2042, 5, 20))
    return {
        "received in the year 1": one(date.min, date(2024, 6, 1)),
        "received in 1022": one(date(1022, 5, 7), date(1022, 6, 7)),
        "closed in 9999": one(date(2024, 5, 7), date.max),
        "closed in 2090": one(date(2024, 5, 7), date(2090, 1, 1)),
        "closed in 2042, the response too": one(date(2024, 5, 7), date(2042, 5, 20), stages=(stage,)),
        "received after it was closed": one(date(2024, 5, 7), date(2023, 5, 7)),
    }


def test_odd_rows_are_named_on_the_page_and_the_rest_of_the_figures_stands_at_once() -> None:
    right = corporate(received_on=date(2022, 5, 1), openings=(Opening(opened_on=date(2022, 5, 1), closed_on=date(2022, 6, 1)),))
    cells: Cells = {}
    for facts in (*odd_rows().values(), right):
        for cell, count in measure(facts).items():
            cells[cell] = cells.get(cell, 0) + count
    started = time.perf_counter()
    answers = asked(cells)
    assert time.perf_counter() - started < 5
    assert {answer.status_code for answer in answers.values()} == {200}
    found = answers["/api/v1/balance"].json()
    assert found["mismatches"] == 0
    assert found["set_aside"] == [{"procedure": "corporate", "kind": "complaint", "records": 5}]
    assert {(one["measure"], one["records"]) for one in found["ahead"]} == {("stock-closed", 1), ("stage-responded", 1)}
    assert max(row["year"] for row in found["rows"]) <= THIS_YEAR
    assert answers["/api/v1/years"].json()["years"][0] == "2022/23"
    page = answers["/"].text
    assert "Set aside" in page
    assert "Corporate complaints, complaints: 5 set aside whole" in " ".join(page.split()), page[page.index("Set aside") :][:900]


def test_a_case_closed_in_a_far_year_is_carried_forward_until_now_and_no_further() -> None:
    odd = odd_rows()["closed in 2042, the response too"]
    found = balance(Cube(measure(odd), "2026/27"))
    assert [(row.year, row.carried_forward, row.counted) for row in found.rows] == [
        ("2024/25", 1, 1),
        ("2025/26", 1, 1),
        ("2026/27", 1, 1),
    ]
    assert (found.mismatches, [one.balanced for one in found.now]) == (0, [True])
    # The same record in the year in which it says that it was closed.
    assert balance(Cube(measure(odd), "2042/43")).rows[-1].closed == 1


@given(odd_cases())
def test_the_balance_holds_with_and_without_what_lies_ahead(case: CaseFacts) -> None:
    if (
        not case.merged
        and case.received_on == case.openings[0].opened_on
        and (case.status is Status.OPEN) == (case.closed_on is None)
    ):
        assert balance(Cube(measure(case))).mismatches == balance(Cube(measure(case), "2026/27")).mismatches == 0


@pytest.mark.parametrize("closed", [date.max, date(2101, 1, 1), date(2048, 1, 1), date(2022, 4, 30), date.min])
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
