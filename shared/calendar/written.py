"""Days and instants as people and programs write them. Pure.

Pydantic alone takes a number for seconds since 1970, `20230331` and `0` among them: a day that nobody meant.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator

from shared.calendar.london import fy_bounds

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BRITISH: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_YEAR: Final = re.compile(r"([0-9]{4})[/\u2010-\u2013-]([0-9]{2})")
_SHOWN: Final = 40
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+")


def read_day(text: str) -> date:
    """A day as a person writes it: `2023-03-31`, or `31/03/2023` as a spreadsheet in British English saves it.

    Both forms are unambiguous. ValueError, which says how to write one, for a day that is none and for any other text.
    """
    text = text.strip()
    british = _BRITISH.fullmatch(text)
    if british is None and not _DAY.fullmatch(text):
        raise ValueError(f"{text[:_SHOWN]!r} is not a date: write 2023-03-31 or 31/03/2023")
    try:
        if british is None:
            return date.fromisoformat(text)
        day, month, year = map(int, british.groups())
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"there is no day {text!r}") from None


def read_financial_year(text: str) -> str:
    """The label of a financial year (`2022/23`) that a person writes `2022/23` or `2022-23`. ValueError for any other text."""
    found = _YEAR.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text[:_SHOWN]!r} is not a financial year: write 2022/23 or 2022-23")
    label = f"{found[1]}/{found[2]}"
    fy_bounds(label)
    return label


def _day(given: Any) -> Any:
    if isinstance(given, datetime) or not (isinstance(given, date) or (isinstance(given, str) and _DAY.fullmatch(given))):
        raise ValueError("write a day like 2024-04-10")
    return given if isinstance(given, date) else date.fromisoformat(given)


def _instant(given: Any) -> Any:
    if not (isinstance(given, datetime) or (isinstance(given, str) and _INSTANT.fullmatch(given))):
        raise ValueError("write a moment like 2024-04-10T09:30:00Z")
    return given


Day = Annotated[date, BeforeValidator(_day)]
"""A day, written `2024-04-10` and in no other way."""

Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
"""A moment with its zone, written `2024-04-10T09:30:00Z`; never a number."""
