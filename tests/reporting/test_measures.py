"""What a case counts for: the laws of the measures, and their definitions."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.annual.report import annual_report
from services.reporting.measures import Cell, Cells, difference, measure, measure_lesson
from services.reporting.measures.definitions import DEFINITIONS
from shared.calendar.london import fy_label
from shared.calendar.periods import months_of
from shared.events.codes import Kind, Outcome, Timeliness
from shared.events.facts import CaseFacts, Opening, StageFact
from tests.reporting.histories import case_facts, lesson_facts
from tests.reporting.measuring import corporate
from tests.reporting.yearly import yearly

MONTHS = [month for year in range(2018, 2032) for month in months_of(fy_label(year))]


def test_received_and_closed_are_years_apart() -> None:
    cells = yearly(measure(corporate()))
    assert cells["2022/23", "received|corporate"] == 1
    assert cells["2023/24", "closed|corporate|outcome=upheld"] == 1
    assert ("2023/24", "received|corporate") not in cells
    assert cells["2022/23", "stock-carried|corporate|kind=complaint"] == 1


def test_the_outcome_of_a_closing_that_was_set_aside_counts_once() -> None:
    reopened = corporate(
        openings=(
            Opening(opened_on=date(2022, 5, 1), closed_on=date(2022, 6, 1)),
            Opening(opened_on=date(2023, 5, 1), closed_on=date(2023, 6, 1)),
        ),
        received_on=date(2022, 5, 1),
    )
    cells = yearly(measure(reopened))
    assert cells["2022/23", "closed|corporate|outcome=reopened"] == 1
    assert ("2022/23", "closed|corporate|outcome=upheld") not in cells
    assert cells["2023/24", "closed|corporate|outcome=upheld"] == 1
    assert cells["2023/24", "stock-reopened|corporate|kind=complaint"] == 1


def test_a_compliment_is_no_complaint() -> None:
    cells = yearly(measure(corporate(kind=Kind.COMPLIMENT)))
    assert cells["2022/23", "compliments|corporate"] == 1
    assert not any(key.startswith(("received", "closed")) for _, key in cells)


def test_stages_by_their_own_days() -> None:
    stage = StageFact(
        stage="stage-1",
        started_on=date(2023, 3, 30),
        acknowledgement_due_on=date(2023, 4, 6),
        acknowledged_on=date(2023, 4, 6),
        responded_on=date(2023, 4, 20),
        outcome=Outcome.UPHELD,
        timeliness=Timeliness.WITHIN_EXTENSION,
    )
    cells = yearly(measure(corporate(stages=(stage,))))
    assert cells["2022/23", "stage-started|corporate|stage=stage-1"] == 1
    assert cells["2023/24", "acknowledgement|corporate|stage=stage-1|acknowledged=in-time"] == 1
    assert cells["2023/24", "stage-responded|corporate|stage=stage-1|timeliness=within-extension"] == 1
    assert cells["2023/24", "stage-days|corporate|stage=stage-1|days=21"] == 1


@settings(max_examples=200)
@given(case_facts())
def test_flow_stretches_and_status_agree(facts: CaseFacts) -> None:
    """Brought forward + received + re-opened - closed is what the openings give, at every month's end and now."""
    cells = measure(facts)

    def at(month: str, name: str) -> int:
        return cells.get(Cell(month, f"stock-{name}", facts.procedure, kind=facts.kind), 0)

    forward = since = 0
    for month in MONTHS:
        forward += at(month, "received") + at(month, "reopened") - at(month, "closed")
        since += at(month, "open-since")
        assert forward == at(month, "carried") + since
    assert forward == sum(at(month, "status") for month in MONTHS)


@settings(max_examples=200)
@given(case_facts())
def test_single_valued_dimensions_add_up_to_the_total(facts: CaseFacts) -> None:
    cells = measure(facts)
    sums: dict[tuple[str, str, str, str], int] = {}
    for found, count in cells.items():
        if len(found.dimensions) == 1:
            of = (found.month, found.measure, found.procedure, found.dimensions[0][0])
            sums[of] = sums.get(of, 0) + count
    for (month, name, procedure, dimension), total in sums.items():
        whole = cells.get(Cell(month, name, procedure))
        if whole is not None and dimension in {
            "service_area",
            "district",
            "channel",
            "formal",
            "outcome",
            "provenance",
        }:
            assert total == whole, (name, dimension)


