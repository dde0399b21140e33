"""London days, and the council's financial year.

Instants are zone-aware and kept in UTC; a day, a deadline or a year is a Europe/London one, so a
complaint sent at 23:59 in summer belongs to that day although it is 22:59 in UTC.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")

_LABEL = re.compile(r"([0-9]{4})/([0-9]{2})")


def aware(instant: datetime) -> datetime:
    """`instant` unchanged; ValueError when it has no zone, because a guess may be a day off."""
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant


def london_date(instant: datetime) -> date:
    """The London day an instant falls on. ValueError for a naive instant."""
    return aware(instant).astimezone(LONDON).date()


def today(now: datetime) -> date:
    """The London day of `now`, the caller's clock."""
    return london_date(now)


def start_of_day(day: date) -> datetime:
    """The first instant of a London day, in UTC."""
    return datetime.combine(day, time.min, LONDON).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The instant, in UTC, at which a London day is over: the first of the next day.

    An act at an earlier instant was done on or before that day; a deadline on it is breached from
    this instant on. A day of the change of clocks has 23 or 25 hours.
    """
    return start_of_day(day + timedelta(days=1))


def fy_start_year(day: date) -> int:
    """The calendar year in which the financial year of `day` began (1 April)."""
    return day.year if day.month >= 4 else day.year - 1


def fy_label(start_year: int) -> str:
    """`2022` as `2022/23`."""
    return f"{start_year}/{(start_year + 1) % 100:02d}"


def financial_year(day: date) -> str:
    """The council's financial year of a day, 1 April to 31 March, as `2022/23`."""
    return fy_label(fy_start_year(day))


def fy_bounds(label: str) -> tuple[date, date]:
    """First and last day of a financial year such as `2022/23`. ValueError for any other text."""
    found = _LABEL.fullmatch(label)
    if found is None or label != fy_label(year := int(found[1])):
        raise ValueError(f"{label!r} is not a financial year: write it as 2022/23")
    if year == date.max.year:
        raise ValueError(f"{label!r} ends after the last day a date can hold")
    return date(year, 4, 1), date(year + 1, 3, 31)


def quarter(day: date) -> int:
    """Quarter of the financial year, 1 (April to June) to 4 (January to March)."""
    return (day.month - 4) % 12 // 3 + 1
