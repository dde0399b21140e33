"""The forecast of the cases that are stored."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from services.workflow.forecast.likely import Forecast, OpenClock, Past, forecast
from services.workflow.rulebook.model import Rulebook
from services.workflow.store import Cases

HISTORY: Final = timedelta(days=730)
"""How far back past responses are looked at."""


async def likely(cases: Cases, today: date) -> Forecast:
    """The forecast on the London day `today`."""
    return forecast(await _running(cases), await _past(cases, today), today)


async def _running(cases: Cases) -> list[OpenClock]:
    responses = {
        clock.id
        for book in cases.rulebooks
        for clock in book.clocks
        # Chances are worked out from responses to complaints; runs of tracks have no such history.
        if clock.kind == "response" and not _of_track(book, clock.stage)
    }
    return [
        OpenClock(r["service_area"], clock, date.fromisoformat(r["due_on"]), clock in responses, r["n"])
        for r in await cases.open_deadlines()
        # A run's clock is named with the run's number.
        if (clock := r["clock"].partition("@")[0])
    ]


def _of_track(book: Rulebook, stage: str) -> bool:
    found = book.stage(stage)
    return found is not None and found.track is not None


async def _past(cases: Cases, today: date) -> list[Past]:
    found = await cases.past_responses(today - HISTORY)
    return [
        Past(
            r["service_area"],
            (date.fromisoformat(r["due_on"]) - date.fromisoformat(r["responded_on"])).days,
            r["n"],
        )
        for r in found
    ]
