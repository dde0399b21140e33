"""The Ombudsman's track: from enquiry to decision, its remedies, and a report in the public interest."""

from datetime import UTC, date, datetime

import pytest

from services.workflow.rulebook.load import shipped
from services.workflow.rulebook.model import Effect
from shared.events.codes import OmbudsmanDecision, Status, Timeliness
from tests.workflow.case_rig import Desk, investigated
from tests.workflow.procedures.rig import refused

MON = date(2024, 4, 8)
COMPLAINTS = [b for b in shipped() if b.track("ombudsman")]


def day(n):
    return date.fromordinal(MON.toordinal() + n)


def referred(**more):
    return Desk().open(MON).do("refer-to-ombudsman", day(1), **more)


def upheld():
    return referred().do("ombudsman-investigate", day(10)).do("ombudsman-uphold", day(40))


def test_every_complaints_procedure_has_the_ombudsman_in_parallel():
    assert {b.id for b in COMPLAINTS} == {
        "adults-history",
        "adults-statutory",
        "childrens-statutory",
        "childrens-statutory-history",
        "corporate-2022",
        "corporate-code-2024",
        "public-health",
        "public-health-history",
    }


def test_a_premature_complaint_is_referred_back_and_the_councils_time_ran_on():
    desk = Desk().open(MON)
    clock = desk.reading("stage-1-acknowledgement")
    desk.do("refer-to-ombudsman", day(1), due_on=day(8))
    assert desk.reading("stage-1-acknowledgement") == clock
    assert (desk.case.state, desk.run("ombudsman").state) == ("stage-1-received", "ombudsman-enquiry")
    desk.do("acknowledge", day(2)).do("ombudsman-answer", day(3))
    desk.do("ombudsman-close-early", day(4), decision="referred-back")
    assert desk.facts.ombudsman[0].decision is OmbudsmanDecision.REFERRED_BACK
    assert (desk.run("ombudsman").state, desk.run("ombudsman").ended_on) == ("ombudsman-concluded", day(4))
    assert desk.fact("ombudsman").timeliness is Timeliness.WITHIN_STANDARD
    assert desk.case.state == "stage-1-investigating"
    # Later it may go there again: a referral of its own.
    desk.do("refer-to-ombudsman", day(60))
    assert [o.number for o in desk.facts.ombudsman] == [1, 2]
    assert desk.run("ombudsman", 2).state == "ombudsman-enquiry"


def test_the_whole_way_to_a_conclusion():
    desk = referred(due_on=day(15)).do("ombudsman-assign", day(1), person="link-1")
    desk.do("ombudsman-assess", day(2)).do("ombudsman-answer", day(12)).do("ombudsman-investigate", day(20))
    desk.do("ombudsman-name-day-for-questions", day(21), to=day(41)).do("ombudsman-answer-questions", day(40))
    desk.do("ombudsman-draft", day(60)).do("ombudsman-name-day-for-draft", day(60), to=day(74))
    desk.do("ombudsman-comment", day(70)).do("ombudsman-uphold", day(90), satisfactory_remedy=False)
    run = desk.run("ombudsman")
    assert (run.state, run.visit.holder("link-officer")) == ("ombudsman-upheld", "link-1")
    assert desk.facts.ombudsman[0].satisfactory_remedy is False
    desk.do("ombudsman-recommend", day(90), kind="apology", due_on=day(118))
    with refused("ombudsman-remedy-open"):
        desk.do("ombudsman-conclude", day(100))
    desk.do("ombudsman-remedy-evidence", day(110)).do("ombudsman-remedy-satisfied", day(120))
    assert desk.do("ombudsman-conclude", day(121)).run("ombudsman").state == "ombudsman-concluded"


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [(28, Timeliness.WITHIN_STANDARD), (29, Timeliness.LATE), (60, Timeliness.LATE)],
)
def test_a_remedy_is_in_time_by_the_day_of_its_evidence_and_not_by_when_the_ombudsman_wrote(evidence, expected):
    desk = upheld().do("ombudsman-recommend", day(40), kind="financial-remedy", due_on=day(40 + 28))
    desk.do("ombudsman-remedy-evidence", day(40 + evidence)).do("ombudsman-remedy-satisfied", day(200))
    fact = desk.fact("ombudsman-remedy")
    assert (fact.kind, fact.timeliness, fact.done_on) == ("financial-remedy", expected, day(200))


def test_a_remedy_with_which_the_ombudsman_is_not_satisfied_was_not_done():
    desk = upheld().do("ombudsman-recommend", day(40), kind="apology", due_on=day(68))
    desk.do("ombudsman-remedy-evidence", day(60)).do("ombudsman-remedy-not-complied", day(80))
    fact = desk.fact("ombudsman-remedy")
    assert (fact.done_on, fact.timeliness, fact.ended_on) == (None, None, day(80))


def test_a_later_day_that_the_ombudsman_agreed_counts_and_one_notified_late_does_not():
    def remedy():
        return upheld().do("ombudsman-recommend", day(40), kind="apology", due_on=day(50))

    agreed = remedy().do("ombudsman-remedy-later", day(49), to=day(70), declare=("ombudsman-agreed-later",))
    agreed.do("ombudsman-remedy-evidence", day(65)).do("ombudsman-remedy-satisfied", day(66))
    assert agreed.fact("ombudsman-remedy").timeliness is Timeliness.WITHIN_EXTENSION
    late = remedy().do("ombudsman-remedy-later", day(51), to=day(70), declare=("ombudsman-agreed-later",))
    late.do("ombudsman-remedy-evidence", day(65)).do("ombudsman-remedy-satisfied", day(66))
    assert late.fact("ombudsman-remedy").timeliness is Timeliness.LATE
    with refused("ombudsman-agreed-later-not-declared"):
        remedy().do("ombudsman-remedy-later", day(49), to=day(70), declare=())


