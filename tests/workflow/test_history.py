"""Imported history: a row becomes the events it would have been."""

from datetime import date

import pytest

from services.workflow.case.commands import Import, Receive, RecordLearning, Withdraw
from services.workflow.rulebook.choose import NoRulebook
from shared.events import cases as e
from shared.events.codes import Kind, Outcome, Provenance, Status, Timeliness
from shared.events.facts import LessonFacts
from shared.events.feedback import FeedbackWithdrawn
from shared.events.lessons import LessonTagged
from shared.events.outcomes import OutcomeRecorded
from tests.workflow.case_rig import Desk, envelope, imported, noon, received
from tests.workflow.historic_rows import CHILD, STAGE_1, STAGE_2


def test_a_closed_case_with_two_stages_comes_in_at_its_own_days():
    desk = Desk().bring(**CHILD)
    assert [type(ev).__name__ for ev in desk.events] == [
        "CaseOpened", "CaseAcknowledged", "CaseResponded", "CaseEscalated", "CaseExtended", "CaseResponded", "CaseClosed",
        "OmbudsmanReferred", "OmbudsmanDecided", "CaseImported",
    ]  # fmt: skip
    assert [ev.on for ev in desk.events[:-1]] == sorted(ev.on for ev in desk.events[:-1])
    facts = desk.facts
    assert (facts.rulebook, facts.statutory, facts.status) == (
        "childrens-statutory-history",
        True,
        Status.CLOSED,
    )
    assert [(s.stage, s.due_on, s.timeliness) for s in facts.stages] == [
        ("stage-1", date(2022, 6, 20), Timeliness.WITHIN_STANDARD),
        ("stage-2", date(2022, 8, 1), Timeliness.WITHIN_EXTENSION),
    ]
    assert (facts.outcome, facts.themes, facts.closed_on) == (
        Outcome.PARTLY_UPHELD,
        ("delay",),
        date(2022, 9, 23),
    )
    assert facts.ombudsman[0].decision == "referred-back"
    assert facts.provenance is Provenance.IMPORTED
    assert desk.last.learning_tags == ("process-change",)
    assert all(isinstance(o, OutcomeRecorded) for o in desk.outcomes)
    assert not desk.case.sealed


def test_a_row_that_comes_again_changes_nothing():
    desk = Desk()
    event = imported(**CHILD)
    assert desk.handle(Import(event), noon(date(2026, 1, 5)))
    assert desk.handle(Import(event), noon(date(2026, 1, 6))) == ()


@pytest.mark.parametrize(
    ("change", "timeliness"),
    [
        ({"responded_on": "2022-08-01"}, "within-standard"),
        ({"responded_on": "2022-09-26"}, "within-extension"),
        ({"responded_on": "2022-09-27"}, "late"),
        ({"extension_told_on": "2022-08-02"}, "late"),
        ({"extension_told_on": None}, "late"),
        ({"extension_told_on": "2022-08-01"}, "within-extension"),
        # Without a due date of its own: 25 working days, the jubilee and summer bank holidays apart.
        ({"due_on": None, "extended_to": None, "responded_on": "2022-08-01"}, "within-standard"),
        ({"due_on": None, "extended_to": None, "responded_on": "2022-08-02"}, "late"),
    ],
)
def test_timeliness_of_history(change, timeliness):
    row = {**CHILD, "closed_on": "2022-10-10", "ombudsman": [], "stages": [STAGE_1, {**STAGE_2, **change}]}
    desk = Desk().bring(**row)
    assert desk.facts.timeliness == timeliness


def test_an_informal_report_is_outside_the_formal_procedure():
    stage = {
        "stage": "informal",
        "started_on": "2022-06-06",
        "responded_on": "2022-06-10",
        "outcome": "resolved",
    }
    desk = Desk().bring(
        kind="complaint", procedure="corporate", received_on="2022-06-06", closed_on="2022-06-10", outcome="resolved",
        formal=False, stages=[stage],
    )  # fmt: skip
    assert (desk.facts.rulebook, desk.facts.formal, desk.facts.stage) == ("corporate-2022", False, "informal")


def test_a_compliment_has_no_stages():
    desk = Desk().bring(kind="compliment", procedure="adults", received_on="2021-05-04", closed_on="2021-05-04")
    assert (desk.facts.procedure, desk.facts.rulebook, desk.facts.stages) == ("adults", "feedback-2024", ())


