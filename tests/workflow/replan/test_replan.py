"""A holiday that is announced late: open clocks only, published once, with the deadline before and the one that holds now."""

from datetime import date
from typing import Any

import pytest

from services.workflow.case.clocks.running import running
from services.workflow.case.commands import FireTimers, Replan
from services.workflow.case.decide import decide
from services.workflow.case.evolve import evolve, fold
from services.workflow.case.model import Published
from services.workflow.change import Stored, fields, published_deadlines
from services.workflow.explaining.clocks import explain
from shared.calendar.holidays import HolidayRegister
from shared.events.cases import ClockDueSoon
from tests.workflow.case_rig import BOOKS, PUBLISHED, Desk, investigated, noon
from tests.workflow.replan.late_holiday import ANNOUNCED, LATER, MON


def explained_deadlines(case, register=PUBLISHED):
    return {c.clock: c.due_on for c in explain(case, BOOKS.get("corporate-code-2024", 1), MON, register).clocks}


def replan(case, deadlines, books, at, register):
    return decide(case, Replan(deadlines), books, at, register)


def stored_deadlines(document, case):
    book = BOOKS.get(case.facts.rulebook, case.rulebook_version)
    return published_deadlines(document, case, book, PUBLISHED)


def after(desk, register=LATER, at=ANNOUNCED):
    events = replan(desk.case, explained_deadlines(desk.case), BOOKS, at, register)
    case = desk.case
    for event in events:
        case = evolve(case, event)
    return case, events


def test_an_open_clock_publishes_the_deadline_before_and_the_one_that_holds_now():
    desk = investigated()
    case, (event,) = after(desk)
    assert (event.clock, event.said, event.holds) == (
        "stage-1-response",
        date(2024, 4, 22),
        date(2024, 4, 23),
    )
    assert event.before.stages[0].due_on == date(2024, 4, 22)
    assert event.after.stages[0].due_on == date(2024, 4, 23)
    assert event.calendar == LATER.version
    # The acknowledgement was sent before: its deadline stays.
    assert event.after.stages[0].acknowledgement_due_on == date(2024, 4, 15)
    assert fold([*desk.events, event]) == case
    assert replan(case, explained_deadlines(case, LATER), BOOKS, ANNOUNCED, LATER) == ()


def test_a_holiday_that_is_withdrawn_moves_it_back():
    desk = Desk(register=LATER).open(MON).do("acknowledge", MON)
    was = explained_deadlines(desk.case, LATER)
    (event,) = replan(desk.case, was, BOOKS, noon(date(2024, 4, 11)), PUBLISHED)
    assert (event.said, event.holds) == (date(2024, 4, 23), date(2024, 4, 22))


@pytest.mark.parametrize("step", ["respond", "close"])
def test_a_clock_that_stopped_is_left_alone(step):
    desk = investigated().do("respond", date(2024, 4, 9))
    if step == "close":
        desk.do("close", date(2024, 4, 9))
    before = desk.facts.stages
    assert after(desk)[1] == ()
    # And what comes later on the case does not move it either.
    desk.register = LATER
    desk.do("note", date(2024, 4, 12))
    assert desk.facts.stages == before


def test_an_earlier_stage_keeps_its_deadline_when_the_later_one_moves():
    desk = investigated().do("respond", date(2024, 4, 9)).do("escalate", date(2024, 4, 9))
    case, events = after(desk)
    assert {e.stage for e in events} == {"stage-2"}
    assert case.facts.stages[0] == desk.facts.stages[0]
    assert case.facts.stages[1].acknowledgement_due_on == date(2024, 4, 17)


def test_a_new_deadline_is_warned_of_anew():
    desk = investigated()
    desk.tick(noon(date(2024, 4, 18)))
    case, _ = after(desk, at=noon(date(2024, 4, 18)))
    (spoken,) = decide(case, FireTimers(), BOOKS, noon(date(2024, 4, 19)), LATER)
    assert isinstance(spoken, ClockDueSoon)
    assert spoken.deadline == date(2024, 4, 23)


def test_past_the_last_year_there_is_no_deadline_until_the_year_is_published():
    year = PUBLISHED.calendar("england-and-wales").last_year
    short = HolidayRegister(h for h in PUBLISHED.holidays if h.date.year < year)
    start = date(year - 1, 12, 29)
    desk = Desk(register=short).open(start)
    assert explained_deadlines(desk.case, short)["stage-1-acknowledgement"] is None
    (event,) = replan(desk.case, {"stage-1-acknowledgement": None}, BOOKS, noon(start), PUBLISHED)
    assert event.said is None
    assert event.holds.year == year
    (back,) = replan(desk.case, {"stage-1-acknowledgement": event.holds}, BOOKS, noon(start), short)
    assert (back.said, back.holds) == (event.holds, None)


def document(desk):
    """The case as it is stored, by the holidays of before."""
    book = BOOKS.get(desk.facts.rulebook, desk.case.rulebook_version)
    return fields(Stored(desk.case, Published()), book, PUBLISHED)


def test_what_was_published_is_what_is_stored():
    desk = investigated()
    written = document(desk)
    assert stored_deadlines(written, desk.case) == {
        "stage-1-acknowledgement": None,
        "stage-1-response": date(2024, 4, 22),
    }
    (event,) = replan(desk.case, stored_deadlines(written, desk.case), BOOKS, ANNOUNCED, LATER)
    assert (event.said, event.holds) == (date(2024, 4, 22), date(2024, 4, 23))


def test_a_clock_of_which_nothing_was_published_publishes_nothing():
    desk = investigated()
    assert replan(desk.case, {}, BOOKS, ANNOUNCED, LATER) == ()


def test_a_document_from_before_deadlines_were_stored_has_them_in_its_facts():
    written: dict[str, Any] = {}
    desk = investigated()
    assert stored_deadlines(written, desk.case) == {
        "stage-1-acknowledgement": date(2024, 4, 15),
        "stage-1-response": date(2024, 4, 22),
    }
    later = date(2024, 5, 1)
    desk.do("extend", date(2024, 4, 12), to=later)
    assert stored_deadlines(written, desk.case)["stage-1-response"] == later
    nowhere = desk.case.model_copy(update={"visits": ()})
    assert stored_deadlines(written, nowhere) == {}


def test_a_clock_in_parallel_with_the_procedure_moves_too_and_names_its_run():
    desk = Desk().open(MON, procedure="adults-statutory").do("join-nhs-body", MON, kind="acute-trust")
    agreed = ("consent-to-share", "lead-agreed")
    desk.do("council-leads", date(2024, 4, 10), declare=agreed)
    was = stored_deadlines(document(desk), desk.case)
    assert was["nhs-body-acknowledgement@1"] == date(2024, 4, 15)
    events = replan(desk.case, was, BOOKS, ANNOUNCED, LATER)
    moved = [(e.clock, e.stage, e.run, e.holds) for e in events if e.run]
    assert moved == [("nhs-body-acknowledgement", "nhs-body", 1, date(2024, 4, 16))]
    by_later = [c for c in running(desk.case, BOOKS.get("adults-statutory", 1), LATER) if c.run]
    assert {c.name: c.reading.due for c in by_later}["nhs-body-acknowledgement@1"] == date(2024, 4, 16)
