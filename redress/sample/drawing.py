"""What every part of the sample draws: one of several by their weights, a day of receipt, and a working day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from redress.sample.working_days import working
from shared.calendar.london import fy_bounds

K = TypeVar("K")


def pick(random: Random, weights: Mapping[K, float]) -> K:
    return random.choices(list(weights), list(weights.values()))[0]


def day_of_receipt(random: Random, year: str, *, at_weekends: float) -> date:
    """A day of the financial year; of those that are no working days only this share."""
    first, last = fy_bounds(year)
    while True:
        day = first + timedelta(days=random.randrange((last - first).days + 1))
        if working(day) or (at_weekends and random.random() < at_weekends):
            return day


def working_day(random: Random, first: date, last: date) -> date:
    """A working day from one day to another; the last of them when none of them is one."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return random.choice([day for day in days if working(day)] or [last])
