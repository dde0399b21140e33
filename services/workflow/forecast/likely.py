"""How likely an open response is to be late, from how the service's past responses went. Pure; days are London days.

Of the past responses that were still open with so many days left, so many were late: that share is the chance of one that is
open with as many days left now. A service with few past responses leans on the council's share, as if it had `WEIGHT` more of
the council's kind; of one with fewer than `MINIMUM` nothing is said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pydantic import BaseModel

WEEKS: Final = 4
WEIGHT: Final = 20
"""How many responses of the council's kind a service's own history is weighed with."""

MINIMUM: Final = 20
"""How many past responses a service needs before anything is said of it: with fewer, most of a chance would be other services'."""

_BANDS: Final = (
    (None, -1, "overdue"),
    (0, 0, "today"),
    (1, 7, "1 to 7"),
    (8, 14, "8 to 14"),
    (15, 28, "15 to 28"),
)


@dataclass(frozen=True)
class Past:
    """`count` responses of a service that were sent `margin` days before their deadline; negative: after it."""

    service_area: str
    margin: int
    count: int = 1


@dataclass(frozen=True)
class OpenClock:
    """`count` open clocks of a service with the same deadline; `response` when it is a response that they wait for."""

    service_area: str
    clock: str
    due_on: date
    response: bool
    count: int = 1


class Week(BaseModel):
    """Seven days from `begins_on`: response clocks whose deadline is in them, and how many of them are likely to be late; null
    where the service has too little history."""

    begins_on: date
    due: int
    likely_breaches: float | None


class ServiceForecast(BaseModel):
    """`past_responses` and `past_late` are the service's own history. `overdue` are response clocks that are breached already.

    `likely_breaches` is null where there are too few past responses, and `no_forecast` says so."""

    service_area: str
    past_responses: int
    past_late: int
    overdue: int
    due: int
    likely_breaches: float | None
    no_forecast: str | None = None
    weeks: list[Week]


class Forecast(BaseModel):
    """`days_left` counts all open clocks with a deadline by the calendar days left: overdue, today, and bands of days.

    `likely_breaches` adds up the services that have `minimum_responses` past responses or more; null where none has. `due_unknown`
    counts the response clocks of the others that are due in the next four weeks."""

    as_of: date
    open_clocks: int
    days_left: dict[str, int]
    likely_breaches: float | None
    minimum_responses: int = MINIMUM
    due_unknown: int = 0
    services: list[ServiceForecast]


class Chances:
    """The chances that past responses give. Without any, every chance is 0: ask only where `known` are enough."""

    def __init__(self, past: Iterable[Past]) -> None:
        self._margins: dict[str, Counter[int]] = defaultdict(Counter)
        self._all: Counter[int] = Counter()
        for response in past:
            self._margins[response.service_area][response.margin] += response.count
            self._all[response.margin] += response.count

    def late(self, service_area: str, days_left: int) -> float:
        """The chance that a response that is open with so many days left will be late."""
        late, still_open = _tail(self._margins.get(service_area, Counter()), days_left)
        council_late, council_open = _tail(self._all, days_left)
        share = council_late / council_open if council_open else 0.0
        return (late + WEIGHT * share) / (still_open + WEIGHT)

    def known(self, service_area: str) -> tuple[int, int]:
        """How many past responses of the service there are, and how many of them were late."""
        margins = self._margins.get(service_area, Counter())
        return sum(margins.values()), sum(n for margin, n in margins.items() if margin < 0)


def _tail(margins: Mapping[int, int], days_left: int) -> tuple[int, int]:
    """How many were late, of those that were not yet answered with so many days left."""
    still_open = sum(n for margin, n in margins.items() if margin <= days_left)
    return sum(n for margin, n in margins.items() if margin < 0), still_open


def forecast(running: Iterable[OpenClock], past: Iterable[Past], today: date) -> Forecast:
    """The forecast on the London day `today`; services in the order of the breaches that are likely."""
    chances = Chances(past)
    bands = {name: 0 for _, _, name in _BANDS} | {"more than 28": 0}
    by_service: dict[str, list[OpenClock]] = defaultdict(list)
    total = 0
    for clock in running:
        total += clock.count
        bands[_band((clock.due_on - today).days)] += clock.count
        if clock.response:
            by_service[clock.service_area].append(clock)
    services = [_service(name, clocks, chances, today) for name, clocks in by_service.items()]
    services.sort(key=lambda s: (s.likely_breaches is None, -(s.likely_breaches or 0), s.service_area))
    likely = [s.likely_breaches for s in services if s.likely_breaches is not None]
    return Forecast(
        as_of=today,
        open_clocks=total,
        days_left=bands,
        likely_breaches=round(sum(likely), 1) if likely else None,
        due_unknown=sum(s.due for s in services if s.likely_breaches is None),
        services=services,
    )


def _band(days: int) -> str:
    for first, last, name in _BANDS:
        if (first is None or days >= first) and days <= last:
            return name
    return "more than 28"


def _service(name: str, clocks: list[OpenClock], chances: Chances, today: date) -> ServiceForecast:
    responses, late = chances.known(name)
    enough = responses >= MINIMUM
    weeks = []
    for n in range(WEEKS):
        begins = today + timedelta(days=7 * n)
        mine = [c for c in clocks if begins <= c.due_on < begins + timedelta(days=7)]
        likely = sum(c.count * chances.late(name, (c.due_on - today).days) for c in mine)
        due = sum(c.count for c in mine)
        weeks.append(Week(begins_on=begins, due=due, likely_breaches=round(likely, 2) if enough else None))
    return ServiceForecast(
        service_area=name,
        past_responses=responses,
        past_late=late,
        overdue=sum(c.count for c in clocks if c.due_on < today),
        due=sum(w.due for w in weeks),
        likely_breaches=round(sum(w.likely_breaches or 0 for w in weeks), 2) if enough else None,
        no_forecast=None if enough else f"{responses} past responses with a deadline; a forecast needs {MINIMUM}",
        weeks=weeks,
    )
