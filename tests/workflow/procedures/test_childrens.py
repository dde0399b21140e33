"""Children's social care complaints (SI 2006/1738 and its guidance), rule by rule. Days were counted by hand."""

from datetime import date

import pytest

from services.workflow.case.clocks.reading import ClockStatus
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.load import FOLDER, RulebookInvalid, parse, shipped
from shared.events.codes import Kind, Outcome, Status, Timeliness
from tests.workflow.case_rig import Desk as PlainDesk
from tests.workflow.case_rig import noon
from tests.workflow.procedures.rig import declarations, due, refused

BOOK = "childrens-statutory"
TEXT = (FOLDER / f"{BOOK}.yaml").read_text()
ALL = declarations(BOOK)
MON = date(2024, 4, 8)


class Desk(PlainDesk):
    """Staff who declare all that is asked, unless a test declares something else."""

    def do(self, step, day, *, declare=ALL, **more):
        return super().do(step, day, declare=declare, **more)


def opened(day=MON, **more):
    return Desk(**more).open(day, procedure=BOOK)


def at_stage_1(day=MON, finding="not-upheld"):
    desk = opened(day).do("acknowledge", day).do("assign", day, person="manager-1").do("add-element", day)
    return desk.do("find", day, element=1, finding=finding)


def at_stage_2(requested=date(2024, 4, 22)):
    desk = at_stage_1().do("respond-stage-1", date(2024, 4, 19))
    return desk.do("escalate-to-stage-2", requested)


def investigating(agreed=date(2024, 4, 25)):
    desk = at_stage_2().do("agree-statement", agreed)
    desk.do("appoint-investigating-officer", agreed, person="io-1")
    desk.do("appoint-independent-person", agreed, person="ip-1")
    return desk.do("appoint-adjudicating-officer", agreed, person="head-1")


def answered(on=date(2024, 5, 29), finding="partly-upheld"):
    desk = investigating().do("find", date(2024, 5, 20), element=1, finding=finding)
    return desk.do("receive-reports", date(2024, 5, 20)).do("respond-stage-2", on)


def at_stage_3(requested=date(2024, 6, 3)):
    return answered().do("escalate-to-stage-3", requested)


def with_panel():
    desk = at_stage_3().do("acknowledge", date(2024, 6, 5))
    desk.do("appoint-chair", date(2024, 6, 6), person="chair-1")
    desk.do("appoint-member-1", date(2024, 6, 6), person="member-1")
    return desk.do("appoint-member-2", date(2024, 6, 6), person="member-2")


def test_three_stages_from_receipt_to_closure():
    desk = with_panel().do("hold-panel", date(2024, 7, 10)).do("receive-findings", date(2024, 7, 15))
    desk.do("find", date(2024, 7, 20), element=1, finding="upheld")
    desk.do("respond-stage-3", date(2024, 8, 5), person="director-1").do("close", date(2024, 8, 6))
    assert desk.facts.status is Status.CLOSED
    assert desk.facts.rulebook == BOOK
    assert desk.facts.statutory
    assert [(s.stage, s.outcome, s.timeliness) for s in desk.facts.stages] == [
        ("stage-1", Outcome.NOT_UPHELD, Timeliness.WITHIN_STANDARD),
        ("stage-2", Outcome.PARTLY_UPHELD, Timeliness.WITHIN_STANDARD),
        ("stage-3", Outcome.UPHELD, Timeliness.WITHIN_STANDARD),
    ]
    # Findings on Monday 15 July and fifteen working days.
    assert desk.facts.stages[2].due_on == date(2024, 8, 5)
    assert desk.facts.outcome is Outcome.UPHELD


