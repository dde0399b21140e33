"""Working days of England, as the sample's deadlines count them: the day of receipt is day 0."""

from __future__ import annotations

from datetime import date

from shared.calendar.arithmetic import add_working_days
from shared.calendar.holidays import published


def after(day: date, n: int) -> date:
    """The n-th working day after `day`; `day` itself for 0."""
    return add_working_days(day, n, published().calendar("england-and-wales"))


def working(day: date) -> bool:
    return published().calendar("england-and-wales").is_working(day)
