"""What a clock publishes and when, to the instant: each row a clock that began on Monday 8 April 2024."""

from datetime import date, timedelta

import pytest

from services.workflow.case.clocks.timers import Timer, next_timer_at, timers
from shared.calendar.london import end_of_day, start_of_day
from tests.workflow.case_rig import noon
from tests.workflow.clocks.rig import MON, REST, clock, on, opened

FIRST = clock(id="a", kind="acknowledgement", limit=5, stops=["acknowledged"], due_soon=1)


def waiting(desk):
    book = desk.books.get("made-up", 1)
    found = timers(desk.case, book, desk.register)
    assert next_timer_at(desk.case, book, desk.register) == (found[0].at if found else None)
    return found


@pytest.mark.parametrize(
    ("fields", "soon", "due"),
    [
        ({"due_soon": 1}, "04-19", "04-22"),
        ({"due_soon": 3}, "04-17", "04-22"),
        # On the day itself; not before the clock began; over Easter by working days.
        ({"due_soon": 0}, "04-22", "04-22"),
        ({"due_soon": 20}, "04-08", "04-22"),
        ({"due_soon": 1, "unit": "days", "limit": 12}, "04-19", "04-20"),
        # A day off moves both, or only the warning.
        ({"due_soon": 2, "calendar": "scotland", "limit": 20}, "05-02", "05-07"),
    ],
)
def test_due_soon_is_published_when_its_day_begins_and_breached_when_the_deadlines_is_over(fields, soon, due):
    assert waiting(opened(**fields)) == (
        Timer(f"0:c:due-soon:{on(due)}", "due-soon", "c", "s1", None, on(due), start_of_day(on(soon)), False),
        Timer(f"0:c:breached:{on(due)}", "breached", "c", "s1", None, on(due), end_of_day(on(due)), False),
    )


def test_both_are_by_the_holidays_that_are_known():
    for due_soon, day in ((1, "04-22"), (6, "04-12")):
        soon, breached = waiting(opened(register=REST, due_soon=due_soon))
        assert (soon.at, breached.at) == (start_of_day(on(day)), end_of_day(on("04-23")))


def test_a_provisional_clock_publishes_only_that_it_was_missed():
    desk = opened(FIRST, starts="acknowledged", provisional_from="a", due_soon=2)
    assert [(t.clock, t.event, t.at, t.provisional) for t in waiting(desk)] == [
        ("a", "due-soon", start_of_day(on("04-12")), False),
        ("a", "breached", end_of_day(on("04-15")), False),
        ("c", "breached", end_of_day(on("04-29")), True),
    ]
    assert desk.tick(noon(on("04-13")))[0].deadline == on("04-15")
    assert [t.event for t in waiting(desk)] == ["breached", "breached"]


@pytest.mark.parametrize(
    ("fields", "steps"),
    [
        ({"party": "person"}, ()),
        ({"starts": "acknowledged"}, ()),
        ({}, (("asked", "04-09"),)),
        ({}, (("respond", "04-09"),)),
        # Closed without what stops the clock: a case that is over has nothing to be late with.
        ({}, (("close", "04-09"),)),
        ({"limit": "agreed", "extension": {}}, ()),
    ],
)
def test_a_clock_that_does_not_run_against_the_council_publishes_nothing(fields, steps):
    desk = opened(**fields)
    for step, day in steps:
        desk.do(step, on(day))
    assert waiting(desk) == ()


def test_beyond_the_last_year_a_clock_in_days_is_warned_of_by_days():
    start = date(2028, 12, 20)
    soon, breached = waiting(opened(day=start, unit="days", limit=30, due_soon=3))
    assert (soon.at, breached.at) == (start_of_day(date(2029, 1, 16)), end_of_day(date(2029, 1, 19)))


def test_a_day_that_was_agreed_before_the_clock_began_is_not_due_soon_when_it_is_over():
    desk = opened(FIRST, starts="acknowledged", provisional_from="a", limit="agreed", extension={})
    desk.do("extend", MON, to=on("04-10")).do("acknowledge", on("04-12"))
    soon, breached = waiting(desk)
    assert (soon.event, soon.at, breached.event, breached.at) == (
        "due-soon",
        start_of_day(on("04-10")),
        "breached",
        end_of_day(on("04-10")),
    )


@pytest.mark.parametrize(("after", "late"), [(timedelta(minutes=15), False), (timedelta(minutes=15, seconds=1), True)])
def test_what_is_published_more_than_a_quarter_of_an_hour_after_its_instant_is_late(after, late):
    (soon,) = opened().tick(start_of_day(on("04-19")) + after)
    assert soon.late is late


def test_a_stage_that_is_visited_again_speaks_for_itself():
    desk = opened(limit=1, stops=["responded", "closed"])
    assert len(desk.tick(noon(on("04-12")))) == 2
    desk.do("close", on("04-12")).do("reopen", on("04-12"))
    assert [t.key for t in waiting(desk)] == ["1:c:due-soon:2024-04-15", "1:c:breached:2024-04-15"]
