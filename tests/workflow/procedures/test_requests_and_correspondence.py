"""Information requests, data protection complaints and executive correspondence. Days were counted by hand."""

from datetime import date

import pytest

from services.workflow.case.clocks.reading import ClockStatus
from services.workflow.rulebook.load import shipped
from shared.events.codes import Kind, Outcome, Status, Timeliness
from tests.workflow.case_rig import Desk as PlainDesk
from tests.workflow.procedures.rig import declarations, due, refused

FOI, EIR, SAR = "freedom-of-information", "environmental-information", "subject-access"
MP, DP = "executive-correspondence", "data-protection-2026"
MON = date(2024, 6, 17)
OFFICER, REVIEWER = "officer-1", "reviewer-1"


class Desk(PlainDesk):
    """Staff who declare all that is asked, unless a test declares something else."""

    def do(self, step, day, *, declare=None, **more):
        declare = declarations(self.facts.rulebook) if declare is None else declare
        return super().do(step, day, declare=declare, **more)


def asked(procedure, day=MON, kind=Kind.ENQUIRY):
    return Desk().open(day, procedure=procedure, kind=kind)


@pytest.mark.parametrize(
    ("book", "clock", "start", "more", "expected"),
    [
        # 12 July is a holiday in Northern Ireland, 2 January in Scotland, 18 March 2024 St Patrick's.
        (FOI, "request-response", date(2024, 6, 17), 0, date(2024, 7, 16)),
        (FOI, "request-response", date(2024, 12, 16), 0, date(2025, 1, 17)),
        (FOI, "request-response", date(2024, 2, 27), 0, date(2024, 3, 27)),
        (FOI, "request-response", date(2024, 6, 17), 20, date(2024, 8, 14)),
        (FOI, "review-response", date(2024, 12, 2), 0, date(2025, 1, 3)),
        (FOI, "review-response", date(2024, 6, 17), 0, date(2024, 7, 16)),
        (FOI, "review-request", date(2024, 6, 17), 0, date(2024, 8, 14)),
        (FOI, "review-request", date(2024, 12, 16), 0, date(2025, 2, 14)),
        (EIR, "request-response", date(2024, 6, 17), 0, date(2024, 7, 16)),
        (EIR, "request-response", date(2024, 6, 17), 20, date(2024, 8, 14)),
        (EIR, "review-response", date(2024, 6, 17), 0, date(2024, 8, 14)),
        (EIR, "review-response", date(2024, 12, 16), 0, date(2025, 2, 14)),
        # The same date of the next month, or its last day; on a weekend or holiday the next working day.
        (SAR, "request-response", date(2024, 1, 31), 0, date(2024, 2, 29)),
        (SAR, "request-response", date(2025, 1, 31), 0, date(2025, 2, 28)),
        (SAR, "request-response", date(2024, 9, 3), 0, date(2024, 10, 3)),
        (SAR, "request-response", date(2024, 11, 25), 0, date(2024, 12, 27)),
        (SAR, "request-response", date(2024, 2, 29), 0, date(2024, 4, 2)),
        (MP, "correspondence-acknowledgement", date(2024, 3, 28), 0, date(2024, 4, 3)),
        (MP, "correspondence-acknowledgement", date(2024, 12, 24), 0, date(2024, 12, 30)),
        (MP, "correspondence-response", date(2024, 4, 8), 0, date(2024, 4, 22)),
        (MP, "correspondence-response", date(2024, 12, 20), 0, date(2025, 1, 8)),
        # The day of receipt is the first of the thirty.
        (DP, "complaint-acknowledgement", date(2026, 6, 19), 0, date(2026, 7, 18)),
        (DP, "complaint-acknowledgement", date(2027, 2, 1), 0, date(2027, 3, 2)),
        (DP, "complaint-response", date(2026, 6, 22), 0, date(2026, 7, 20)),
        (DP, "complaint-response", date(2026, 8, 3), 0, date(2026, 9, 1)),
    ],
)
def test_clocks(book, clock, start, more, expected):
    assert due(book, clock, start, more=more) == expected


