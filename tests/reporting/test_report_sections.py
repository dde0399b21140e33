"""The sections of a report, pure: requests and letters, the Ombudsman, joint complaints, remedies; and what is null in them."""

from __future__ import annotations

import csv
import io

import pytest

from services.reporting.annual.export import to_csv
from services.reporting.annual.figures import Figure
from services.reporting.annual.headline import printed
from services.reporting.annual.report import AnnualReport, FilledReport, annual_report, fill_report
from services.reporting.annual.sections import SECTIONS
from services.reporting.measures import Cells, measure
from services.reporting.measures.definitions import DEFINITIONS
from services.reporting.pages.chart import chart_of
from services.reporting.pages.view import view_of
from shared.events.facts import CaseFacts
from shared.taxonomy import load
from tests.reporting.council import BEFORE, YEAR, council, referred, requests
from tests.reporting.measuring import figures


def counted(cases: list[CaseFacts]) -> Cells:
    total: Cells = {}
    for facts in cases:
        for cell, count in measure(facts).items():
            total[cell] = total.get(cell, 0) + count
    return total


def report(cases: list[CaseFacts], procedure: str | None = None, year: str = YEAR) -> AnnualReport:
    return annual_report(counted(cases), year, procedure)


def filled(cases: list[CaseFacts], procedure: str | None = None) -> FilledReport:
    return fill_report(counted(cases), YEAR, procedure)


def of(figure: Figure) -> tuple[int | None, int | None]:
    return figure.numerator, figure.denominator


def test_each_procedure_of_information_rights_shows_what_came_in_and_in_what_time_it_was_answered() -> None:
    found = figures(report(council()))
    foi = "information-rights.freedom-of-information"
    assert (found[f"{foi}.received"].value, found[f"{foi}.received"].previous.value) == (6, 1)
    assert found[f"{foi}.request.answered"].value == 5
    assert of(found[f"{foi}.request.in_time"]) == (4, 5)
    assert of(found[f"{foi}.request.within_extension"]) == (1, 5)
    assert of(found[f"{foi}.request.late"]) == (1, 5)
    assert (found[f"{foi}.request.average_days"].numerator, found[f"{foi}.request.average_days"].mean) == (
        160,
        32.0,
    )
    assert found[f"{foi}.internal-review.started"].value == 1
    assert of(found[f"{foi}.internal-review.in_time"]) == (1, 1)
    assert of(found[f"{foi}.refused"]) == (1, 7)
    dp = "information-rights.data-protection"
    assert found[f"{dp}.received"].value == 2
    assert found[f"{dp}.complaint.answered"].value == 1
    assert of(found[f"{dp}.complaint.acknowledged_in_time"]) == (1, 1)
    assert f"{dp}.request.answered" not in found, "a complaint has no request"
    assert found["information-rights.received"].value == 9, "a complaint is no request"
    assert of(found["information-rights.request.in_time"]) == (6, 8)


def test_letters_have_a_section_of_their_own() -> None:
    found = figures(report(council()))
    assert found["correspondence.received"].value == 3
    assert of(found["correspondence.mp-correspondence.correspondence.in_time"]) == (1, 2)
    assert of(found["correspondence.correspondence.late"]) == (1, 3)


@pytest.mark.parametrize("part", ["information-rights", "correspondence"])
def test_a_family_is_a_part_of_the_report_as_others_are(part: str) -> None:
    one = report(council(), part)
    assert {procedure.family for procedure in one.procedures} == {part}
    assert [section.id for section in one.sections] == [part, "ombudsman"]
    whole = figures(report(council()))
    for name, figure in figures(one).items():
        if name.startswith(f"{part}."):
            assert figure == whole[name]
    assert report([], part).empty


def test_no_complaint_figure_knows_of_requests() -> None:
    """With and without them every figure and table of complaints is the same."""
    others = [facts for facts in council() if facts.kind == "complaint"]
    with_them, without = report(council()), report(others)
    before = figures(without)
    assert {name: figure for name, figure in figures(with_them).items() if name.startswith(("stage.", "closed", "received"))} == {
        name: figure for name, figure in before.items() if name.startswith(("stage.", "closed", "received"))
    }
    tables = {table.id: table for table in with_them.tables}
    for table in without.tables:
        assert tables[table.id] == table
    assert "request" not in {row.codes[0] for row in tables["stage_by_timeliness"].rows}
    assert "request" in {row.codes[0] for row in tables["request_stage_by_timeliness"].rows}


def test_the_ombudsman_decides_and_remedies_are_complied_with_or_not() -> None:
    found = figures(report(council()))
    decisions = [figure.value for name, figure in found.items() if name.startswith("ombudsman.decision.")]
    assert decisions == [1, 1, 1, 1, 3, 1]
    assert of(found["ombudsman.upheld"]) == (3, 4)
    assert of(found["ombudsman.satisfactory_remedy"]) == (1, 2), "one upheld decision does not state it"
    remedies = "ombudsman.remedies"
    assert (found[f"{remedies}.begun"].value, found[f"{remedies}.due"].value) == (5, 4)
    assert found[f"{remedies}.awaited"].value == 1
    for how in ("in_time", "late", "not_done"):
        assert of(found[f"{remedies}.{how}"]) == (1, 3), how
    assert (of(found[f"{remedies}.complied"]), found[f"{remedies}.complied"].percentage) == ((2, 3), 66.67)
    assert of(found["ombudsman.reports.in_time"]) == (1, 1)
    table = next(table for table in report(council()).tables if table.id == "ombudsman_remedies")
    lines = {row.label: row.values for row in table.rows}
    assert lines["Apology"] == [2, 2, 1, 0, 1, 0]
    assert lines["Another remedy"] == [1, 0, 0, 0, 0, 0], "due in the year after"
    assert table.totals == [5, 4, 1, 1, 1, 1]