def test_a_case_that_is_under_way_can_be_imported_open():
    row = {**CHILD, "closed_on": None, "outcome": None, "ombudsman": [], "stages": [STAGE_1]}
    desk = Desk().bring(**row)
    assert (desk.facts.state, desk.facts.status) == ("stage-1-responded", Status.OPEN)
    desk.do("escalate-to-stage-2", date(2026, 1, 6)).do("add-element", date(2026, 1, 6))
    open_ = Desk().bring(kind="comment", procedure="corporate", received_on="2026-01-02")
    open_.do("acknowledge", date(2026, 1, 6)).do("close", date(2026, 1, 6))
    assert open_.facts.status is Status.CLOSED


def test_what_a_row_records_of_a_stage_stays_with_it():
    odd = {**STAGE_1, "responded_on": "2022-06-28"}
    desk = Desk().bring(**{**CHILD, "ombudsman": [], "stages": [odd, STAGE_2]})
    assert [s.responded_on for s in desk.facts.stages] == [date(2022, 6, 28), date(2022, 9, 23)]


def test_adults_have_one_stage_by_either_name():
    for name in ("local-resolution", "stage-1"):
        stage = {**STAGE_1, "stage": name}
        desk = Desk().bring(**{**CHILD, "procedure": "adults-statutory", "stages": [stage], "ombudsman": []})
        assert [(s.stage, s.timeliness) for s in desk.facts.stages] == [("local-resolution", "within-standard")]


@pytest.mark.parametrize("change", [{"procedure": "parking"}, {"stages": [{**STAGE_1, "stage": "stage-9"}]}])
def test_what_no_rulebook_serves_is_refused(change):
    with pytest.raises(NoRulebook):
        Desk().bring(**{**CHILD, **change})


def test_the_person_takes_the_complaint_back_once():
    desk = Desk().open()
    gone = envelope(
        FeedbackWithdrawn(feedback_id=desk.case.feedback_id, withdrawn_at=noon(date(2024, 4, 9))),
        noon(date(2024, 4, 9)),
    )
    assert [type(ev) for ev in desk.handle(Withdraw(gone), noon(date(2024, 4, 9)))] == [e.CaseWithdrawn]
    desk.do("reopen", date(2024, 4, 10))
    assert desk.handle(Withdraw(gone), noon(date(2024, 4, 11))) == ()


def test_feedback_that_comes_again_changes_nothing():
    desk, again = Desk(), received(date(2024, 4, 8))
    assert desk.handle(Receive(again), noon(date(2024, 4, 8)))
    assert desk.handle(Receive(again), noon(date(2024, 4, 9))) == ()


def test_what_was_learnt_stands_on_the_case_once():
    desk = Desk().open()
    after = LessonFacts(
        procedure="corporate",
        outcome="upheld",
        requested_on=date(2024, 4, 9),
        decision="lesson",
        tags=("delay",),
    )
    lesson = LessonTagged(case_id=desk.case.case_id, version=2, after=after, on=date(2024, 4, 10), by="o-1", tags=("delay",))
    command = RecordLearning(envelope(lesson, noon(date(2024, 4, 10))))
    assert [type(ev) for ev in desk.handle(command, noon(date(2024, 4, 10)))] == [e.LearningRecorded]
    assert desk.handle(command, noon(date(2024, 4, 11))) == ()
    assert (desk.case.learning, desk.case.learning_tags) == ("lesson", ("delay",))


def test_kinds_of_feedback():
    assert {b.id for b in Desk().books if Kind.COMPLIMENT in b.kinds} == {"feedback-2024"}


@pytest.mark.parametrize(
    ("responded_on", "timeliness"),
    [("2022-06-20", Timeliness.WITHIN_STANDARD), ("2022-06-21", Timeliness.LATE)],
)
@pytest.mark.parametrize("stage", ["informal", "stage-1"])
def test_a_rows_own_due_date_holds_though_nobody_recorded_the_acknowledgement(stage, responded_on, timeliness):
    row = {**STAGE_1, "stage": stage, "acknowledged_on": None, "responded_on": responded_on}
    desk = Desk().bring(
        source_id="CO/1",
        kind="complaint",
        procedure="corporate",
        received_on="2022-06-06",
        closed_on="2022-06-30",
        formal=stage != "informal",
        stages=[row],
    )
    (fact,) = desk.facts.stages
    assert (fact.due_on, fact.timeliness) == (date(2022, 6, 20), timeliness)