@pytest.mark.parametrize("procedure", [FOI, EIR, SAR])
def test_a_request_is_answered_reviewed_and_closed(procedure):
    desk = asked(procedure).do("assign", MON, person=OFFICER).do("respond", date(2024, 7, 10))
    assert (desk.facts.rulebook, desk.facts.timeliness) == (procedure, Timeliness.WITHIN_STANDARD)
    desk.do("close", date(2024, 7, 11)).do("request-review", date(2024, 7, 15))
    assert desk.facts.status is Status.OPEN
    with refused("officer-of-request"):
        desk.do("assign-reviewer", date(2024, 7, 15), person=OFFICER)
    desk.do("assign-reviewer", date(2024, 7, 15), person=REVIEWER).do("add-element", date(2024, 7, 15))
    desk.do("find", date(2024, 7, 30), element=1, finding="upheld")
    with refused("officer-of-request"):
        desk.do("respond-review", date(2024, 8, 1), person=OFFICER)
    desk.do("respond-review", date(2024, 8, 1)).do("close", date(2024, 8, 2))
    assert [s.stage for s in desk.facts.stages] == ["request", "internal-review"]
    assert (desk.facts.status, desk.facts.outcome) == (Status.CLOSED, Outcome.UPHELD)


@pytest.mark.parametrize("procedure", [FOI, EIR])
def test_a_clarification_begins_the_twenty_days_again(procedure):
    desk = asked(procedure)
    with refused("clarification-sought-missing"):
        desk.do("receive-clarification", MON)
    desk.do("seek-clarification", date(2024, 6, 19))
    assert desk.reading("request-response").status is ClockStatus.PAUSED
    desk.do("receive-clarification", date(2024, 7, 1))
    assert desk.reading("request-response").due == date(2024, 7, 30)
    # A second one, and the days count from its answer.
    desk.do("seek-clarification", date(2024, 7, 2)).do("receive-clarification", date(2024, 7, 8))
    assert desk.reading("request-response").started_on == date(2024, 7, 8)


def test_a_fees_notice_stops_the_clock_until_it_is_paid():
    desk = asked(FOI).do("notify-fees", date(2024, 6, 24))
    assert desk.reading("request-response").due is None
    desk.do("receive-fees", date(2024, 7, 1))
    # Five working days stood still.
    assert desk.reading("request-response").due == date(2024, 7, 23)


def test_the_public_interest_may_take_twenty_days_more_when_notified_in_time():
    with refused("public-interest-being-weighed-not-declared"):
        asked(FOI).do("extend", MON, declare=("extension-told",))
    desk = asked(FOI).do("extend", date(2024, 7, 16)).do("respond", date(2024, 8, 14), person=OFFICER)
    assert desk.facts.timeliness is Timeliness.WITHIN_EXTENSION
    late = asked(FOI).do("extend", date(2024, 7, 17)).do("respond", date(2024, 7, 18), person=OFFICER)
    assert late.facts.timeliness is Timeliness.LATE


def test_environmental_information_takes_forty_days_at_most():
    with refused("complex-and-voluminous-not-declared"):
        asked(EIR).do("extend", MON, declare=("extension-told",))
    desk = asked(EIR).do("extend", date(2024, 7, 16))
    assert desk.facts.stages[0].extended_to == date(2024, 8, 14)
    with refused("beyond-cap"):
        desk.do("extend", date(2024, 7, 17), to=date(2024, 8, 15))


@pytest.mark.parametrize(
    ("received", "notified", "expected"),
    [
        (date(2025, 1, 31), date(2025, 2, 28), date(2025, 4, 30)),
        (date(2024, 12, 31), date(2025, 1, 31), date(2025, 3, 31)),
        (date(2024, 9, 3), date(2024, 10, 1), date(2024, 12, 3)),
    ],
)
def test_two_further_months_are_counted_from_the_day_of_receipt(received, notified, expected):
    desk = asked(SAR, received).do("extend", notified)
    assert (desk.last.to, desk.last.units, desk.last.counts) == (expected, 2, True)
    assert desk.facts.stages[0].extended_to == expected
    with refused("beyond-cap"):
        desk.do("extend", notified, to=expected.replace(month=expected.month % 12 + 1, day=28, year=2025))


