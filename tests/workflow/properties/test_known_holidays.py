"""Laws of what is known of bank holidays: late ones, those of years that are not published, and what was known then."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.clocks.reading import ClockStatus, read
from services.workflow.case.clocks.timers import next_timer_at
from services.workflow.case.commands import Replan
from services.workflow.case.decide import decide
from services.workflow.case.errors import StepRefused
from services.workflow.explaining.clocks import explain
from services.workflow.rulebook.choose import Rulebooks, request
from shared.calendar.deadlines import deadline
from shared.calendar.holidays import DIVISIONS, CalendarError, Holiday, HolidayRegister, published
from tests.workflow.case_rig import Desk, noon
from tests.workflow.properties.generating import SHELF, book, clock_fields, clocks, days
from tests.workflow.properties.histories import given_extensions, marks, visit
from tests.workflow.properties.simulating import SimulatedCase

LAST = published().calendar("united-kingdom").last_year
LISTED = {(h.division, h.date) for h in published().holidays}


@st.composite
def late_holidays(draw, near, known_from):
    """Days off near a day, listed for the first time at or after a moment."""
    found = {}
    for _ in range(draw(st.integers(1, 4))):
        day = near + timedelta(days=draw(st.integers(0, 60)))
        division = draw(st.sampled_from(DIVISIONS))
        if (division, day) not in LISTED:
            at = known_from + timedelta(minutes=draw(st.integers(0, 100_000)))
            found[division, day] = Holiday(division=division, date=day, title="A day of rest", known_from=at)
    return tuple(found.values())


@given(clocks(), days(), st.data())
def test_as_known_on_a_day_the_old_deadline_is_answered_for_ever(clock, start, data):
    """By one question to the calendar as by a clock's whole history, however many holidays are listed afterwards."""
    then = noon(start)
    now = published()
    later = now
    for _ in range(data.draw(st.integers(1, 2))):
        found = data.draw(late_holidays(start, then + timedelta(minutes=1)))
        listed = {(h.division, h.date) for h in later.holidays}
        later = later.adding(*(h for h in found if (h.division, h.date) not in listed))
    old, new = now.known_by(then), later.known_by(then)
    assert old.version == new.version
    history = visit(start, *data.draw(marks(start)), given=data.draw(given_extensions(clock, start)))
    assert _shown(read(clock, history, SHELF, new)) == _shown(read(clock, history, SHELF, old))
    if clock.fixed:
        asked = request(clock, start, clock.fixed).model_copy(update={"as_known": then})
        before, after = (_answer(asked, register) for register in (now, later))
        assert before == after


def _shown(r):
    return r.status, r.standard_due, r.due, r.extended_to, r.pauses, r.paused_units, r.problem


def _answer(asked, register):
    try:
        return deadline(asked, register).deadline
    except CalendarError as error:
        return str(error)


@given(clocks(), days(), st.data())
def test_a_late_holiday_is_never_an_earlier_deadline(clock, start, data):
    later = published().adding(*data.draw(late_holidays(start, datetime(2026, 1, 1, tzinfo=UTC))))
    history = visit(start, given=data.draw(given_extensions(clock, start)))
    assert read(clock, history, SHELF, later).due >= read(clock, history, SHELF, published()).due


def replan(case, deadlines, books, at, register):
    return decide(case, Replan(deadlines), books, at, register)


@settings(max_examples=40)
@given(st.data())
def test_replanning_by_what_was_known_already_publishes_nothing(data):
    """And by what is new it publishes just what moved, once."""
    simulated = SimulatedCase(data.draw)
    for _ in simulated.steps():
        simulated.tick()
    desk, now = simulated.desk, noon(simulated.day)
    deadlines = _deadlines(desk, simulated.book, published())
    same = HolidayRegister(reversed(published().holidays))
    assert replan(desk.case, deadlines, desk.books, now, same) == ()
    later = published().adding(*data.draw(late_holidays(simulated.day, now)))
    events = replan(desk.case, deadlines, desk.books, now, later)
    after = _deadlines(desk, simulated.book, later)
    moved = {c: after[c] for c in after if after[c] != deadlines[c]} if desk.case.is_open else {}
    assert {e.clock: e.holds for e in events} == moved
    assert all(e.said == deadlines[e.clock] and e.holds != e.said for e in events)
    assert replan(desk.case, after, desk.books, now, later) == ()


def _deadlines(desk, rules, register):
    """The deadlines of the clocks that run, as the explanation of the case gives them."""
    last = len(desk.case.visits) - 1
    return {
        c.clock: c.due_on
        for c in explain(desk.case, rules, desk.facts.received_on, register).clocks
        if c.visit == last and c.status in {ClockStatus.RUNNING, ClockStatus.PROVISIONAL}
    }


@given(clock_fields(limit=5, unit="working_days"), st.integers(0, 40), st.integers(1, 400))
def test_past_the_last_year_a_clock_has_no_deadline_and_reports_why(fields, before, limit):
    rules = book(["s1"], [{**fields, "limit": limit}])
    clock = rules.clock("c")
    calendar = published().calendar(clock.calendar)
    end = date(LAST, 12, 31)
    start = end - timedelta(days=before)
    reading = read(clock, visit(start), rules, published())
    left = calendar.working_days_through(end.toordinal()) - calendar.working_days_through(start.toordinal())
    assert (reading.due is None) == (reading.problem is not None)
    if reading.due is None:
        assert f"ends with {LAST}" in reading.problem
    assert reading.due is not None or limit >= left - 1
    assert reading.due is None or limit <= left + 1
    desk = Desk(Rulebooks([rules])).open(start, procedure="corporate")
    assert (next_timer_at(desk.case, rules, published()) is None) == (reading.due is None)
    if reading.due is None and clock.extension:
        with pytest.raises(StepRefused, match=f"ends with {LAST}") as refused:
            desk.do("extend", start, to=start + timedelta(days=800))
        assert refused.value.code == "no-deadline"
