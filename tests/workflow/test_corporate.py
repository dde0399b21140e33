"""The corporate procedure under the Complaint Handling Code, rule by rule."""

from datetime import date, timedelta

import pytest

from services.workflow.case.clocks.reading import ClockStatus
from services.workflow.case.facts import overall
from shared.events.codes import Kind, Outcome, Status, Timeliness
from shared.events.outcomes import OutcomeCorrected, OutcomeRecorded, OutcomeWithdrawn
from tests.workflow.case_rig import Desk, investigated, noon
from tests.workflow.procedures.rig import refused

MON = date(2024, 4, 8)


def day(n):
    """The n-th day from Monday 8 April 2024."""
    return MON + timedelta(days=n)


def test_a_complaint_from_receipt_to_the_ombudsmans_decision():
    desk = investigated()
    desk.do("respond", day(10)).do("close", day(11))
    assert (desk.facts.outcome, desk.facts.status, desk.facts.closed_on) == (
        Outcome.UPHELD,
        Status.CLOSED,
        day(11),
    )
    desk.do("escalate", day(14)).do("acknowledge", day(15)).do("assign-reviewer", day(15), person="officer-2")
    desk.do("find", day(20), element=1, finding="not-upheld").do("respond-finally", day(30)).do("close", day(31))
    stages = desk.facts.stages
    assert [(s.stage, s.outcome, s.timeliness) for s in stages] == [
        ("stage-1", Outcome.UPHELD, Timeliness.WITHIN_STANDARD),
        ("stage-2", Outcome.NOT_UPHELD, Timeliness.WITHIN_STANDARD),
    ]
    assert (stages[0].acknowledgement_due_on, stages[0].due_on) == (day(7), day(14))
    assert (stages[1].acknowledgement_due_on, stages[1].due_on) == (day(21), date(2024, 5, 22))
    assert desk.facts.outcome is Outcome.NOT_UPHELD
    assert len(desk.facts.openings) == 2
    desk.do("refer-to-ombudsman", day(60)).do("ombudsman-uphold", day(100))
    assert [(o.number, o.received_on, o.decided_on, o.decision) for o in desk.facts.ombudsman] == [(1, day(60), day(100), "upheld")]
    assert desk.facts.status is Status.CLOSED
    kinds = [type(o) for o in desk.outcomes]
    # Response; closure; escalation re-opens, so what was stated is otherwise; final response; closure; decision.
    assert kinds == [
        OutcomeRecorded, OutcomeRecorded, OutcomeCorrected, OutcomeRecorded, OutcomeRecorded, OutcomeRecorded,
    ]  # fmt: skip
    assert [o.sequence for o in desk.outcomes] == [1, 2, 3, 4, 5, 6]
    assert len({o.outcome_id for o in desk.outcomes}) == 6


def test_the_response_clock_runs_from_the_acknowledgement_and_is_provisional_before():
    desk = Desk().open(MON)
    before = desk.reading("stage-1-response")
    assert (before.status, before.started_on, before.due) == (ClockStatus.PROVISIONAL, day(7), day(21))
    desk.do("acknowledge", day(1))
    after = desk.reading("stage-1-response")
    assert (after.status, after.started_on, after.due) == (ClockStatus.RUNNING, day(1), day(15))
    late = Desk().open(MON).do("acknowledge", day(9))
    assert late.facts.stages[0].acknowledgement_due_on == day(7)
    assert late.reading("stage-1-response").due == day(23)


@pytest.mark.parametrize(
    ("responded", "timeliness"),
    [
        (day(14), "within-standard"),
        (day(15), "within-extension"),
        (day(29), "within-extension"),
        (day(30), "late"),
    ],
)
def test_timeliness_with_the_longest_extension_notified_in_time(responded, timeliness):
    desk = investigated().do("extend", day(14))
    assert desk.last.counts
    assert desk.last.to == desk.facts.stages[0].extended_to == day(29)
    assert desk.facts.stages[0].due_on == day(14)
    desk.do("respond", responded)
    assert desk.facts.timeliness == timeliness


