"""Information requests and letters in the stage measures: counted by their own stages, never in a complaint's figure."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings

from services.reporting.measures import Cells, measure
from services.reporting.measures.stages import REQUEST_STAGES
from shared.events.codes import Kind, Outcome, Timeliness
from shared.events.facts import CaseFacts, Opening, StageFact
from tests.reporting.histories import case_facts
from tests.reporting.measuring import corporate
from tests.reporting.yearly import yearly

STAGE_MEASURES = {"stage-started", "stage-responded", "stage-days", "acknowledgement"}


def request(**changes: object) -> CaseFacts:
    """An information request of January 2024 that was answered late, and reviewed in the year after."""
    stages = (
        StageFact(
            stage="request",
            started_on=date(2024, 1, 10),
            due_on=date(2024, 2, 7),
            responded_on=date(2024, 4, 8),
            timeliness=Timeliness.LATE,
        ),
        StageFact(
            stage="internal-review",
            started_on=date(2024, 5, 1),
            due_on=date(2024, 5, 30),
            responded_on=date(2024, 5, 20),
            outcome=Outcome.UPHELD,
            timeliness=Timeliness.WITHIN_STANDARD,
        ),
    )
    facts = corporate(
        kind=Kind.ENQUIRY,
        procedure="freedom-of-information",
        received_on=date(2024, 1, 10),
        openings=(
            Opening(opened_on=date(2024, 1, 10), closed_on=date(2024, 4, 8)),
            Opening(opened_on=date(2024, 5, 1), closed_on=date(2024, 5, 20)),
        ),
        stages=stages,
        outcome=Outcome.UPHELD,
    )
    return facts.model_copy(update=changes)


def letter(**changes: object) -> CaseFacts:
    """A letter of a Member of Parliament, acknowledged in time and replied to within an extension."""
    stage = StageFact(
        stage="correspondence",
        started_on=date(2024, 1, 10),
        acknowledgement_due_on=date(2024, 1, 12),
        acknowledged_on=date(2024, 1, 11),
        responded_on=date(2024, 1, 30),
        timeliness=Timeliness.WITHIN_EXTENSION,
    )
    return request(
        procedure="mp-correspondence",
        stages=(stage,),
        outcome=None,
        openings=(Opening(opened_on=date(2024, 1, 10), closed_on=date(2024, 1, 30)),),
    ).model_copy(update=changes)


def refused(**changes: object) -> CaseFacts:
    """A request that was refused for what it would cost."""
    return request(
        outcome=Outcome.REFUSED,
        refusal_reason="cost-limit",
        stages=(StageFact(stage="request", started_on=date(2024, 1, 10), due_on=date(2024, 2, 7)),),
        openings=(Opening(opened_on=date(2024, 1, 10), closed_on=date(2024, 1, 20)),),
    ).model_copy(update=changes)


def test_a_request_counts_by_its_stages_in_the_years_of_their_days() -> None:
    cells = yearly(measure(request()))
    foi = "freedom-of-information"
    assert cells["2023/24", f"enquiries|{foi}"] == 1
    assert cells["2023/24", f"stage-started|{foi}|stage=request"] == 1
    assert cells["2024/25", f"stage-responded|{foi}|stage=request|timeliness=late"] == 1
    assert cells["2024/25", f"stage-days|{foi}|stage=request|days=89"] == 1
    assert cells["2024/25", f"stage-started|{foi}|stage=internal-review"] == 1
    assert cells["2024/25", f"stage-responded|{foi}|stage=internal-review|timeliness=within-standard"] == 1
    assert cells["2024/25", f"enquiries-closed|{foi}"] == 2
    assert cells["2024/25", f"enquiries-closed|{foi}|outcome=reopened"] == 1
    assert cells["2024/25", f"enquiries-closed|{foi}|outcome=upheld"] == 1


def test_a_letter_is_acknowledged_and_replied_to() -> None:
    cells = yearly(measure(letter()))
    base = "mp-correspondence|stage=correspondence"
    assert cells["2023/24", f"acknowledgement|{base}|acknowledged=in-time"] == 1
    assert cells["2023/24", f"stage-responded|{base}|timeliness=within-extension"] == 1
    assert cells["2023/24", "enquiries-closed|mp-correspondence|outcome=none"] == 1


def test_a_refused_request_counts_by_its_reason() -> None:
    cells = yearly(measure(refused()))
    assert cells["2023/24", "enquiries-closed|freedom-of-information|outcome=refused"] == 1
    assert cells["2023/24", "enquiries-closed|freedom-of-information|refusal_reason=cost-limit"] == 1


def test_a_general_enquiry_has_no_stage_in_the_figures() -> None:
    """Under the rulebook for feedback it has the stage `feedback`, whatever procedure it was sent to."""
    stage = StageFact(stage="feedback", started_on=date(2024, 1, 10), responded_on=date(2024, 1, 11))
    for kind in (Kind.ENQUIRY, Kind.COMPLIMENT, Kind.COMMENT, Kind.SERVICE_REQUEST):
        assert stage_cells(measure(request(kind=kind, procedure="corporate", stages=(stage,)))) == {}


def stage_cells(cells: Cells) -> Cells:
    return {cell: count for cell, count in cells.items() if cell.measure in STAGE_MEASURES}


@settings(max_examples=200)
@given(case_facts())
def test_only_complaints_and_the_stages_of_requests_stand_in_stage_figures(facts: CaseFacts) -> None:
    found = stage_cells(measure(facts))
    stages = {dict(cell.dimensions)["stage"] for cell in found}
    if facts.merged:
        assert found == {}
    elif facts.kind is Kind.COMPLAINT:
        assert stages == {stage.stage for stage in facts.stages}
    else:
        assert stages <= REQUEST_STAGES
        assert found == {} or facts.kind is Kind.ENQUIRY