@pytest.mark.parametrize(
    ("clock", "start", "more", "expected"),
    [
        ("stage-1-response", date(2024, 4, 8), 0, date(2024, 4, 22)),
        ("stage-1-response", date(2024, 12, 20), 0, date(2025, 1, 8)),
        ("stage-1-response", date(2022, 9, 5), 0, date(2022, 9, 20)),
        ("stage-1-response", date(2023, 4, 24), 0, date(2023, 5, 10)),
        ("stage-1-response", date(2024, 12, 20), 10, date(2025, 1, 22)),
        ("stage-2-response", date(2024, 4, 22), 0, date(2024, 5, 29)),
        ("stage-2-response", date(2024, 12, 16), 0, date(2025, 1, 23)),
        ("stage-2-response", date(2024, 4, 22), 40, date(2024, 7, 24)),
        ("stage-2-response", date(2024, 12, 16), 40, date(2025, 3, 20)),
        ("stage-3-request", date(2024, 6, 3), 0, date(2024, 7, 1)),
        ("stage-3-request", date(2024, 12, 2), 0, date(2025, 1, 2)),
        ("stage-3-acknowledgement", date(2024, 6, 3), 0, date(2024, 6, 5)),
        ("stage-3-acknowledgement", date(2024, 12, 24), 0, date(2024, 12, 30)),
        ("stage-3-panel", date(2024, 6, 3), 0, date(2024, 7, 15)),
        ("stage-3-panel", date(2024, 12, 2), 0, date(2025, 1, 16)),
        ("stage-3-findings", date(2024, 7, 15), 0, date(2024, 7, 22)),
        ("stage-3-findings", date(2024, 12, 20), 0, date(2024, 12, 31)),
        ("stage-3-response", date(2024, 7, 22), 0, date(2024, 8, 12)),
        ("stage-3-response", date(2024, 12, 24), 0, date(2025, 1, 17)),
    ],
)
def test_clocks(clock, start, more, expected):
    assert due(BOOK, clock, start, more=more) == expected


def test_stage_1_is_extended_to_twenty_days_and_no_further():
    desk = at_stage_1().do("extend-stage-1", date(2024, 4, 22))
    assert desk.facts.stages[0].extended_to == date(2024, 5, 7)
    with refused("beyond-cap"):
        desk.do("extend-stage-1", date(2024, 4, 23), to=date(2024, 5, 8))
    desk.do("respond-stage-1", date(2024, 5, 7))
    assert desk.facts.timeliness is Timeliness.WITHIN_EXTENSION
    late = at_stage_1().do("extend-stage-1", date(2024, 4, 23))
    assert not late.last.counts


def test_stage_2_is_extended_to_65_days_in_all_with_reasons_in_writing():
    desk = investigating()
    with refused("reason-missing"):
        desk.do("extend-stage-2", date(2024, 5, 29), text=False)
    with refused("extension-told-not-declared"):
        desk.do("extend-stage-2", date(2024, 5, 29), declare=())
    desk.do("extend-stage-2", date(2024, 5, 29))
    assert desk.facts.stages[1].extended_to == date(2024, 7, 24)
    with refused("beyond-cap"):
        desk.do("extend-stage-2", date(2024, 5, 30), to=date(2024, 7, 25))


def test_stage_2_counts_from_the_request_or_from_the_agreed_statement_as_the_council_chose():
    desk = investigating(agreed=date(2024, 4, 25))
    # Both days are recorded; the rulebook as it comes counts from the request.
    marks = {m.name: m.on for m in desk.case.visit.marks}
    assert (marks["escalated"], marks["statement-agreed"]) == (date(2024, 4, 22), date(2024, 4, 25))
    assert desk.reading("stage-2-response").due == date(2024, 5, 29)

    chosen = parse(TEXT.replace("value: escalated", "value: statement-agreed", 1))
    desk.books = Rulebooks([chosen])
    assert desk.reading("stage-2-response").due == date(2024, 6, 3)
    waiting = at_stage_2()
    waiting.books = Rulebooks([chosen])
    reading = waiting.reading("stage-2-response")
    # A statement that is not agreed cannot stretch time unseen: it should be by Monday 29 April.
    assert (reading.status, reading.started_on) == (ClockStatus.PROVISIONAL, date(2024, 4, 29))


