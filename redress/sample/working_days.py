"""Days as the sample's deadlines count them: the day of receipt is day 0."""

from __future__ import annotations

from datetime import date

from shared.calendar.arithmetic import add_working_days, next_working_day, same_date
from shared.calendar.holidays import CalendarName, published

ENGLAND: CalendarName = "england-and-wales"
UNITED_KINGDOM: CalendarName = "united-kingdom"
"""Working days that are working days in every part of the United Kingdom, as requests for information count them."""


def after(day: date, n: int, calendar: CalendarName = ENGLAND) -> date:
    """The n-th working day after `day`; `day` itself for 0."""
    return add_working_days(day, n, published().calendar(calendar))


def months_after(day: date, n: int) -> date:
    """The same date `n` months later, or the last day of that month; on a day off the next working day of England."""
    return next_working_day(same_date(day, n), published().calendar(ENGLAND))


def working(day: date) -> bool:
    return published().calendar(ENGLAND).is_working(day)
