"""What the council puts right by its own decision, followed through after the response and after the case is closed."""

from datetime import date

import pytest

from shared.events.codes import Timeliness
from tests.workflow.desk import investigated
from tests.workflow.procedures.rig import refused

MON = date(2024, 4, 8)
FRI = date(2024, 4, 12)


def agreed(**more):
    desk = investigated().do("respond", MON).do("close", MON)
    return desk.do("agree-remedy", MON, **{"kind": "apology", "due_on": FRI, **more})


@pytest.mark.parametrize(
    ("done", "expected"), [(FRI, Timeliness.WITHIN_STANDARD), (date(2024, 4, 13), Timeliness.LATE)]
)
def test_a_remedy_outlives_the_response_and_is_on_time_or_late(done, expected):
    desk = agreed().do("assign-remedy", MON, person="service-1").do("carry-out-remedy", done)
    fact = desk.fact("remedy")
    assert (fact.timeliness, fact.done_on, fact.state) == (expected, done, "remedy-completed")
    assert desk.facts.outcome == "upheld"
    assert len(desk.facts.stages) == 1


def test_its_evidence_is_asked_for():
    with refused("reason-missing"):
        agreed().do("carry-out-remedy", FRI, text=False)


def test_a_later_day_is_told_before_the_day_that_was_promised():
    desk = agreed().do("postpone-remedy", FRI, to=date(2024, 4, 30), declare=("later-day-told",))
    assert desk.fact("remedy").extended_to == date(2024, 4, 30)
    with refused("later-day-told-not-declared"):
        agreed().do("postpone-remedy", FRI, to=date(2024, 4, 30), declare=())


def test_what_cannot_be_delivered_says_why_offers_something_else_and_names_the_ombudsman():
    for missing in ("alternative-offered", "ombudsman-reminded"):
        told = tuple({"alternative-offered", "ombudsman-reminded"} - {missing})
        with refused(f"{missing}-not-declared"):
            agreed().do("give-up-remedy", FRI, declare=told)
    told = ("alternative-offered", "ombudsman-reminded")
    assert agreed().do("give-up-remedy", FRI, declare=told).fact("remedy").done_on is None


def test_an_outcome_is_not_touched_by_what_runs_beside_it():
    desk = agreed()
    outcomes = len(desk.outcomes)
    desk.do("carry-out-remedy", FRI)
    assert len(desk.outcomes) == outcomes
