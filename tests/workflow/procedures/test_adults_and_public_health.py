"""Adult social care (SI 2009/309) and public health (SI 2012/3094 Part 5) complaints: the same rules. Days were counted by hand."""

from datetime import date

import pytest

from services.workflow.case.clocks.reading import ClockStatus
from services.workflow.rulebook.load import shipped
from shared.events.codes import Outcome, Status, Timeliness
from tests.workflow.case_rig import Desk as PlainDesk
from tests.workflow.case_rig import noon
from tests.workflow.procedures.rig import declarations, due, refused

ALL = declarations("adults-statutory")
MON = date(2024, 4, 8)


class Desk(PlainDesk):
    """Staff who declare all that is asked, unless a test declares something else."""

    def do(self, step, day, *, declare=ALL, **more):
        return super().do(step, day, declare=declare, **more)


@pytest.fixture(params=["adults-statutory", "public-health"])
def procedure(request):
    return request.param


@pytest.fixture
def opened(procedure):
    return lambda day=MON: Desk().open(day, procedure=procedure)


@pytest.fixture
def agreed(opened):
    """Acknowledged, discussed, the response agreed for Friday 10 May, one point found."""
    desk = opened().do("acknowledge", date(2024, 4, 10)).do("add-element", MON)
    desk.do("agree-period", date(2024, 4, 11), to=date(2024, 5, 10))
    return desk.do("find", date(2024, 4, 30), element=1, finding="upheld")


def test_one_stage_from_receipt_to_closure(agreed, procedure):
    agreed.do("name-responsible-person", date(2024, 5, 1), person="chief-1")
    agreed.do("respond", date(2024, 5, 10)).do("close", date(2024, 5, 13))
    facts = agreed.facts
    assert (facts.rulebook, facts.statutory, facts.formal) == (procedure, True, True)
    assert (facts.status, facts.outcome, facts.timeliness) == (
        Status.CLOSED,
        Outcome.UPHELD,
        Timeliness.WITHIN_STANDARD,
    )
    assert (facts.stages[0].acknowledgement_due_on, facts.stages[0].due_on) == (
        date(2024, 4, 11),
        date(2024, 5, 10),
    )
    assert next(e.person for e in agreed.events if e.step == "respond") == "chief-1"


@pytest.mark.parametrize(
    ("clock", "start", "expected"),
    [
        # Good Friday and Easter Monday; Christmas Day and Boxing Day; the state funeral of 2022.
        ("local-resolution-acknowledgement", date(2024, 3, 27), date(2024, 4, 3)),
        ("local-resolution-acknowledgement", date(2024, 12, 24), date(2024, 12, 31)),
        ("local-resolution-acknowledgement", date(2022, 9, 16), date(2022, 9, 22)),
        ("local-resolution-oral", date(2024, 3, 28), date(2024, 4, 2)),
        ("local-resolution-oral", date(2024, 12, 24), date(2024, 12, 27)),
        # The day of receipt is the first day of the six months.
        ("local-resolution-six-months", date(2024, 1, 15), date(2024, 7, 14)),
        ("local-resolution-six-months", date(2024, 9, 1), date(2025, 2, 28)),
        ("local-resolution-six-months", date(2023, 8, 31), date(2024, 2, 29)),
    ],
)
def test_clocks(procedure, clock, start, expected):
    assert due(procedure, clock, start) == expected


def test_the_acknowledgement_offers_to_discuss(opened):
    with refused("discussion-offered-not-declared"):
        opened().do("acknowledge", MON, declare=())


def test_a_period_is_agreed_and_then_only_amended(agreed):
    with refused("period-set-already"):
        agreed.do("agree-period", date(2024, 5, 1), to=date(2024, 5, 20))
    with refused("reason-missing"):
        agreed.do("amend-period", date(2024, 5, 1), to=date(2024, 5, 24), text=False)
    agreed.do("amend-period", date(2024, 5, 10), to=date(2024, 5, 24))
    assert agreed.facts.stages[0].extended_to == date(2024, 5, 24)
    agreed.do("respond", date(2024, 5, 24), person="chief-1")
    assert agreed.facts.timeliness is Timeliness.WITHIN_EXTENSION


def test_a_period_amended_after_it_was_over_leaves_the_response_late(agreed):
    agreed.do("amend-period", date(2024, 5, 13), to=date(2024, 5, 24))
    assert not agreed.last.counts
    agreed.do("respond", date(2024, 5, 14), person="chief-1")
    assert agreed.facts.timeliness is Timeliness.LATE


def test_nothing_is_amended_that_was_not_set(opened):
    with refused("period-set-missing"):
        opened().do("amend-period", MON, to=date(2024, 5, 1))


