"""Days and instants as people and programs write them. Pure.

Pydantic alone takes a number for seconds since 1970, `20230331` and `0` among them: a day that nobody meant.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BeforeValidator

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ].+")


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