def test_an_extension_notified_after_the_deadline_counts_as_late():
    desk = investigated().do("extend", day(15), to=day(21))
    assert not desk.last.counts
    assert desk.facts.stages[0].extended_to is None
    desk.do("respond", day(16))
    assert desk.facts.timeliness is Timeliness.LATE


def test_extensions_are_capped_unless_there_is_good_reason():
    desk = investigated().do("extend", day(2), to=day(21))
    with refused("beyond-cap") as caught:
        desk.do("extend", day(3), to=day(30))
    assert caught.error.pointer == "/good_reason"
    desk.do("extend", day(3), to=day(29))
    desk.do("extend", day(4), to=day(35), good_reason=True)
    assert desk.facts.stages[0].extended_to == day(35)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"to": day(14)}, "not-later"),
        ({"to": day(20)}, "not-a-working-day"),
        ({"clock": "stage-1-acknowledgement"}, "no-such-clock"),
        ({"text": False}, "reason-missing"),
        ({"declare": ()}, "ombudsman-rights-told-not-declared"),
    ],
)
def test_an_extension_that_is_refused(fields, code):
    desk = investigated()
    with refused(code):
        desk.do("extend", day(2), **fields)
    assert desk.case == investigated().case or desk.last.step == "find"


def test_no_response_before_every_point_has_a_finding():
    desk = Desk().open(MON).do("acknowledge", MON)
    with refused("no-elements"):
        desk.do("respond", day(1))
    desk.do("add-element", day(1)).do("add-element", day(1)).do("find", day(1), element=1, finding="upheld")
    with refused("elements-not-found"):
        desk.do("respond", day(1))
    with refused("no-such-element"):
        desk.do("find", day(1), element=3, finding="upheld")
    with refused("not-a-finding"):
        desk.do("find", day(1), element=2, finding="refused")
    desk.do("find", day(1), element=2, finding="not-upheld")
    with refused("escalation-rights-told-not-declared"):
        desk.do("respond", day(1), declare=())
    desk.do("respond", day(1))
    assert desk.facts.outcome is Outcome.PARTLY_UPHELD


def test_stage_2_is_a_different_person():
    desk = investigated().do("respond", day(2)).do("escalate", day(3)).do("acknowledge", day(3))
    with refused("officer-of-stage-1") as caught:
        desk.do("assign-reviewer", day(3), person="officer-1")
    assert caught.error.pointer == "/person"
    desk.do("find", day(4), element=1, finding="upheld")
    with refused("officer-of-stage-1"):
        desk.do("respond-finally", day(4))
    desk.do("respond-finally", day(4), person="officer-2", by="officer-1")
    assert desk.last.person == "officer-2"


def test_whoever_responded_at_stage_1_was_its_officer():
    desk = Desk().open(MON).do("acknowledge", MON).do("add-element", MON)
    desk.do("find", MON, element=1, finding="upheld").do("respond", day(1), by="officer-9")
    desk.do("escalate", day(2)).do("acknowledge", day(2))
    with refused("officer-of-stage-1"):
        desk.do("assign-reviewer", day(2), person="officer-9")


def test_findings_of_stage_1_do_not_stand_for_stage_2():
    desk = investigated().do("respond", day(2)).do("escalate", day(3)).do("acknowledge", day(3))
    with refused("elements-not-found"):
        desk.do("respond-finally", day(4), by="officer-2")


