"""What one reporting service consists of, handed to its API and its pages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date

from services.reporting.annual.report import AnnualReport, annual_report
from services.reporting.editions import Editions
from services.reporting.measures import Cells
from services.reporting.projection.as_at import AsAt
from services.reporting.projection.rebuild import Rebuilder, RebuildState
from services.reporting.projection.snapshot import Reader
from services.reporting.projection.store import AggregateSlices
from shared.messaging.log import LogReader


@dataclass
class Parts:
    """The reporting service's own objects."""

    store: AggregateSlices
    log: LogReader
    reader: Reader
    as_at: AsAt
    rebuilder: Rebuilder
    editions: Editions
    _tasks: set[asyncio.Task[RebuildState]] = field(default_factory=set)

    async def cells(self, as_at: date | None) -> Cells:
        """The cells now, or at the end of a London day."""
        if as_at is not None:
            return await self.as_at.cells(as_at)
        return (await self.reader.snapshot()).cells()

    async def report(self, year: str, procedure: str | None, as_at: date | None) -> AnnualReport:
        """The annual report. Raises UnknownProcedure, ValueError for the year, BrokerUnavailable with `as_at`."""
        cells = await self.cells(as_at)
        return await asyncio.to_thread(annual_report, cells, year, procedure, as_at=as_at)

    async def begin_rebuild(self, reason: str) -> RebuildState:
        """Start a rebuild in the background. Raises RebuildUnderWay."""
        state = await self.rebuilder.begin(reason)
        task = asyncio.create_task(self.rebuilder.run(state))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return state

    async def stop(self) -> None:
        """Give up what runs in the background; a rebuild's lease runs out by itself."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