def test_a_start_of_stage_2_that_is_no_choice_is_refused_with_its_line():
    with pytest.raises(RulebookInvalid) as caught:
        parse(TEXT.replace("value: escalated", "value: received", 1))
    assert "bad-parameter" in caught.value.codes


def test_a_panel_is_asked_for_within_twenty_working_days():
    # Answered on 29 May: until 26 June.
    assert answered().reading("stage-3-request").due == date(2024, 6, 26)
    assert answered().do("escalate-to-stage-3", date(2024, 6, 26)).facts.stage == "stage-3"
    with refused("stage-3-request-over"):
        answered().do("escalate-to-stage-3", date(2024, 6, 27))
    with refused("stage-3-request-not-over"):
        answered().do("escalate-to-stage-3-late", date(2024, 6, 26))
    assert answered().do("escalate-to-stage-3-late", date(2024, 6, 27)).facts.stage == "stage-3"
    with refused("role-missing"):
        answered().do("escalate-to-stage-3-late", date(2024, 6, 27), roles=("officer",))


def test_a_closed_case_may_still_go_to_the_panel_in_time():
    desk = answered().do("close", date(2024, 6, 3)).do("escalate-to-stage-3", date(2024, 6, 10))
    assert (desk.facts.status, desk.facts.stage) == (Status.OPEN, "stage-3")


def test_the_time_in_which_a_person_may_ask_breaches_nothing():
    desk = answered()
    desk.tick(noon(date(2024, 7, 15)))
    assert not [e for e in desk.events if getattr(e, "clock", None) == "stage-3-request"]


def test_stage_3_shows_the_longest_it_may_take_before_the_panel_is_held():
    desk = at_stage_3()
    assert desk.reading("stage-3-panel").due == date(2024, 7, 15)
    assert desk.reading("stage-3-findings").due == date(2024, 7, 22)
    # Thirty, five and fifteen working days from Monday 3 June.
    reading = desk.reading("stage-3-response")
    assert (reading.status, reading.due) == (ClockStatus.PROVISIONAL, date(2024, 8, 12))
    held = with_panel().do("hold-panel", date(2024, 7, 10))
    assert held.reading("stage-3-findings").due == date(2024, 7, 17)


def test_stage_2_goes_ahead_of_stage_1_only_when_that_is_overdue_or_both_agree():
    with refused("stage-1-response-not-over"):
        at_stage_1().do("escalate-overdue", date(2024, 4, 22))
    assert at_stage_1().do("escalate-overdue", date(2024, 4, 23)).facts.stage == "stage-2"
    extended = at_stage_1().do("extend-stage-1", date(2024, 4, 10))
    with refused("stage-1-response-not-over"):
        extended.do("escalate-overdue", date(2024, 5, 7))
    with refused("straight-to-stage-2-agreed-not-declared"):
        at_stage_1().do("straight-to-stage-2", MON, declare=())
    assert at_stage_1().do("straight-to-stage-2", MON).facts.stage == "stage-2"


@pytest.mark.parametrize(
    ("step", "person", "declare", "code"),
    [
        ("appoint-investigating-officer", "manager-1", ALL, "was-officer"),
        ("appoint-investigating-officer", "ip-1", ALL, "was-independent-person"),
        ("appoint-investigating-officer", "io-2", (), "outside-line-management-not-declared"),
        ("appoint-independent-person", "manager-1", ALL, "was-officer"),
        ("appoint-independent-person", "io-1", ALL, "was-investigating-officer"),
        ("appoint-independent-person", "head-1", ALL, "was-adjudicating-officer"),
        ("appoint-independent-person", "ip-2", (), "no-member-officer-or-spouse-not-declared"),
        ("appoint-adjudicating-officer", "io-1", ALL, "was-investigating-officer"),
        ("appoint-adjudicating-officer", "ip-1", ALL, "was-independent-person"),
    ],
)
def test_roles_of_stage_2_that_the_law_separates(step, person, declare, code):
    with refused(code) as caught:
        investigating().do(step, date(2024, 4, 26), person=person, declare=declare)
    assert caught.error.pointer in {"/person", "/declarations"}