def test_the_answer_to_a_question_gives_a_subject_access_request_its_days_back():
    desk = asked(SAR, date(2024, 9, 3)).do("seek-clarification", date(2024, 9, 9))
    desk.do("receive-clarification", date(2024, 9, 16))
    assert desk.reading("request-response").due == date(2024, 10, 10)
    desk.do("extend", date(2024, 10, 10))
    assert desk.last.to == date(2024, 12, 10)


def test_the_month_begins_with_the_proof_of_identity():
    desk = asked(SAR, date(2024, 9, 3)).do("seek-identity", date(2024, 9, 4))
    desk.do("receive-identity", date(2024, 9, 13))
    # 13 October 2024 is a Sunday.
    assert desk.reading("request-response").due == date(2024, 10, 14)


@pytest.mark.parametrize("procedure", [FOI, EIR])
def test_a_question_after_the_deadline_starts_no_clock_that_has_run_out(procedure):
    # Twenty working days after 1 October 2026 are over on the 29th.
    desk = asked(procedure, date(2026, 10, 1)).do("seek-clarification", date(2026, 11, 10))
    assert desk.reading("request-response").due == date(2026, 10, 29)
    desk.do("receive-clarification", date(2026, 11, 12)).do("respond", date(2026, 11, 25), person=OFFICER)
    assert desk.facts.stages[0].timeliness is Timeliness.LATE


def test_identity_that_is_asked_for_after_the_month_starts_no_month():
    desk = asked(SAR, date(2026, 9, 10)).do("seek-identity", date(2026, 10, 20)).do("receive-identity", date(2026, 10, 22))
    # 10 October 2026 is a Saturday.
    assert desk.reading("request-response").due == date(2026, 10, 12)
    assert desk.do("respond", date(2026, 11, 20), person=OFFICER).facts.stages[0].timeliness is Timeliness.LATE


def test_a_second_answer_after_the_deadline_starts_no_clock_again():
    desk = asked(FOI, MON).do("seek-clarification", date(2024, 6, 18)).do("receive-clarification", date(2024, 6, 20))
    due = desk.reading("request-response").due
    assert due == date(2024, 7, 19)
    desk.do("receive-clarification", date(2024, 8, 1))
    assert desk.reading("request-response").due == due
    # Asked in time and answered after what was the deadline, it begins anew.
    desk = asked(FOI, MON).do("seek-clarification", date(2024, 7, 15)).do("receive-clarification", date(2024, 8, 1))
    # 5 August is a holiday in Scotland, the 26th elsewhere.
    assert desk.reading("request-response").due == date(2024, 9, 2)


def test_each_cause_of_waiting_is_a_pause_of_its_own():
    desk = asked(SAR, date(2024, 9, 3)).do("seek-identity", date(2024, 9, 4)).do("seek-clarification", date(2024, 9, 5))
    desk.do("receive-clarification", date(2024, 9, 9))
    waiting = desk.reading("request-response")
    assert (waiting.status, waiting.due) == (ClockStatus.PAUSED, None)
    desk.do("receive-identity", date(2024, 9, 13))
    assert desk.reading("request-response").due == date(2024, 10, 14)
    # The month begins with the proof, and the other question is still open then.
    desk = asked(SAR, date(2024, 9, 3)).do("seek-clarification", date(2024, 9, 4)).do("seek-identity", date(2024, 9, 5))
    desk.do("receive-identity", date(2024, 9, 9))
    assert desk.reading("request-response").status is ClockStatus.PAUSED
    desk.do("receive-clarification", date(2024, 9, 12))
    assert desk.reading("request-response").due == date(2024, 10, 14)


def test_a_fee_that_is_not_paid_is_waited_for_when_the_question_is_answered():
    desk = asked(FOI, MON).do("notify-fees", date(2024, 6, 18)).do("seek-clarification", date(2024, 6, 18))
    desk.do("receive-clarification", date(2024, 6, 20))
    assert desk.reading("request-response").status is ClockStatus.PAUSED


