"""The annual report, pure: the printed figures of the sample, what is null, the balance, CSV and the words."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from redress.sample.figures import printed
from redress.sample.generate import generate
from services.reporting.annual.balance import balance
from services.reporting.annual.cube import Cube
from services.reporting.annual.export import COLUMNS, to_csv
from services.reporting.annual.figures import percentage
from services.reporting.annual.report import UnknownProcedure, annual_report, fill_report
from services.reporting.annual.series import known
from services.reporting.measures import Cell, Cells, measure
from services.reporting.pages.chart import chart_of, draw
from services.reporting.pages.formats import behind, change, main_text, signed
from services.workflow.rulebook.load import shipped
from shared.events.codes import Status
from shared.events.facts import CaseFacts, Opening
from tests.reporting.measuring import as_facts, figures


@pytest.fixture(scope="module")
def cells() -> Cells:
    total: Cells = {}
    for row in generate():
        for cell, count in measure(as_facts(row)).items():
            total[cell] = total.get(cell, 0) + count
    return total


def test_every_printed_figure_is_there(cells: Cells) -> None:
    found = figures(annual_report(cells, "2022/23"))
    for name, years in printed().items():
        assert found[name].value == years["2022/23"], name
        if "2021/22" in years:
            assert found[name].previous.value == years["2021/22"], name
    children = found["childrens.complaints"]
    assert (children.value, children.previous.value, children.change, children.change_percentage) == (
        434,
        385,
        49,
        12.73,
    )
    parts = found["childrens.complaints.statutory"].value, found["childrens.complaints.non_statutory"].value
    assert sum(part or 0 for part in parts) == 434
    outside = found["corporate.resolved_outside_formal"]
    assert (outside.numerator, outside.denominator, outside.percentage) == (1305, 1379, 94.63)
    assert (main_text(outside, outside), behind(outside, outside)) == ("95%", "1,305 of 1,379 (94.63%)")
    compliments = found["adults.compliments"]
    assert change(compliments) == "+32 (+4.86%)"


def test_a_report_of_one_procedure(cells: Cells) -> None:
    report = annual_report(cells, "2022/23", "corporate")
    found = figures(report)
    assert found["corporate.dissatisfaction"].value == found["received"].value == 1379
    assert not any(name.startswith(("childrens", "adults")) for name in found)
    assert report.contains_sample
    tables = {table.id: table for table in report.tables}
    assert tables["service_areas"].totals is not None
    assert tables["service_areas"].totals[0] == 1379
    assert tables["themes"].totals is None, "a complaint may have several themes"
    assert figures(annual_report(cells, "2022/23", "childrens"))["received"].value == 434


def test_what_cannot_be_derived_is_null_and_never_zero(cells: Cells) -> None:
    first = figures(annual_report(cells, "2021/22"))
    assert first["childrens.complaints"].previous.value is None
    assert first["childrens.complaints"].change is None
    per_case = first["social_care.complaints_per_active_case"]
    assert (per_case.value, per_case.denominator, per_case.percentage) == (None, None, None)
    assert per_case.numerator == 385 + 484
    public_health = figures(annual_report(cells, "2022/23"))["public-health.complaints"]
    assert public_health.value is None
    assert main_text(public_health, public_health) == "not known"
    assert percentage(0, 0) is None
    nothing = annual_report({}, "2022/23")
    assert nothing.empty
    assert {figure.value for figure in nothing.figures} == {None}


def test_the_sample_balances_every_year(cells: Cells) -> None:
    found = balance(Cube(cells))
    assert found.mismatches == 0
    assert all(row.balanced for row in found.rows)
    last = [row for row in found.rows if row.year == found.rows[-1].year]
    assert sum(row.carried_forward for row in last) == 0, "everything in the sample is closed by September 2023"


def test_a_lost_cell_shows_in_the_balance(cells: Cells) -> None:
    cell = Cell("2022-06", "stock-closed", "corporate", kind="complaint")
    found = balance(Cube({**cells, cell: cells[cell] - 1}))
    wrong = [row for row in found.rows if not row.balanced]
    assert {row.procedure for row in wrong} == {"corporate"}
    assert wrong[0].carried_forward - wrong[0].counted == 1


def test_unknown_names_are_refused(cells: Cells) -> None:
    with pytest.raises(UnknownProcedure, match="housing"):
        annual_report(cells, "2022/23", "housing")
    with pytest.raises(ValueError, match="financial year"):
        annual_report(cells, "2022/24")
    assert annual_report(cells, "2022/23", "public-health").empty


def test_the_csv_has_every_figure_and_no_formula(cells: Cells) -> None:
    report = fill_report(cells, "2022/23", "corporate", as_at=date(2023, 3, 31))
    lines = list(csv.DictReader(io.StringIO(to_csv(report))))
    assert tuple(lines[0]) == COLUMNS
    outside = next(line for line in lines if line["id"] == "corporate.resolved_outside_formal")
    assert (outside["value"], outside["denominator"], outside["percentage"]) == ("1305", "1379", "94.63")
    assert {line["section"] for line in lines} >= {"figures", "service_areas", "service_by_theme", "balance"}
    numbers = {"value", "previous_value", "change", "change_percentage"}
    for line in lines:
        assert not any(text[:1] in "=+-@" for name, text in line.items() if text and name not in numbers)


def test_the_chart_shows_in_words_and_patterns_what_it_draws(cells: Cells) -> None:
    chart = chart_of(fill_report(cells, "2022/23"))
    assert chart is not None
    svg = draw(chart)
    assert "<title id=" in svg
    assert "Children's services: complaints received: 434, the year before 385" in chart.description
    assert "<pattern id=" in svg, "the year before is hatched"
    assert ">1,379<" in svg
    assert chart_of(fill_report({}, "2022/23", "corporate")) is None


def test_signs() -> None:
    assert [signed(n) for n in (None, 0, 3, -1200)] == ["not known", "no change", "+3", "−1,200"]


def complaint(rulebook: str, received_on: date, procedure: str = "corporate") -> CaseFacts:
    return CaseFacts(
        kind="complaint",
        procedure=procedure,
        rulebook=rulebook,
        status=Status.OPEN,
        state="open",
        received_on=received_on,
        openings=(Opening(opened_on=received_on),),
        channel="email",
    )


def test_a_break_in_the_series_is_shown_where_the_two_years_stand_side_by_side() -> None:
    before, after = date(2024, 3, 28), date(2024, 4, 2)
    cells: Cells = {}
    for facts in (complaint("corporate-2022", before), complaint("corporate-code-2024", after)):
        for cell, count in measure(facts).items():
            cells[cell] = cells.get(cell, 0) + count
    (found,) = annual_report(cells, "2024/25", "corporate").series_breaks
    assert (found.on, "Complaint Handling Code" in found.text) == (date(2024, 4, 1), True)
    assert "series-breaks" in to_csv(fill_report(cells, "2024/25"))
    # Two years of one kind stand side by side without it, and so do years of two procedures.
    assert annual_report(cells, "2025/26", "corporate").series_breaks == []
    assert annual_report(cells, "2026/27", "corporate").series_breaks == []
    assert annual_report(cells, "2023/24", "corporate").series_breaks == []
    apart: Cells = {
        **measure(complaint("corporate-2022", before)),
        **measure(complaint("corporate-code-2024", after, "childrens-non-statutory")),
    }
    assert annual_report(apart, "2024/25").series_breaks == []


def test_every_rulebook_of_a_break_is_one_that_there_is() -> None:
    ids = {book.id for book in shipped()}
    assert all({*one.before, *one.after} <= ids for one in known())