@pytest.mark.parametrize("step", ["appoint-chair", "appoint-member-1", "appoint-member-2"])
@pytest.mark.parametrize(
    ("person", "code"),
    [
        ("ip-1", "was-independent-person"),
        ("io-1", "was-investigating-officer"),
        ("head-1", "was-adjudicating-officer"),
        ("manager-1", "was-officer"),
    ],
)
def test_nobody_of_the_earlier_stages_sits_on_the_panel(step, person, code):
    with refused(code):
        at_stage_3().do(step, date(2024, 6, 6), person=person)


def test_the_panel_is_three_different_independent_people_with_a_chair():
    desk = at_stage_3().do("appoint-chair", date(2024, 6, 6), person="chair-1")
    with refused("is-panel-chair"):
        desk.do("appoint-member-1", date(2024, 6, 6), person="chair-1")
    desk.do("appoint-member-1", date(2024, 6, 6), person="member-1")
    with refused("is-panel-member-1"):
        desk.do("appoint-member-2", date(2024, 6, 6), person="member-1")
    with refused("panel-member-2-not-assigned"):
        desk.do("hold-panel", date(2024, 7, 1))
    with refused("no-member-officer-or-spouse-not-declared"):
        desk.do("appoint-member-2", date(2024, 6, 6), person="member-2", declare=())
    desk.do("appoint-member-2", date(2024, 6, 6), person="member-2").do("hold-panel", date(2024, 7, 1))
    assert desk.case.state == "stage-3-panel-held"


def test_no_stage_2_without_both_reports_and_an_adjudicating_officer():
    desk = at_stage_2().do("agree-statement", date(2024, 4, 25))
    with refused("investigating-officer-not-assigned"):
        desk.do("receive-reports", date(2024, 5, 1))
    desk.do("appoint-investigating-officer", date(2024, 4, 25), person="io-1")
    with refused("independent-person-not-assigned"):
        desk.do("receive-reports", date(2024, 5, 1))
    desk.do("appoint-independent-person", date(2024, 4, 25), person="ip-1")
    desk.do("receive-reports", date(2024, 5, 1)).do("find", date(2024, 5, 1), element=1, finding="upheld")
    with refused("adjudicating-officer-not-assigned"):
        desk.do("respond-stage-2", date(2024, 5, 2))
    desk.do("appoint-adjudicating-officer", date(2024, 5, 1), person="head-1")
    with refused("was-investigating-officer"):
        desk.do("respond-stage-2", date(2024, 5, 2), person="io-1")
    assert desk.do("respond-stage-2", date(2024, 5, 2)).last.person == "head-1"


def test_a_response_answers_every_point_and_names_who_answers_for_it():
    desk = opened().do("add-element", MON)
    with refused("elements-not-found"):
        desk.do("respond-stage-1", MON)
    desk.do("find", MON, element=1, finding="upheld")
    with refused("person-missing"):
        desk.do("respond-stage-1", MON)
    with refused("stage-2-rights-told-not-declared"):
        desk.do("respond-stage-1", MON, person="manager-1", declare=())
    assert desk.do("respond-stage-1", MON, person="manager-1").last.person == "manager-1"


CHECKS = (
    "report-robust", "adjudication-complete", "significant-complaints-upheld", "desired-outcomes-met",
    "action-plan-clear", "early-referral-agreed",
)  # fmt: skip


@pytest.mark.parametrize("missing", CHECKS)
def test_early_referral_needs_each_of_its_checks_and_consent(missing):
    with refused(f"{missing}-not-declared"):
        answered().do("refer-early", date(2024, 6, 3), declare=tuple(d for d in CHECKS if d != missing))