def test_a_refusal_needs_its_reason_and_the_way_to_the_ombudsman():
    desk = Desk().open(MON)
    with refused("refusal-reason-missing"):
        desk.do("refuse", day(1))
    with refused("refusal-reason-unknown"):
        desk.do("refuse", day(1), refusal_reason="too-busy")
    with refused("reason-missing"):
        desk.do("refuse", day(1), refusal_reason="out-of-time", text=False)
    with refused("ombudsman-rights-told-not-declared"):
        desk.do("refuse", day(1), refusal_reason="out-of-time", declare=())
    desk.do("refuse", day(1), refusal_reason="out-of-time")
    assert (desk.facts.outcome, desk.facts.refusal_reason, desk.facts.closed_on) == (
        "refused",
        "out-of-time",
        day(1),
    )
    assert desk.facts.timeliness is None


def test_refusing_to_escalate_leaves_what_stage_1_found():
    desk = investigated().do("respond", day(2)).do("refuse-escalation", day(3), refusal_reason="already-considered")
    assert (desk.facts.outcome, desk.facts.refusal_reason) == (Outcome.UPHELD, "already-considered")
    assert desk.facts.status is Status.CLOSED


@pytest.mark.parametrize("at", ["received", "investigating", "responded", "stage-2"])
def test_withdrawal_at_any_time(at):
    desk = Desk().open(MON) if at == "received" else investigated()
    if at in {"responded", "stage-2"}:
        desk.do("respond", day(1))
    if at == "stage-2":
        desk.do("escalate", day(2))
    desk.do("withdraw", day(3), text=False)
    found = Outcome.UPHELD if at in {"responded", "stage-2"} else Outcome.WITHDRAWN
    assert (desk.facts.outcome, desk.facts.status) == (found, Status.CLOSED)


def test_reopening_begins_the_stage_anew_and_keeps_what_was_found():
    desk = investigated().do("respond", day(2)).do("close", day(2)).do("reopen", day(30))
    assert [s.stage for s in desk.facts.stages] == ["stage-1", "stage-1"]
    assert desk.facts.stages[1].due_on == date(2024, 5, 22)
    assert desk.facts.outcome is Outcome.UPHELD
    assert isinstance(desk.outcomes[-1], OutcomeCorrected)
    assert desk.outcomes[-1].statement.closed_on is None
    desk = desk.do("find", day(31), element=1, finding="not-upheld").do("respond", day(31))
    assert desk.do("close", day(31)).facts.outcome is Outcome.NOT_UPHELD


def test_steps_that_are_not_open_list_which_are():
    desk = Desk().open(MON)
    with refused("step-not-open") as caught:
        desk.do("respond", day(1))
    assert "acknowledge" in caught.error.message
    with refused("unknown-step"):
        desk.do("dance", day(1))
    with refused("role-missing"):
        desk.do("acknowledge", day(1), roles=["reporting"])


def test_days_that_cannot_be():
    desk = Desk().open(MON)
    with refused("day-in-future"):
        desk.do("acknowledge", day(1), on=day(2))
    with refused("day-too-early"):
        desk.do("acknowledge", day(1), on=day(-1))
    desk.do("acknowledge", day(3), on=day(1)).do("add-element", day(3)).do("find", day(3), element=1, finding="upheld")
    with refused("day-too-early"):
        desk.do("respond", day(3), on=MON)


def test_correcting_codes_keeps_the_case_where_it_is():
    desk = investigated().do("respond", day(2))
    desk.do("reclassify", day(3), themes=["delay"], service_area="potholes")
    assert (desk.facts.state, desk.facts.themes) == ("stage-1-responded", ("delay",))
    assert isinstance(desk.outcomes[-1], OutcomeCorrected)
    with refused("nothing-changes"):
        desk.do("reclassify", day(3), themes=["delay"])
    # Another procedure of the same rulebook moves nothing either.
    desk.do("reclassify", day(3), procedure="childrens-non-statutory")
    assert (desk.facts.state, desk.facts.rulebook) == ("stage-1-responded", "corporate-code-2024")


