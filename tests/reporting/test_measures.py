"""What a case counts for: the laws of the measures, and their definitions."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.measures import Cells, difference, measure, measure_lesson, parse
from services.reporting.measures.definitions import DEFINITIONS
from shared.calendar.london import fy_label
from shared.events.codes import Kind, Outcome, Timeliness
from shared.events.facts import CaseFacts, Opening, StageFact
from tests.reporting.histories import case_facts, lesson_facts
from tests.reporting.measuring import corporate

YEARS = [fy_label(year) for year in range(2018, 2032)]


def test_received_and_closed_are_years_apart() -> None:
    cells = measure(corporate())
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
    cells = measure(reopened)
    assert cells["2022/23", "closed|corporate|outcome=reopened"] == 1
    assert ("2022/23", "closed|corporate|outcome=upheld") not in cells
    assert cells["2023/24", "closed|corporate|outcome=upheld"] == 1
    assert cells["2023/24", "stock-reopened|corporate|kind=complaint"] == 1


def test_a_compliment_is_no_complaint() -> None:
    cells = measure(corporate(kind=Kind.COMPLIMENT))
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
    cells = measure(corporate(stages=(stage,)))
    assert cells["2022/23", "stage-started|corporate|stage=stage-1"] == 1
    assert cells["2023/24", "acknowledgement|corporate|stage=stage-1|acknowledged=in-time"] == 1
    assert cells["2023/24", "stage-responded|corporate|stage=stage-1|timeliness=within-extension"] == 1
    assert cells["2023/24", "stage-days|corporate|stage=stage-1"] == 21


@settings(max_examples=200)
@given(case_facts())
def test_flow_stretches_and_status_agree(facts: CaseFacts) -> None:
    """Brought forward + received + re-opened - closed is what the stretches say, at every year's end and now."""
    place = f"{facts.procedure}|kind={facts.kind}"
    cells = measure(facts)

    def at(year: str, name: str) -> int:
        return cells.get((year, f"stock-{name}|{place}"), 0)

    forward = since = 0
    for year in YEARS:
        forward += at(year, "received") + at(year, "reopened") - at(year, "closed")
        since += at(year, "open-since")
        assert forward == at(year, "carried") + since
    assert forward == sum(at(year, "status") for year in YEARS)


@settings(max_examples=200)
@given(case_facts())
def test_single_valued_dimensions_add_up_to_the_total(facts: CaseFacts) -> None:
    cells = measure(facts)
    sums: dict[tuple[str, str, str, str], int] = {}
    for (year, text), count in cells.items():
        found = parse(text)
        if len(found.dimensions) == 1:
            of = (year, found.measure, found.procedure, found.dimensions[0][0])
            sums[of] = sums.get(of, 0) + count
    for (year, name, procedure, dimension), total in sums.items():
        whole = cells.get((year, f"{name}|{procedure}"))
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
def test_the_difference_leads_from_one_to_the_other(
    before: CaseFacts | None, after: CaseFacts | None
) -> None:
    total: Cells = dict(measure(before))
    for cell, count in difference(measure(after), measure(before)).items():
        total[cell] = total.get(cell, 0) + count
    assert {cell: count for cell, count in total.items() if count} == measure(after)


@settings(max_examples=100)
@given(case_facts(), lesson_facts())
def test_every_measure_is_defined_and_every_key_may_name_a_field(case: CaseFacts, lesson: object) -> None:
    defined = {definition.id: definition for definition in DEFINITIONS}
    for _, text in {**measure(case), **measure_lesson(lesson)}:  # type: ignore[arg-type]
        found = parse(text)
        assert "." not in text
        assert "$" not in text
        names = {name for name, _ in found.dimensions}
        listed = " x ".join(defined[found.measure].dimensions)
        assert all(name in listed for name in names), text
