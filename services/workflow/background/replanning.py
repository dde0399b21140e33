"""Late holidays: when what is known of bank holidays changes, the open clocks are counted anew, and each that moved says so.

A case's document names the version of the holidays that its deadlines were counted by. Cases of another version are found by an
index; each is one write to the version it was read at, so that any number of instances may do it and none says it twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from services.workflow.background.writing import Writing
from services.workflow.case.clocks.late_holidays import replan, said_of
from services.workflow.store import Cases, stored_of
from shared.calendar.holidays import HolidayRegister, published
from shared.clock import now
from shared.store import Document, StoreUnavailable
from shared.telemetry.logs import get

log = get(__name__)

_AGAIN: Final = 3600.0


class Replanner(Writing):
    """Args beside those of `Writing`: the `registry` where its metrics are."""

    def __init__(
        self,
        cases: Cases,
        registry: CollectorRegistry,
        *,
        wake_relay: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = now,
        batch: int = 200,
    ) -> None:
        super().__init__(cases, wake_relay=wake_relay, clock=clock, batch=batch)
        self._moved = Counter(
            "redress_clocks_replanned",
            "Open clocks whose deadline moved with a late holiday",
            registry=registry,
        )

    async def run(self) -> None:
        """Re-plan whatever needs it, and look again every hour, for ever."""
        while True:
            await self.all()
            await asyncio.sleep(_AGAIN)

    async def all(self) -> int:
        """Every open case of an older version; how many clocks moved. A case that fails is logged and holds up no other."""
        moved = 0
        failed: list[str] = []
        register = self._cases.register or published()
        while documents := await self._cases.counted_otherwise(register.version, self._batch, but=failed):
            for document in documents:
                try:
                    moved += await self._one(document, register)
                except StoreUnavailable:
                    raise
                except Exception:
                    log.exception("a case cannot be re-planned", case_id=document["_id"])
                    failed.append(document["_id"])
        if moved or failed:
            log.info("clocks re-planned", calendar=register.version, moved=moved, failed=len(failed))
        return moved

    async def _one(self, document: Document, register: HolidayRegister) -> int:
        stored, at = stored_of(document), self._clock()
        books = self._cases.rulebooks
        events = replan(stored.case, said_of(document, stored.case, books), books, at, register)
        # Without events the write notes that the case's deadlines hold by these holidays.
        if not await self._write(stored, events, at):
            return 0
        self._moved.inc(len(events))
        return len(events)