@given(case_facts() | st.none(), case_facts() | st.none())
def test_the_difference_leads_from_one_to_the_other(before: CaseFacts | None, after: CaseFacts | None) -> None:
    total: Cells = dict(measure(before))
    for cell, count in difference(measure(after), measure(before)).items():
        total[cell] = total.get(cell, 0) + count
    assert {cell: count for cell, count in total.items() if count} == measure(after)


@settings(max_examples=100)
@given(case_facts(), lesson_facts())
def test_every_measure_is_defined_and_every_text_may_name_a_field(case: CaseFacts, lesson: object) -> None:
    defined = {definition.id: definition for definition in DEFINITIONS}
    for found in {**measure(case), **measure_lesson(lesson)}:  # type: ignore[arg-type]
        text = str(found)
        assert found == Cell(found.month, found.measure, found.procedure, **dict(found.dimensions))
        assert "." not in text
        assert "$" not in text
        names = {name for name, _ in found.dimensions}
        listed = " x ".join(defined[found.measure].dimensions)
        assert all(name in listed for name in names), text


def acknowledged(stages: tuple[StageFact, ...], closed_on: date | None) -> dict[str, int]:
    """How the acknowledgements of a case received on 1 May 2022 count."""
    openings = (Opening(opened_on=date(2022, 5, 1), closed_on=closed_on),)
    cells = measure(corporate(openings=openings, received_on=date(2022, 5, 1), stages=stages))
    name = "acknowledged="
    return {
        cell.rpartition(name)[2]: count
        for (_, cell), count in yearly(cells).items()
        if cell.startswith("acknowledgement|") and name in cell
    }


def stage(**changes: object) -> StageFact:
    begun = {"stage": "stage-1", "started_on": date(2022, 5, 1), "acknowledgement_due_on": date(2022, 5, 9)}
    return StageFact.model_validate({**begun, **changes})


def test_what_ended_without_its_acknowledgement_after_the_deadline_is_late() -> None:
    due, after = date(2022, 5, 9), date(2022, 5, 10)
    assert acknowledged((stage(),), None) == {"awaited": 1}
    assert acknowledged((stage(),), after) == {"late": 1}
    assert acknowledged((stage(),), due) == {"not-needed": 1}
    assert acknowledged((stage(responded_on=after),), None) == {"late": 1}
    assert acknowledged((stage(responded_on=due),), after) == {"not-needed": 1}
    assert acknowledged((stage(acknowledged_on=due),), after) == {"in-time": 1}
    second = stage(stage="stage-2", started_on=after, acknowledgement_due_on=date(2022, 5, 20))
    assert acknowledged((stage(), second), None) == {"late": 1, "awaited": 1}


def test_no_standard_timescale_is_claimed_where_the_law_sets_none() -> None:
    """SI 2009/309 regulation 13(7): the response period of an adult social care complaint is agreed with the person."""
    answered = StageFact(
        stage="local-resolution",
        started_on=date(2022, 5, 3),
        due_on=date(2022, 6, 1),
        responded_on=date(2022, 5, 30),
        timeliness=Timeliness.WITHIN_STANDARD,
    )
    adult = corporate(procedure="adults-statutory", stages=(answered,), received_on=date(2022, 5, 3))
    report = annual_report(measure(adult), "2022/23", "adults")
    shown = [figure.label for figure in report.figures] + [name for table in report.tables for name in table.columns]
    assert "Local resolution: within the period agreed" in shown
    assert not [name for name in shown if "standard" in name.lower()]
    ours = corporate(stages=(answered.model_copy(update={"stage": "stage-1"}),))
    labels = [figure.label for figure in annual_report(measure(ours), "2022/23", "corporate").figures]
    assert "Stage 1: within the standard timescale" in labels
