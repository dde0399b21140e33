"""Late holidays: when what is known of bank holidays changes, the open clocks are counted anew.

A case's document names the version of the holidays that its deadlines were counted by. Cases of another version are found by an
index; each is one write to the version it was read at, so that any number of instances may do it and each deadline moves once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from services.workflow.case.commands import Replan
from services.workflow.change import published_deadlines
from services.workflow.executor import Executor
from services.workflow.store import Cases, stored_of
from shared.clock import now
from shared.store import Document, StoreUnavailable
from shared.telemetry.logs import get

log = get(__name__)

_AGAIN: Final = 3600.0


class Replanner:
    """Counts the running clocks anew of every case that was counted by other holidays.

    Args:
        cases: where cases of an older version are found.
        executor: what counts their clocks anew.
        registry: where its metrics are.
        clock: the present instant, UTC.
        batch: how many cases are read at once.
    """

    def __init__(
        self,
        cases: Cases,
        executor: Executor,
        registry: CollectorRegistry,
        *,
        clock: Callable[[], datetime] = now,
        batch: int = 200,
    ) -> None:
        self._cases = cases
        self._executor = executor
        self._clock = clock
        self._batch = batch
        self._moved = Counter(
            "redress_clocks_replanned",
            "Open clocks whose deadline moved with a late holiday",
            registry=registry,
        )

    async def run(self) -> None:
        """Re-plan whatever needs it, and again every hour, until it is cancelled."""
        while True:
            await self.all()
            await asyncio.sleep(_AGAIN)

    async def all(self) -> int:
        """Every open case of an older version; how many clocks moved. A case that fails is logged and holds up no other."""
        moved = 0
        failed: list[str] = []
        version = self._cases.register.version
        while documents := await self._cases.counted_by_other_holidays(version, self._batch, excluding=failed):
            for document in documents:
                try:
                    moved += await self._one(document)
                except StoreUnavailable:
                    raise
                except Exception:
                    log.exception("a case cannot be re-planned", case_id=document["_id"])
                    failed.append(document["_id"])
        if moved or failed:
            log.info("clocks re-planned", calendar=version, moved=moved, failed=len(failed))
        return moved

    async def _one(self, document: Document) -> int:
        stored = stored_of(document)
        book = self._cases.book(stored.case)
        published = published_deadlines(document, stored.case, book, self._cases.register)
        # Without events the write records that the case's deadlines hold by these holidays.
        made = await self._executor.execute_loaded(stored, Replan(published), self._clock())
        moved = len(made.events) if made else 0
        self._moved.inc(moved)
        return moved