def test_each_of_several_remedies_has_its_own_clock_and_is_named_by_its_number():
    desk = upheld().do("ombudsman-recommend", day(40), kind="apology", due_on=day(50))
    desk.do("ombudsman-recommend", day(40), kind="training-or-guidance", due_on=day(100))
    with refused("which-run"):
        desk.do("ombudsman-remedy-evidence", day(45))
    desk.do("ombudsman-remedy-evidence", day(45), number=2)
    events = [e for e in desk.tick(datetime(2024, 6, 10, tzinfo=UTC)) if e.clock == "ombudsman-remedy"]
    assert {(e.run, e.deadline) for e in events} == {(1, day(50))}
    assert {e.type.rsplit(".", 2)[1] for e in events} == {"clock-due-soon", "clock-breached"}
    assert desk.tick(datetime(2024, 6, 11, tzinfo=UTC)) == ()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2024, 1, 10), date(2024, 4, 9)),
        # Beginning with the day itself; a month without that day ends the day before the next.
        (date(2023, 11, 30), date(2024, 2, 29)),
        (date(2022, 12, 1), date(2023, 2, 28)),
    ],
)
def test_a_report_in_the_public_interest_is_considered_within_three_months(received, due):
    desk = Desk().open(date(2022, 11, 1)).do("refer-to-ombudsman", date(2022, 11, 1))
    desk.do("ombudsman-uphold", date(2022, 11, 15)).do("ombudsman-report", received)
    assert desk.reading("ombudsman-report").due == due
    with refused("considered-by-members-not-declared"):
        desk.do("ombudsman-report-answer", due, declare=())
    desk.do("ombudsman-report-answer", due, declare=("considered-by-members",))
    assert desk.fact("ombudsman-report").timeliness is Timeliness.WITHIN_STANDARD


@pytest.mark.parametrize(
    ("steps", "step", "fields", "code"),
    [
        ((), "ombudsman-not-uphold", {}, "step-not-open"),
        ((), "ombudsman-close-early", {"decision": "upheld"}, "decision-not-here"),
        ((), "ombudsman-close-early", {}, "decision-missing"),
        (
            (),
            "ombudsman-close-early",
            {"decision": "advice-given", "satisfactory_remedy": True},
            "not-upheld",
        ),
        ((), "ombudsman-recommend", {"kind": "apology", "due_on": day(60)}, "not-at-ombudsman-upheld"),
        (("ombudsman-uphold",), "ombudsman-recommend", {"kind": "apology"}, "date-missing"),
        (("ombudsman-uphold",), "ombudsman-recommend", {"due_on": day(60)}, "kind-missing"),
        (("ombudsman-uphold",), "ombudsman-recommend", {"kind": "gold", "due_on": day(60)}, "kind-unknown"),
        (("ombudsman-uphold",), "ombudsman-recommend", {"kind": "apology", "due_on": MON}, "not-later"),
        (("ombudsman-answer",), "ombudsman-answer", {}, "enquiry-answered-already"),
        ((), "acknowledge", {"number": 1}, "no-such-run"),
    ],
)
def test_what_cannot_be_so_is_refused(steps, step, fields, code):
    desk = referred()
    for before in steps:
        desk.do(before, day(2))
    with refused(code):
        desk.do(step, day(3), **fields)


@pytest.mark.parametrize("decision", list(OmbudsmanDecision))
def test_each_of_the_six_decisions_can_be_recorded(decision):
    desk = referred().do("ombudsman-investigate", day(2)) if decision.value == "not-upheld" else referred()
    book = desk.books.get(desk.facts.rulebook, 1)
    steps = [s for s in book.steps if s.effect is Effect.OMBUDSMAN_DECISION and decision in s.decisions]
    (step,) = steps
    desk.do(step.id, day(5), decision=decision)
    assert desk.facts.ombudsman[0].decision is decision
    assert desk.outcomes[-1].statement.ombudsman[0].decision is decision


def test_the_ombudsman_goes_on_though_the_case_is_closed_and_speaks_when_time_is_over():
    desk = investigated().do("respond", day(5)).do("close", day(6))
    openings = desk.facts.openings
    desk.do("refer-to-ombudsman", day(30), due_on=day(50))
    assert (desk.facts.status, desk.facts.openings) == (Status.CLOSED, openings)
    events = desk.tick(datetime(2024, 7, 1, tzinfo=UTC))
    assert [(e.clock, e.run) for e in events] == [("ombudsman-enquiry", 1)] * 2
    assert desk.facts.status is Status.CLOSED


def test_what_is_open_in_parallel_goes_with_a_case_or_has_to_end_before_it_moves():
    desk = referred().do("reclassify", day(2), procedure="adults-statutory")
    assert (desk.facts.rulebook, desk.run("ombudsman").state) == ("adults-statutory", "ombudsman-enquiry")
    desk.do("ombudsman-answer", day(3))
    with refused("runs-open"):
        desk.do("reclassify", day(4), kind="enquiry", procedure="freedom-of-information")
    desk.do("ombudsman-close-early", day(4), decision="invalid-or-incomplete")
    assert desk.do("reclassify", day(4), kind="enquiry", procedure="freedom-of-information").facts.tracks