def test_a_period_is_determined_when_the_person_declines_to_discuss(opened):
    desk = opened()
    with refused("acknowledged-missing"):
        desk.do("decline-discussion", MON)
    desk.do("acknowledge", MON)
    with refused("discussion-declined-missing"):
        desk.do("determine-period", MON, to=date(2024, 5, 3))
    desk.do("decline-discussion", date(2024, 4, 9))
    with refused("period-told-not-declared"):
        desk.do("determine-period", date(2024, 4, 9), to=date(2024, 5, 3), declare=())
    desk.do("determine-period", date(2024, 4, 9), to=date(2024, 5, 3))
    assert desk.reading("local-resolution-response").due == date(2024, 5, 3)
    assert {"period-set", "period-determined"} <= {m.name for m in desk.case.visit.marks}


def test_the_duty_to_write_comes_when_six_months_are_over(opened):
    desk = opened(date(2024, 1, 15))
    with refused("local-resolution-six-months-not-over"):
        desk.do("write-after-six-months", date(2024, 7, 14))
    events = desk.tick(noon(date(2024, 7, 15)))
    assert ("local-resolution-six-months", date(2024, 7, 14)) in [(e.clock, e.deadline) for e in events]
    with refused("delay-explained-not-declared"):
        desk.do("write-after-six-months", date(2024, 7, 15), declare=())
    desk.do("write-after-six-months", date(2024, 7, 15))
    assert desk.reading("local-resolution-six-months").status is ClockStatus.STOPPED
    assert desk.facts.status is Status.OPEN


def test_longer_than_six_months_is_agreed_before_they_are_over(opened):
    desk = opened(date(2024, 1, 15))
    desk.do("agree-longer-than-six-months", date(2024, 7, 12), to=date(2024, 8, 30))
    assert desk.reading("local-resolution-six-months").due == date(2024, 8, 30)
    with refused("local-resolution-six-months-not-over"):
        desk.do("write-after-six-months", date(2024, 8, 30))
    with refused("local-resolution-six-months-over"):
        opened(date(2024, 1, 15)).do("agree-longer-than-six-months", date(2024, 7, 15), to=date(2024, 8, 30))


def test_a_spoken_complaint_resolved_by_the_next_working_day_is_outside_the_procedure(opened):
    # Received on the Thursday before Easter: until the Tuesday after it.
    desk = opened(date(2024, 3, 28)).do("resolve-spoken", date(2024, 4, 2))
    assert (desk.facts.status, desk.facts.formal, desk.facts.outcome) == (
        Status.CLOSED,
        False,
        Outcome.RESOLVED,
    )
    with refused("local-resolution-oral-over"):
        opened(date(2024, 3, 28)).do("resolve-spoken", date(2024, 4, 3))
    for missing in ("made-by-word-of-mouth", "resolved-to-satisfaction"):
        with refused(f"{missing}-not-declared"):
            opened().do("resolve-spoken", MON, declare=tuple(d for d in ALL if d != missing))
    again = desk.do("reopen", date(2024, 4, 5))
    assert (again.facts.status, again.facts.formal) == (Status.OPEN, True)


def test_a_spoken_complaint_is_written_down_with_a_copy(opened):
    with refused("copy-given-not-declared"):
        opened().do("record-spoken", MON, declare=())
    assert opened().do("record-spoken", MON).last.marks == ("spoken-recorded",)


def test_after_twelve_months_the_limit_is_waived_by_both_parts_of_the_test(opened):
    desk = opened().do("question-time-limit", MON)
    for missing in ("good-reasons-for-lateness", "can-be-investigated-fairly"):
        with refused(f"{missing}-not-declared"):
            desk.do("accept-late", MON, declare=tuple(d for d in ALL if d != missing))
    with refused("reason-missing"):
        desk.do("accept-late", MON, text=False)
    with refused("step-not-open"):
        desk.do("respond", MON, person="chief-1")
    assert desk.do("accept-late", MON).case.state == "local-resolution-open"
    out = opened().do("question-time-limit", MON).do("refuse", MON, refusal_reason="out-of-time")
    assert out.facts.outcome is Outcome.REFUSED


def test_the_response_is_signed_by_the_responsible_person_and_answers_every_point(agreed, opened):
    with refused("person-missing"):
        agreed.do("respond", date(2024, 5, 10))
    for missing in ("signed-by-responsible-person", "ombudsman-rights-told"):
        with refused(f"{missing}-not-declared"):
            agreed.do(
                "respond",
                date(2024, 5, 10),
                person="chief-1",
                declare=tuple(d for d in ALL if d != missing),
            )
    with refused("no-elements"):
        opened().do("respond", MON, person="chief-1")


def test_a_refusal_has_its_reason_and_rights(opened):
    with refused("refusal-reason-missing"):
        opened().do("refuse", MON)
    with refused("ombudsman-rights-told-not-declared"):
        opened().do("refuse", MON, refusal_reason="already-considered", declare=())


def test_both_rulebooks_are_the_same_but_for_their_law():
    def rules(id):
        book = shipped().get(id, 1)
        steps = [s.model_copy(update={"source": ""}) for s in book.steps]
        clocks = [c.model_copy(update={"source": "", "extension": None}) for c in book.clocks]
        return book.stages, book.states, clocks, steps, book.declarations, book.refusal_reasons

    assert rules("adults-statutory") == rules("public-health")
