"""The durable timers at work: finds the cases whose clocks have an event to emit, and lets them emit it.

Any number of instances may sweep: of two that found a case one writes, and the other finds nothing left to emit. The cost is of
what is due, by an index, and not of what is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from services.workflow.case.commands import FireTimers
from services.workflow.executor import Executor
from services.workflow.store import Cases, stored_of
from shared.clock import now
from shared.events.cases import ClockEvent
from shared.store import Document, StoreUnavailable
from shared.telemetry.logs import get

log = get(__name__)

_SAYS: Final = ("due-soon", "breached")
_LONGEST_POSTPONED: Final = timedelta(hours=1)


class Sweeper:
    """Lets the cases whose timers are due emit their clock events.

    Args:
        cases: where due cases are found.
        executor: what lets them emit their clock events.
        registry: where its metrics are.
        clock: the present instant, UTC.
        pause: seconds between two looks when nothing more is due.
        batch: how many cases are read at once.
    """

    def __init__(
        self,
        cases: Cases,
        executor: Executor,
        registry: CollectorRegistry,
        *,
        clock: Callable[[], datetime] = now,
        pause: float = 1.0,
        batch: int = 200,
    ) -> None:
        self._cases = cases
        self._executor = executor
        self._clock = clock
        self._pause = pause
        self._batch = batch
        self._emitted = Counter(
            "redress_clock_events",
            "Clock events emitted, by their kind and whether they were late",
            ["says", "late"],
            registry=registry,
        )
        for says in _SAYS:
            for late in (True, False):
                # Each stands at 0 from the start: an alert asks how they rise, and what rises from nothing does not.
                self._emitted.labels(says, late)
        self._postponed = Counter("redress_timers_postponed", "Cases whose timers failed and were put off", registry=registry)

    async def run(self) -> None:
        """Sweep until it is cancelled."""
        while True:
            if await self.sweep() < self._batch:
                await asyncio.sleep(self._pause)

    async def sweep(self) -> int:
        """One look; how many cases were due. A case that fails is put off and does not hold up the others."""
        at = self._clock()
        documents = await self._cases.due(at, self._batch)
        for document in documents:
            try:
                await self._fire(document, at)
            except StoreUnavailable:
                raise
            except Exception:
                failures = document.get("timer_failures", 0) + 1
                wait = min(timedelta(seconds=5 * 2 ** min(failures, 12)), _LONGEST_POSTPONED)
                log.exception("timers of a case failed; put off", case_id=document["_id"], until=str(at + wait))
                self._postponed.inc()
                await self._cases.postpone(document, at + wait)
        return len(documents)

    async def _fire(self, document: Document, at: datetime) -> None:
        # Without events a deadline has moved since the timer was set: the write sets it anew.
        made = await self._executor.execute_loaded(stored_of(document), FireTimers(), at)
        for event in made.events if made else ():
            if isinstance(event, ClockEvent):
                self._emitted.labels(event.type.rsplit("clock-", 1)[1].removesuffix(".v1"), event.late).inc()
