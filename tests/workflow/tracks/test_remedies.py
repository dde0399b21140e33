"""What the council puts right by its own decision, followed through after the response and after the case is closed."""

from datetime import date

import pytest

from shared.events.codes import Timeliness
from shared.events.outcomes import OutcomeRecorded
from tests.workflow.case_rig import Desk, investigated
from tests.workflow.procedures.rig import refused

MON = date(2024, 4, 8)
FRI = date(2024, 4, 12)


def agreed(**more):
    desk = investigated().do("respond", MON).do("close", MON)
    return desk.do("agree-remedy", MON, **{"kind": "apology", "due_on": FRI, **more})


@pytest.mark.parametrize(("done", "expected"), [(FRI, Timeliness.WITHIN_STANDARD), (date(2024, 4, 13), Timeliness.LATE)])
def test_a_remedy_outlives_the_response_and_is_on_time_or_late(done, expected):
    desk = agreed().do("assign-remedy", MON, person="service-1").do("carry-out-remedy", done)
    fact = desk.fact("remedy")
    assert (fact.timeliness, fact.done_on, fact.state) == (expected, done, "remedy-completed")
    assert desk.facts.outcome == "upheld"
    assert len(desk.facts.stages) == 1


def test_its_evidence_is_asked_for():
    with refused("reason-missing"):
        agreed().do("carry-out-remedy", FRI, text=False)


def test_a_later_day_is_notified_before_the_day_that_was_promised():
    desk = agreed().do("postpone-remedy", FRI, to=date(2024, 4, 30), declare=("later-day-told",))
    assert desk.fact("remedy").extended_to == date(2024, 4, 30)
    with refused("later-day-told-not-declared"):
        agreed().do("postpone-remedy", FRI, to=date(2024, 4, 30), declare=())


def test_what_cannot_be_delivered_needs_a_reason_an_alternative_and_the_ombudsman():
    for missing in ("alternative-offered", "ombudsman-reminded"):
        declared = tuple({"alternative-offered", "ombudsman-reminded"} - {missing})
        with refused(f"{missing}-not-declared"):
            agreed().do("give-up-remedy", FRI, declare=declared)
    declared = ("alternative-offered", "ombudsman-reminded")
    assert agreed().do("give-up-remedy", FRI, declare=declared).fact("remedy").done_on is None


def test_subscribers_are_notified_of_the_end_of_a_remedy_and_the_outcome_is_not_touched():
    desk = agreed().do("agree-remedy", MON, kind="training-or-guidance", due_on=FRI)
    before = desk.outcomes[-1]
    assert before.statement.tracks == ()
    # The second one ends first: that adds to what was stated, as the first one does later.
    declared = ("alternative-offered", "ombudsman-reminded")
    desk.do("give-up-remedy", FRI, number=2, declare=declared).do("carry-out-remedy", date(2024, 4, 13))
    assert [type(o) for o in desk.outcomes[before.sequence :]] == [OutcomeRecorded] * 2
    statement = desk.outcomes[-1].statement
    assert [(t.number, t.kind, t.due_on, t.done_on, t.timeliness) for t in statement.tracks] == [
        (1, "apology", FRI, date(2024, 4, 13), Timeliness.LATE),
        (2, "training-or-guidance", FRI, None, None),
    ]
    assert statement.model_copy(update={"tracks": ()}) == before.statement


def test_while_nothing_came_out_of_the_case_itself_nothing_is_stated():
    desk = Desk().open(MON).do("agree-remedy", MON, kind="apology", due_on=FRI).do("carry-out-remedy", FRI)
    assert desk.outcomes == []
