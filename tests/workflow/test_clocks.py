"""Clocks: what moves a deadline, what does not, and what a clock publishes by itself."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.workflow.case.clocks.reading import ClockStatus, read, units_between
from services.workflow.case.clocks.timers import next_timer_at
from services.workflow.case.model import Given, Mark, Visit
from services.workflow.rulebook.model import Clock, Extension
from shared.calendar.deadlines import deadline
from shared.calendar.holidays import Holiday, published
from shared.calendar.london import end_of_day, start_of_day
from shared.events.cases import ClockBreached, ClockDueSoon
from tests.workflow.case_rig import BOOKS, Desk, investigated, noon

BOOK = BOOKS.get("corporate-code-2024", 1)
MON = date(2024, 4, 8)
DAYS = st.dates(date(2019, 1, 1), date(2025, 6, 30))


def clock(unit="working_days", limit=10, **more):
    return Clock(
        id="c", title="C", stage="stage-1", kind="response", unit=unit, limit=limit, starts="begun", stops=["done"],
        pauses=["asked"], restarts=["answered"], extension=Extension(by=5), source="a test", **more,
    )  # fmt: skip


def visit(start, *marks, given=()):
    all_ = [("begun", start), *marks]
    return Visit(stage="stage-1", started_on=start, marks=[Mark(name=n, on=d) for n, d in all_], given=given)


def due(c, v):
    return read(c, v, BOOK, published()).due


units = st.sampled_from(["working_days", "days", "months"])


@given(units, st.integers(1, 30), DAYS, st.integers(0, 20))
def test_a_pause_of_no_length_changes_nothing(unit, limit, start, after):
    c = clock(unit, limit)
    at = start + timedelta(days=after)
    assert due(c, visit(start, ("asked", at), ("answered", at))) == due(c, visit(start))


@given(units, st.integers(1, 30), DAYS, DAYS, st.sampled_from("ABC"))
def test_a_later_start_never_has_an_earlier_deadline(unit, limit, a, b, convention):
    c = clock(unit, limit, convention=convention)
    a, b = sorted((a, b))
    assert due(c, visit(a)) <= due(c, visit(b))


@given(
    st.sampled_from(["working_days", "days"]),
    st.integers(1, 30),
    DAYS,
    st.integers(0, 15),
    st.integers(0, 30),
    st.integers(1, 15),
)
def test_a_pause_and_an_extension_commute(unit, limit, start, after, length, longer):
    c = clock(unit, limit)
    p = start + timedelta(days=after)
    assume(p <= due(c, visit(start)))
    r = p + timedelta(days=length)
    extension = Given(clock="c", to=date(2030, 1, 1), units=longer, told_on=p, counts=True)
    early = due(c, visit(start, ("asked", p), ("answered", r), given=[extension]))
    late = due(c, visit(start, ("asked", p), ("answered", r), given=[extension.model_copy(update={"told_on": r})]))
    assert early == late
    # The extension adds as much to the paused clock as to one that was not.
    assert units_between(c, due(c, visit(start, ("asked", p), ("answered", r))), early, published()) == longer


@given(st.integers(1, 30), DAYS, st.integers(0, 15), st.integers(0, 40))
def test_a_restored_clock_has_the_working_days_that_were_left(limit, start, after, length):
    c = clock(limit=limit)
    p = start + timedelta(days=after)
    assume(p <= due(c, visit(start)))
    r = p + timedelta(days=length)
    left = units_between(c, p, due(c, visit(start)), published())
    restored = due(c, visit(start, ("asked", p), ("answered", r)))
    assert units_between(c, r, restored, published()) == left


@given(
    units,
    DAYS,
    st.lists(st.tuples(st.sampled_from(["asked", "answered", "noted", "moved"]), st.integers(0, 30)), max_size=6),
)
def test_only_marks_that_the_clock_names_move_it(unit, start, marks):
    c = clock(unit)
    dated = sorted(((n, start + timedelta(days=d)) for n, d in marks), key=lambda m: m[1])
    ours = [(n, d) for n, d in dated if n in {"asked", "answered"}]
    assert read(c, visit(start, *dated), BOOK, published()) == read(c, visit(start, *ours), BOOK, published())


def test_a_paused_clock_has_no_deadline_until_it_restarts():
    c = clock(limit=10)
    paused = read(c, visit(MON, ("asked", MON + timedelta(days=2))), BOOK, published())
    assert (paused.status, paused.due) == (ClockStatus.PAUSED, None)
    restored = read(
        c,
        visit(MON, ("asked", MON + timedelta(days=2)), ("answered", MON + timedelta(days=9))),
        BOOK,
        published(),
    )
    assert (restored.status, restored.due, restored.paused_units) == (
        ClockStatus.RUNNING,
        date(2024, 4, 29),
        5,
    )


def test_an_agreed_period_is_set_then_extended_before_it_ends():
    c = clock(limit="agreed")
    assert read(c, visit(MON), BOOK, published()).due is None
    first = Given(clock="c", to=date(2024, 5, 8), units=0, told_on=MON, counts=True)
    more = Given(clock="c", to=date(2024, 5, 22), units=10, told_on=date(2024, 5, 1), counts=True)
    set_ = read(c, visit(MON, ("done", date(2024, 5, 20)), given=[first, more]), BOOK, published())
    assert (set_.standard_due, set_.extended_to, set_.timeliness) == (first.to, more.to, "within-extension")


def test_a_month_ends_on_its_last_day_and_rolls_to_a_working_day():
    c = clock("months", 1, roll="next-working-day")
    assert due(c, visit(date(2024, 1, 31))) == date(2024, 2, 29)
    assert due(c, visit(date(2024, 5, 31))) == date(2024, 7, 1)
    paused = due(c, visit(date(2024, 5, 31), ("asked", date(2024, 6, 3)), ("answered", date(2024, 6, 13))))
    assert paused == date(2024, 7, 11)


def test_beyond_the_calendars_last_year_the_clock_reports_why_it_has_no_deadline():
    far = date(published().calendar("england-and-wales").last_year, 12, 29)
    reading = read(clock(), visit(far), BOOK, published())
    assert reading.due is None
    assert "ends with" in reading.problem
    assert next_timer_at(Desk().open(far).case, BOOK, published()) is None


def test_the_trace_of_a_deadline_is_the_calendars():
    reading = Desk().open(MON).reading("stage-1-acknowledgement")
    assert reading.steps[-1].deadline == reading.due
    assert reading.steps[-1] == deadline(reading.steps[-1].request)
    assert len(reading.steps[-1].trace.counted) == 5


def test_due_soon_and_breached_are_published_once_each_at_their_london_instant():
    desk = investigated()
    assert next_timer_at(desk.case, BOOK, published()) == start_of_day(date(2024, 4, 18)) == datetime(2024, 4, 17, 23, tzinfo=UTC)
    assert desk.tick(start_of_day(date(2024, 4, 18)) - timedelta(seconds=1)) == ()
    (soon,) = desk.tick(start_of_day(date(2024, 4, 18)))
    assert (type(soon), soon.clock, soon.deadline, soon.late) == (
        ClockDueSoon,
        "stage-1-response",
        date(2024, 4, 22),
        False,
    )
    assert desk.tick(end_of_day(date(2024, 4, 22)) - timedelta(seconds=1)) == ()
    (breached,) = desk.tick(end_of_day(date(2024, 4, 22)))
    assert (type(breached), breached.at) == (ClockBreached, datetime(2024, 4, 22, 23, tzinfo=UTC))
    assert desk.tick(noon(date(2024, 6, 1))) == ()
    assert next_timer_at(desk.case, BOOK, published()) is None


def test_a_response_on_the_last_day_silences_the_clock():
    desk = investigated().do("respond", date(2024, 4, 22))
    assert next_timer_at(desk.case, BOOK, published()) is None
    assert desk.tick(noon(date(2024, 5, 1))) == ()


def test_a_missed_acknowledgement_cannot_stretch_time_unseen():
    desk = Desk().open(MON)
    events = desk.tick(noon(date(2024, 6, 3)))
    assert [(type(e), e.clock, e.provisional, e.late) for e in events] == [
        (ClockDueSoon, "stage-1-acknowledgement", False, True),
        (ClockBreached, "stage-1-acknowledgement", False, True),
        (ClockBreached, "stage-1-response", True, True),
    ]
    assert [e.at for e in events] == sorted(e.at for e in events)
    desk.do("acknowledge", date(2024, 6, 3))
    assert [type(e) for e in desk.tick(noon(date(2024, 7, 1)))] == [ClockDueSoon, ClockBreached]


def test_an_extension_gives_the_clock_another_warning():
    desk = investigated()
    desk.tick(noon(date(2024, 4, 18)))
    desk.do("extend", date(2024, 4, 22))
    events = desk.tick(noon(date(2024, 5, 3)))
    assert [(type(e), e.deadline) for e in events] == [(ClockDueSoon, date(2024, 5, 7))]


@pytest.mark.parametrize("where", ["closed", "responded"])
def test_a_case_that_needs_nothing_publishes_nothing(where):
    desk = investigated().do("respond", date(2024, 4, 9))
    if where == "closed":
        desk.do("close", date(2024, 4, 9))
    assert desk.tick(noon(date(2025, 4, 9))) == ()


def test_a_holiday_announced_late_moves_the_deadline_of_an_open_case_only():
    announced = Holiday(division="england-and-wales", date=date(2024, 4, 15), title="A day of rest", known_from=noon(MON))
    desk = investigated()
    desk.register = published().adding(announced)
    assert desk.reading("stage-1-response").due == date(2024, 4, 23)
    assert desk.tick(end_of_day(date(2024, 4, 22)))[0].deadline == date(2024, 4, 23)
    done = investigated().do("respond", date(2024, 4, 22))
    assert done.facts.stages[0].due_on == date(2024, 4, 22)


@given(st.dates(date(2024, 4, 1), date(2025, 6, 30)), st.integers(0, 400))
def test_nothing_is_published_before_its_time_or_twice(start, after):
    desk = Desk().open(start)
    now = noon(start) + timedelta(days=after)
    events = desk.tick(now)
    assert all(e.at <= now for e in events)
    assert desk.tick(now) == ()
    waiting = next_timer_at(desk.case, BOOK, published())
    assert waiting is None or waiting > now