@pytest.mark.parametrize("procedure", [FOI, EIR])
def test_a_review_is_asked_for_within_forty_working_days(procedure):
    desk = asked(procedure, date(2024, 6, 10)).do("respond", MON, person=OFFICER)
    with refused("review-request-over"):
        desk.do("request-review", date(2024, 8, 15))
    assert desk.do("request-review-late", date(2024, 8, 15)).facts.stage == "internal-review"


@pytest.mark.parametrize("procedure", [FOI, EIR, SAR])
def test_a_refused_request_has_its_reason_and_rights_and_may_be_reviewed(procedure):
    with refused("refusal-reason-missing"):
        asked(procedure).do("refuse", MON)
    with refused("review-rights-told-not-declared"):
        asked(procedure).do("refuse", MON, refusal_reason="exemption", declare=())
    desk = asked(procedure).do("refuse", date(2024, 7, 1), refusal_reason="exemption")
    assert desk.facts.outcome is Outcome.REFUSED
    # The refusal is the answer that the time is for.
    stage = desk.facts.stages[0]
    assert (stage.responded_on, stage.timeliness) == (date(2024, 7, 1), Timeliness.WITHIN_STANDARD)
    late = asked(procedure).do("refuse", date(2024, 9, 2), refusal_reason="exemption")
    assert late.facts.timeliness is Timeliness.LATE
    assert desk.do("request-review", date(2024, 7, 8)).facts.stage == "internal-review"


def test_correspondence_is_acknowledged_held_and_answered():
    desk = asked("mp-correspondence").do("acknowledge", date(2024, 6, 18))
    with refused("holding-reply-sent-not-declared"):
        desk.do("extend", date(2024, 6, 20), declare=())
    desk.do("extend", date(2024, 7, 1))
    assert desk.facts.stages[0].extended_to == date(2024, 7, 15)
    with refused("complaint-considered-not-declared"):
        desk.do("respond", date(2024, 7, 1), declare=(), person=OFFICER)
    desk.do("respond", date(2024, 7, 15), person=OFFICER).do("close", date(2024, 7, 16))
    assert (desk.facts.rulebook, desk.facts.timeliness) == (MP, Timeliness.WITHIN_EXTENSION)


@pytest.mark.parametrize(
    ("day", "book"),
    [(date(2026, 6, 18), "corporate-code-2024"), (date(2026, 6, 19), DP), (date(2026, 9, 1), DP)],
)
def test_a_data_protection_complaint_has_its_own_procedure_from_19_june_2026(day, book):
    assert shipped().choose("data-protection", Kind.COMPLAINT, day).id == book
    desk = asked("corporate", day, Kind.COMPLAINT).do("reclassify", day, procedure="data-protection")
    assert (desk.facts.rulebook, desk.facts.received_on) == (book, day)


def test_a_data_protection_complaint_from_receipt_to_closure():
    day = date(2026, 6, 22)
    desk = asked("data-protection", day, Kind.COMPLAINT).do("acknowledge", date(2026, 7, 1))
    desk.do("tell-progress", date(2026, 7, 6)).do("add-element", day)
    with refused("elements-not-found"):
        desk.do("respond", date(2026, 7, 20), person=OFFICER)
    desk.do("find", date(2026, 7, 20), element=1, finding="upheld")
    with refused("person-missing"):
        desk.do("respond", date(2026, 7, 20))
    with refused("commissioner-told-not-declared"):
        desk.do("respond", date(2026, 7, 20), declare=(), person=OFFICER)
    desk.do("respond", date(2026, 7, 20), person=OFFICER).do("close", date(2026, 7, 21))
    assert (desk.facts.status, desk.facts.outcome, desk.facts.timeliness) == (
        Status.CLOSED,
        Outcome.UPHELD,
        Timeliness.WITHIN_STANDARD,
    )
    with refused("commissioner-told-not-declared"):
        asked("data-protection", day, Kind.COMPLAINT).do("refuse", day, refusal_reason="already-considered", declare=())
