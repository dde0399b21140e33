"""How many learning decisions have each status."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Gauge

from services.learning.store import Decisions

_SECONDS = 15
_STATUSES = ("requested", "lesson", "no-lesson", "withdrawn")


def refresh_gauges(decisions: Decisions, registry: CollectorRegistry) -> Callable[[], Awaitable[None]]:
    """Work that keeps the gauge `redress_learning_decisions` up to date, for ever."""
    gauge = Gauge("redress_learning_decisions", "Learning decisions by status", ["status"], registry=registry)

    async def run() -> None:
        while True:
            for status in _STATUSES:
                gauge.labels(status).set(await decisions.count(status))
            await asyncio.sleep(_SECONDS)

    return run