def test_another_procedure_begins_anew_with_the_day_of_receipt():
    desk = investigated().do("respond", day(2)).do("close", day(3))
    desk.do("reclassify", day(10), procedure="childrens-statutory")
    facts = desk.facts
    assert (facts.rulebook, facts.state, facts.statutory) == (
        "childrens-statutory",
        "stage-1-open",
        True,
    )
    assert [(s.stage, s.started_on, s.due_on) for s in facts.stages] == [("stage-1", MON, day(14))]
    assert (facts.outcome, len(facts.openings)) == (None, 2)
    assert isinstance(desk.outcomes[-1], OutcomeWithdrawn)
    assert desk.case.elements[0].findings == ()
    with refused("no-rulebook"):
        desk.do("reclassify", day(11), procedure="parking")


def test_a_complaint_that_was_a_compliment():
    desk = Desk().open(MON).do("reclassify", day(1), kind="compliment")
    assert (desk.facts.rulebook, desk.facts.state, desk.facts.formal) == ("feedback-2024", "received", False)
    desk.do("acknowledge", day(2)).do("close", day(3))
    assert desk.facts.status is Status.CLOSED


@pytest.mark.parametrize("kind", [Kind.COMPLIMENT, Kind.COMMENT, Kind.SERVICE_REQUEST, Kind.ENQUIRY])
def test_feedback_that_is_no_complaint_is_acknowledged_within_five_working_days(kind):
    desk = Desk().open(MON, kind=kind)
    assert (desk.facts.rulebook, desk.facts.stages[0].acknowledgement_due_on) == ("feedback-2024", day(7))
    assert desk.facts.stages[0].due_on is None
    desk.do("assign", day(1), person="manager-1").do("acknowledge", day(2)).do("close", day(2))
    assert (desk.facts.outcome, desk.facts.timeliness, desk.facts.stages[0].acknowledged_on) == (
        None,
        None,
        day(2),
    )


def test_ombudsman_referrals_are_numbered_and_a_decision_is_corrected_by_number():
    desk = Desk().open(MON).do("refer-to-ombudsman", day(1))
    with refused("ombudsman-open"):
        desk.do("refer-to-ombudsman", day(2))
    desk.do("ombudsman-close-early", day(3), decision="referred-back").do("refer-to-ombudsman", day(4))
    with refused("no-such-run"):
        desk.do("ombudsman-uphold", day(5), number=3)
    with refused("day-too-early"):
        desk.do("ombudsman-uphold", day(5), on=day(3))
    desk.do("ombudsman-investigate", day(5)).do("ombudsman-not-uphold", day(6))
    assert [o.decision for o in desk.facts.ombudsman] == ["referred-back", "not-upheld"]
    with refused("which-referral"):
        desk.do("ombudsman-correct", day(7), decision="upheld")
    desk.do("ombudsman-correct", day(7), decision="upheld", number=2)
    assert isinstance(desk.outcomes[-1], OutcomeCorrected)


@pytest.mark.parametrize(
    ("findings", "outcome"),
    [
        ([], None),
        (["upheld"], "upheld"),
        (["upheld", "upheld"], "upheld"),
        (["upheld", "not-upheld"], "partly-upheld"),
        (["not-upheld", "not-upheld"], "not-upheld"),
        (["partly-upheld"], "partly-upheld"),
        (["upheld", "partly-upheld"], "partly-upheld"),
        (["upheld", "no-finding"], "upheld"),
        (["not-upheld", "no-finding"], "not-upheld"),
        (["no-finding"], "no-finding"),
        (["resolved", "resolved"], "resolved"),
        (["resolved", "withdrawn"], "no-finding"),
    ],
)
def test_the_overall_outcome_follows_from_the_findings(findings, outcome):
    assert overall(Outcome(f) for f in findings) == outcome


def test_events_about_text_carry_it_sealed_and_staff_only_by_id():
    desk = investigated()
    for event in desk.events:
        text = event.model_dump_json()
        assert "Y2lwaGVy" in text or event.type.endswith(("acknowledged.v1", "assigned.v1"))
    assert desk.events[0].sealed.key_id == desk.case.feedback_id
    assert noon(MON).tzinfo is not None