def test_a_joint_complaint_counts_once_for_the_council_and_once_for_each_body() -> None:
    one = report(council(), "adults")
    found = figures(one)
    assert found["joint_nhs.received"].value == found["received.joint_nhs"].value == 2
    assert found["joint_nhs.bodies.begun"].value == 3
    assert of(found["joint_nhs.bodies.in_time"]) == (1, 2)
    assert found["joint_nhs.bodies.awaited"].value == 1
    table = next(table for table in one.tables if table.id == "joint_nhs_bodies")
    assert {row.label: row.values for row in table.rows} == {
        "Acute hospital trust": [2, 2, 1, 0, 0, 1],
        "Ambulance trust": [1, 1, 0, 1, 0, 0],
    }
    assert (found["remedies.own.begun"].value, of(found["remedies.own.in_time"])) == (2, (1, 1))
    assert found["merged"].value == 1
    assert found["adults.complaints"].value == 3, "the merged one counts where it was merged into"


def test_a_track_that_nobody_recorded_is_unknown_and_not_nought() -> None:
    found = figures(report(council(), "corporate"))
    assert found["joint_nhs.received"].value == 0, "no corporate complaint was a joint one"
    assert found["joint_nhs.bodies.begun"].value is None
    assert found["remedies.own.due"].value is None
    earlier = figures(report(council(), "corporate", BEFORE))
    assert earlier["ombudsman.remedies.due"].value is None
    later = figures(report(council(), "corporate", "2025/26"))
    assert (later["ombudsman.remedies.begun"].value, later["ombudsman.remedies.due"].value) == (0, 1)
    assert later["ombudsman.remedies.complied"].percentage is None, "nothing is due that is not awaited"
    nothing = annual_report({}, YEAR)
    assert {figure.value for figure in nothing.figures} == {None}
    assert [section.groups for section in nothing.sections if section.id == "information-rights"] == [[]]


def test_a_page_has_a_chapter_for_each_section_and_shows_where_nothing_is_recorded() -> None:
    shown = {chapter.id: chapter for chapter in view_of(filled(council())).chapters}
    assert list(shown) == [
        "handling",
        "information-rights",
        "correspondence",
        "ombudsman",
        "joint-nhs",
        "remedies",
    ]
    titles = [group.title for group in shown["information-rights"].groups]
    assert titles[:2] == ["All information requests", "Freedom of information requests"]
    assert all(group.recorded for chapter in shown.values() for group in chapter.groups)
    bare = {chapter.id: chapter for chapter in view_of(filled(requests())).chapters}
    assert not any(group.recorded for group in bare["joint-nhs"].groups)
    alone = {chapter.id: chapter for chapter in view_of(filled(council(), "correspondence")).chapters}
    assert list(alone) == ["correspondence", "handling", "ombudsman"]
    assert alone["handling"].groups == [], "a part without complaints has no table of noughts"
    assert view_of(filled(referred())).chapters[1].groups == []


def test_the_chart_of_a_part_of_requests_draws_what_came_in_by_procedure() -> None:
    chart = chart_of(filled(council(), "information-rights"))
    assert chart is not None
    assert [(bar.label, bar.value, bar.previous) for bar in chart.bars] == [
        ("Freedom of information requests", 6, 1),
        ("Environmental information requests", 1, None),
        ("Subject access requests", 2, None),
        ("Data protection complaints", 2, None),
    ]
    assert chart_of(fill_report({}, YEAR, "correspondence")) is None


def test_the_csv_names_the_section_of_each_figure() -> None:
    lines = list(csv.DictReader(io.StringIO(to_csv(filled(council())))))
    placed = {line["id"]: line["section"] for line in lines}
    assert placed["information-rights.subject-access.request.late"] == "information-rights"
    assert placed["ombudsman.remedies.complied"] == "ombudsman"
    assert placed["received"] == "figures"
    by_type = [line for line in lines if line["section"] == "joint_nhs_bodies" and line["id"] == "acute-trust"]
    assert [line["value"] for line in by_type] == ["2", "2", "1", "0", "0", "1"]


def test_a_report_of_an_edition_from_before_there_were_sections_is_still_read() -> None:
    old = report(council()).model_dump(mode="json", exclude={"sections"})
    assert AnnualReport.model_validate(old).sections == []


def test_every_figure_and_table_stands_in_one_section() -> None:
    for cases, procedure in ((council(), None), (council(), "corporate"), (requests(), "information-rights")):
        one = filled(cases, procedure)
        figures_ = [figure.id for part in one.sections for figure in part.figures]
        tables = [table.id for part in one.sections for table in part.tables]
        assert figures_ == [figure.id for figure in one.document.figures]
        assert tables == [table.id for table in one.document.tables]
        assert len(set(figures_)) == len(figures_)


def test_what_the_files_name_is_there() -> None:
    """Printed figures are of parts and measures that there are, and a track stands in a section that there is."""
    measures = {one.id: one for one in DEFINITIONS}
    for one in printed():
        assert one.part is None or one.part in load("families").codes
        assert set(one.where) <= set(measures[one.measure].dimensions), one.id
    ids = [section.id for section in SECTIONS]
    assert len(set(ids)) == len(ids)
    assert {term.report.section for term in load("tracks").terms if term.report} <= set(ids)