def test_early_referral_skips_the_panel_and_may_come_back():
    desk = answered().do("refer-early", date(2024, 6, 3), declare=CHECKS)
    assert (desk.case.state, len(desk.facts.ombudsman)) == ("referred-early", 1)
    back = desk.do("ombudsman-close-early", date(2024, 6, 10), decision="referred-back")
    assert back.do("escalate-to-stage-3", date(2024, 6, 11)).facts.stage == "stage-3"
    other = answered().do("refer-early", date(2024, 6, 3), declare=CHECKS)
    other.do("ombudsman-uphold", date(2024, 9, 2)).do("close", date(2024, 9, 3))
    assert (other.facts.status, other.facts.outcome) == (Status.CLOSED, Outcome.PARTLY_UPHELD)
    with refused("step-not-open"):
        at_stage_1().do("refer-early", MON)


def test_after_a_year_acceptance_is_decided_with_its_reason():
    desk = opened().do("question-time-limit", MON)
    with refused("step-not-open"):
        desk.do("respond-stage-1", MON, person="manager-1")
    with refused("reason-missing"):
        desk.do("accept-late", MON, text=False)
    with refused("can-be-considered-fairly-not-declared"):
        desk.do("accept-late", MON, declare=("not-reasonable-earlier",))
    assert desk.do("accept-late", MON).case.state == "stage-1-open"
    out = opened().do("question-time-limit", MON).do("refuse", MON, refusal_reason="out-of-time")
    assert (out.facts.status, out.facts.outcome) == (Status.CLOSED, Outcome.REFUSED)


def test_sufficient_interest_is_decided_either_way():
    desk = opened().do("question-interest", MON)
    with refused("childs-view-considered-not-declared"):
        desk.do("accept-interest", MON, declare=())
    assert desk.do("accept-interest", MON).case.state == "stage-1-open"
    desk = opened().do("question-interest", MON)
    with refused("refusal-reason-missing"):
        desk.do("refuse-interest", MON)
    desk.do("refuse-interest", MON, refusal_reason="no-standing-or-consent")
    assert desk.facts.refusal_reason == "no-standing-or-consent"


def test_a_refusal_has_its_reason_and_rights():
    with refused("refusal-reason-unknown"):
        opened().do("refuse", MON, refusal_reason="too-busy")
    with refused("reason-missing"):
        opened().do("refuse", MON, refusal_reason="school", text=False)
    with refused("ombudsman-rights-told-not-declared"):
        opened().do("refuse", MON, refusal_reason="school", declare=())


def test_a_suspension_stops_the_clock_and_gives_back_the_days_that_were_left():
    desk = at_stage_1().do("suspend", date(2024, 4, 10))
    assert desk.reading("stage-1-response").status is ClockStatus.PAUSED
    with refused("suspended-missing"):
        at_stage_1().do("resume", MON)
    desk.do("resume", date(2024, 4, 17))
    # Two days had gone by; five working days stood still.
    assert desk.reading("stage-1-response").due == date(2024, 4, 29)


def test_an_advocate_is_offered_and_recorded():
    with refused("advocacy-considered-not-declared"):
        opened().do("acknowledge", MON, declare=())
    desk = opened().do("acknowledge", MON).do("appoint-advocate", MON, person="advocate-1")
    assert desk.case.visit.holder("advocate") == "advocate-1"


def test_live_cases_and_imported_history_keep_to_their_own_rulebook():
    assert shipped().choose(BOOK, Kind.COMPLAINT, date(2022, 6, 1)).id == BOOK
    assert shipped().choose(BOOK, Kind.COMPLAINT, date(2022, 6, 1), history=True).id == f"{BOOK}-history"
    live = opened().do("reclassify", MON, procedure="childrens")
    assert live.facts.rulebook == BOOK
