"""Counting: worked examples by hand, and laws against a loop that walks day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.calendar.arithmetic import (
    CONVENTIONS,
    Convention,
    add_days,
    add_months,
    add_working_days,
    next_working_day,
    same_date,
    working_days_between,
)
from shared.calendar.holidays import CALENDARS, Calendar, CalendarError, CalendarName, published

ENGLAND = published().calendar("england-and-wales")
ONE = timedelta(days=1)

CONVENTION = st.sampled_from(CONVENTIONS)
NAME = st.sampled_from(CALENDARS)
# Far enough from both ends for any count below to stay inside the calendar.
START = st.dates(date(2015, 1, 1), date(2025, 12, 31))
COUNT = st.integers(-300, 300)


def on(text: str) -> date:
    return date.fromisoformat(text)


def naive(start: date, n: int, calendar: Calendar, convention: Convention) -> date:
    """The conventions as the field states them, a day at a time."""
    day = start
    if convention == "B":
        while not calendar.is_working(day):
            day += ONE
    step = ONE if n > 0 else -ONE
    left = abs(n)
    if convention == "C" and left and calendar.is_working(day):
        left -= 1
    while left:
        day += step
        left -= calendar.is_working(day)
    return day


@pytest.mark.parametrize(
    ("start", "n", "convention", "expected"),
    [
        ("2020-01-04", 20, "A", "2020-01-31"),  # a Saturday
        ("2020-01-04", 20, "B", "2020-02-03"),
        ("2020-01-04", 20, "C", "2020-01-31"),  # day 1 is Monday 6 January
        ("2020-01-06", 20, "C", "2020-01-31"),
        ("2020-01-06", 20, "A", "2020-02-03"),
        ("2024-03-22", 5, "A", "2024-04-02"),  # over Easter
        ("2024-03-26", 10, "A", "2024-04-11"),  # the Code's stage 1 response
        ("2024-03-26", 20, "A", "2024-04-25"),  # and with its extension
        ("2022-12-23", 1, "A", "2022-12-28"),  # Christmas on a Sunday
        ("2022-12-25", 1, "B", "2022-12-29"),
        ("2021-12-24", 3, "A", "2021-12-31"),
        ("2022-09-16", 1, "A", "2022-09-20"),  # the State Funeral
        ("2023-05-05", 1, "A", "2023-05-09"),  # the coronation
        ("2022-06-01", 1, "A", "2022-06-06"),  # the Platinum Jubilee
        ("2024-04-02", -1, "A", "2024-03-28"),
        ("2024-04-02", -5, "A", "2024-03-22"),
        ("2024-03-30", -1, "A", "2024-03-28"),  # Saturday of Easter
        ("2024-03-30", -1, "B", "2024-03-28"),  # rolls to 2 April first
        ("2024-03-30", -1, "C", "2024-03-28"),
        ("2024-03-28", -1, "C", "2024-03-28"),
        ("2024-03-30", 0, "A", "2024-03-30"),
        ("2024-03-30", 0, "B", "2024-04-02"),
        ("2024-03-30", 0, "C", "2024-03-30"),
    ],
)
def test_working_days(start: str, n: int, convention: Convention, expected: str) -> None:
    assert add_working_days(on(start), n, ENGLAND, convention) == on(expected)


@pytest.mark.parametrize(
    ("start", "n", "calendar", "expected"),
    [
        ("2022-07-11", 1, "united-kingdom", "2022-07-13"),  # 12 July is a holiday in Northern Ireland
        ("2022-07-11", 1, "england-and-wales", "2022-07-12"),
        ("2022-11-29", 1, "scotland", "2022-12-01"),  # St Andrew's Day
        ("2024-01-01", 1, "scotland", "2024-01-03"),
        ("2024-01-01", 1, "northern-ireland", "2024-01-02"),
        ("2024-02-16", 20, "united-kingdom", "2024-03-15"),
        ("2024-02-19", 20, "united-kingdom", "2024-03-19"),  # St Patrick's Day, moved to the 18th
        ("2024-02-19", 20, "england-and-wales", "2024-03-18"),
    ],
)
def test_each_calendar_has_its_own_days(start: str, n: int, calendar: CalendarName, expected: str) -> None:
    assert add_working_days(on(start), n, published().calendar(calendar)) == on(expected)


@pytest.mark.parametrize(
    ("start", "n", "convention", "expected"),
    [
        ("2023-01-31", 1, "A", "2023-02-28"),
        ("2024-01-31", 1, "A", "2024-02-29"),
        ("2024-01-30", 13, "A", "2025-02-28"),
        ("2024-03-31", 1, "A", "2024-04-30"),
        ("2024-09-03", 1, "A", "2024-10-03"),
        ("2024-12-31", 2, "A", "2025-02-28"),
        ("2024-03-31", -1, "A", "2024-02-29"),
        ("2024-03-30", 1, "B", "2024-05-02"),  # Saturday of Easter rolls to 2 April
        ("2024-01-15", 6, "C", "2024-07-14"),  # six months beginning with the 15th
        ("2024-08-31", 6, "C", "2025-02-28"),  # no such date: over with the month
        ("2024-03-01", 1, "C", "2024-03-31"),
        ("2024-03-31", -1, "C", "2024-03-01"),
        ("2024-01-15", 0, "C", "2024-01-15"),
    ],
)
def test_months(start: str, n: int, convention: Convention, expected: str) -> None:
    assert add_months(on(start), n, ENGLAND, convention) == on(expected)


@pytest.mark.parametrize(
    ("start", "n", "convention", "expected"),
    [
        ("2026-06-19", 30, "A", "2026-07-19"),
        ("2026-06-19", 30, "C", "2026-07-18"),  # thirty days beginning when received
        ("2026-06-20", 30, "B", "2026-07-22"),
        ("2024-03-01", -1, "A", "2024-02-29"),
        ("2024-03-01", -1, "C", "2024-03-01"),
        ("2024-03-01", 0, "C", "2024-03-01"),
        ("2024-03-01", 1, "C", "2024-03-01"),  # the start is day 1
        ("2024-03-01", 2, "C", "2024-03-02"),
        ("2024-03-01", -2, "C", "2024-02-29"),
    ],
)
def test_days(start: str, n: int, convention: Convention, expected: str) -> None:
    assert add_days(on(start), n, ENGLAND, convention) == on(expected)


@given(START, COUNT, NAME, CONVENTION)
def test_bisection_is_the_walk(start: date, n: int, name: CalendarName, convention: Convention) -> None:
    calendar = published().calendar(name)
    assert add_working_days(start, n, calendar, convention) == naive(start, n, calendar, convention)


@given(START, COUNT, CONVENTION, st.lists(st.dates(date(2013, 1, 1), date(2028, 1, 1)), max_size=80))
def test_bisection_is_the_walk_for_any_holidays(start: date, n: int, convention: Convention, days: list[date]) -> None:
    calendar = Calendar.of_dates(days)
    assert add_working_days(start, n, calendar, convention) == naive(start, n, calendar, convention)


@given(START, st.integers(0, 400), COUNT, NAME, CONVENTION)
def test_a_later_start_never_has_an_earlier_deadline(
    start: date, later: int, n: int, name: CalendarName, convention: Convention
) -> None:
    calendar = published().calendar(name)
    after = start + timedelta(days=later)
    assume(after.year <= 2026)
    for add in (add_working_days, add_days, add_months):
        reach = n % 24 if add is add_months else n
        assert add(start, reach, calendar, convention) <= add(after, reach, calendar, convention)


@given(START, COUNT, NAME, CONVENTION)
def test_one_more_is_never_earlier(start: date, n: int, name: CalendarName, convention: Convention) -> None:
    calendar = published().calendar(name)
    for add in (add_working_days, add_days, add_months):
        reach = n % 24 if add is add_months else n
        assert add(start, reach, calendar, convention) <= add(start, reach + 1, calendar, convention)


@given(START, COUNT, NAME, CONVENTION)
def test_what_is_added_can_be_taken_away(start: date, n: int, name: CalendarName, convention: Convention) -> None:
    calendar = published().calendar(name)
    working = next_working_day(start, calendar)
    there = add_working_days(working, n, calendar, convention)
    assert calendar.is_working(there)
    assert add_working_days(there, -n, calendar, convention) == working
    assert add_days(add_days(start, n, calendar), -n, calendar) == start


@given(START, NAME)
def test_zero_is_the_start(start: date, name: CalendarName) -> None:
    calendar = published().calendar(name)
    for add in (add_working_days, add_days, add_months):
        assert add(start, 0, calendar, "A") == add(start, 0, calendar, "C") == start
        assert add(start, 0, calendar, "B") == next_working_day(start, calendar)


@given(START, st.integers(0, 300), CONVENTION)
def test_a_day_off_anywhere_is_never_earlier_than_in_a_part(start: date, n: int, convention: Convention) -> None:
    union = add_working_days(start, n, published().calendar("united-kingdom"), convention)
    for part in CALENDARS[:3]:
        assert add_working_days(start, n, published().calendar(part), convention) <= union


@given(START, START, NAME)
def test_days_between_are_the_days_to_add(after: date, through: date, name: CalendarName) -> None:
    calendar = published().calendar(name)
    through = next_working_day(through, calendar)
    n = working_days_between(after, through, calendar)
    assert n == -working_days_between(through, after, calendar)
    if n > 0:
        assert add_working_days(after, n, calendar) == through


@pytest.mark.parametrize(
    ("start", "n", "convention"),
    [
        ("2028-12-28", 2, "A"),
        ("2028-12-30", 0, "B"),  # Saturday: the next working day is in 2029
        ("2028-12-29", 2, "C"),
        ("2029-01-02", -1, "A"),
        ("2011-12-30", 1, "A"),
        ("2012-01-03", -1, "A"),
        ("2011-12-30", 0, "A"),
        ("2024-01-01", 10**9, "A"),
        ("2024-01-01", -(10**30), "C"),
    ],
)
def test_a_count_into_a_year_without_holidays_is_refused(start: str, n: int, convention: Convention) -> None:
    with pytest.raises(CalendarError, match=r"england-and-wales calendar (begins with 2012|ends with 2028)"):
        add_working_days(on(start), n, ENGLAND, convention)


def test_the_last_day_of_the_calendar_can_be_reached() -> None:
    assert add_working_days(on("2028-12-28"), 1, ENGLAND) == on("2028-12-29")
    assert add_working_days(on("2012-01-04"), -1, ENGLAND) == on("2012-01-03")
    assert add_working_days(on("2028-12-29"), 1, ENGLAND, "C") == on("2028-12-29")


@pytest.mark.parametrize("n", [10**7, -(10**7), 10**30])
def test_a_count_beyond_the_years_is_refused(n: int) -> None:
    free = Calendar.of_dates([])
    for add in (add_working_days, add_days, add_months):
        with pytest.raises(CalendarError, match=r"^the count leaves the years 1 to 9999$"):
            add(on("2024-01-01"), n, free)


def test_the_first_and_the_last_month_of_all_can_be_reached() -> None:
    assert same_date(on("0001-02-01"), -1) == on("0001-01-01")
    assert same_date(on("9999-11-30"), 1) == on("9999-12-30")
    for start, n in (("0001-01-31", -1), ("9999-12-01", 1)):
        with pytest.raises(CalendarError, match="the count leaves the years"):
            same_date(on(start), n)
