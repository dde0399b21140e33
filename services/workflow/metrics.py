"""How many cases are open and how their clocks stand, for Prometheus."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from services.workflow.store import Cases

_SECONDS: Final = 5
_STATES: Final = ("due", "due_soon", "breached")


def refresh_gauges(cases: Cases, registry: CollectorRegistry) -> Callable[[], Awaitable[None]]:
    """Work that keeps the gauges up to date until it is cancelled. Counts come from indexes."""
    open_cases = Gauge("redress_open_cases", "Open cases", ["procedure", "stage"], registry=registry)
    open_tracks = Gauge(
        "redress_open_tracks",
        "Cases with an open run of a track, in parallel with their procedure",
        ["procedure", "track"],
        registry=registry,
    )
    clocks = Gauge(
        "redress_clocks",
        "Running clocks by state: due, due soon or breached",
        ["procedure", "clock", "state"],
        registry=registry,
    )
    seen: set[tuple[str, str]] = set()
    seen_tracks: set[tuple[str, str]] = set()

    async def refresh() -> None:
        found = await cases.open_by_stage()
        seen.update(found)
        for labels in seen:
            open_cases.labels(*labels).set(found.get(labels, 0))
        tracks = await cases.open_by_track()
        seen_tracks.update(tracks)
        for labels in seen_tracks:
            open_tracks.labels(*labels).set(tracks.get(labels, 0))
        for procedure in {procedure for procedure, _ in seen | seen_tracks}:
            for clock in sorted({clock.id for book in cases.rulebooks for clock in book.clocks}):
                for state in _STATES:
                    n = await cases.count_clocks(procedure, clock, state)
                    if n or (procedure, clock, state) in counted:
                        counted.add((procedure, clock, state))
                        clocks.labels(procedure, clock, state).set(n)

    counted: set[tuple[str, str, str]] = set()

    async def run() -> None:
        while True:
            await refresh()
            await asyncio.sleep(_SECONDS)

    return run
