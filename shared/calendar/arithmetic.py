"""Counting working days, days and months from a start day, by the three conventions in use.

Public bodies disagree about a receipt on a non-working day, so the convention is a field of each clock:

* A (the Information Commissioner's reading for freedom of information): the start day is day 0 even when it
  is not a working day; day 1 is the next working day (the next day, when days are counted).
* B: a start on a non-working day first rolls forward to the next working day, and that is day 0.
* C: the start day itself is day 1 ("beginning with the day of receipt"). When working days are counted and
  the start is not one, day 1 is the next working day.

A negative number counts back by the same convention: A, day -1 is the working day before; B, the start
still rolls forward first; C, the start day is day -1, or else the working day before it. Zero counts
nothing: the answer is the start day (B: the day it rolled to).
"""

from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import Final, Literal, get_args

from shared.calendar.holidays import Calendar, CalendarError

Convention = Literal["A", "B", "C"]
Roll = Literal["none", "next-working-day"]

CONVENTIONS: Final[tuple[Convention, ...]] = get_args(Convention)
ROLLS: Final[tuple[Roll, ...]] = get_args(Roll)


def next_working_day(day: date, calendar: Calendar) -> date:
    """`day` if it is a working day, else the first one after it.

    CalendarError when any day up to there is in a year that the calendar does not cover.
    """
    start = day.toordinal()
    found = calendar.nth_working_day(calendar.working_days_through(start - 1) + 1)
    calendar.require_ordinals(start, found)
    return date.fromordinal(found)


def add_working_days(start: date, n: int, calendar: Calendar, convention: Convention = "A") -> date:
    """The day on which `n` working days from `start` are reached.

    CalendarError when the count touches a year that the calendar does not cover, the start's included.
    """
    origin = next_working_day(start, calendar) if convention == "B" else start
    ordinal = origin.toordinal()
    found = ordinal
    # C counts the start as day 1 if it is a working day: it asks about the days from the day before.
    inclusive = 1 if convention == "C" else 0
    if n > 0:
        found = calendar.nth_working_day(calendar.working_days_through(ordinal - inclusive) + n)
    elif n < 0:
        found = calendar.nth_working_day(calendar.working_days_through(ordinal - 1 + inclusive) + 1 + n)
    calendar.require_ordinals(start.toordinal(), found)
    return date.fromordinal(found)


def working_days_between(after: date, through: date, calendar: Calendar) -> int:
    """How many working days lie after one day, up to and including the other; negative when it is earlier.

    For a working day `through`, it is the `n` for which `add_working_days(after, n)` by convention A gives
    `through`. CalendarError when either year, or one between, is not covered.
    """
    calendar.require(after, through)
    upto = calendar.working_days_through
    return upto(through.toordinal()) - upto(after.toordinal())


def add_days(start: date, n: int, calendar: Calendar, convention: Convention = "A") -> date:
    """The day on which `n` days from `start` are reached, every day counting.

    The calendar is asked only by B, for the roll of the start. CalendarError when that is not covered or the
    years a date can hold are left.
    """
    origin = next_working_day(start, calendar) if convention == "B" else start
    if convention == "C" and n != 0:
        n -= 1 if n > 0 else -1
    try:
        return origin + timedelta(days=n)
    except OverflowError as error:
        raise CalendarError("the count leaves the years 1 to 9999") from error


def same_date(start: date, n: int) -> date:
    """The same date in the n-th month from `start`'s, or that month's last day if it has no such date.

    CalendarError when the years a date can hold are left.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + n, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise CalendarError("the count leaves the years 1 to 9999")
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def add_months(start: date, n: int, calendar: Calendar, convention: Convention = "A") -> date:
    """The day on which `n` months from `start` are reached.

    A and B: the same date in the n-th month, its last day if it has none (UK GDPR art. 12(3) as the
    Information Commissioner counts it). C, "n months beginning with the start day", is over the day before
    that date; where the month has no such date, on its last day. Counting back mirrors this. The calendar is
    asked only by B, for the roll of the start.
    """
    origin = next_working_day(start, calendar) if convention == "B" else start
    reached = same_date(origin, n)
    if convention != "C" or n == 0:
        return reached
    if n > 0:
        return reached - timedelta(days=1) if reached.day == origin.day else reached
    return reached + timedelta(days=1)
