"""What keeps the aggregates right: the balance and the log are checked all the time, a generation folded under older measures is
replaced, and an operator has it verified or rebuilt."""

from __future__ import annotations

import asyncio

from services.reporting.annual.balance import Balance, balance, unbalanced
from services.reporting.annual.cube import Cube
from services.reporting.measures import MEASURES_VERSION
from services.reporting.metrics import ReportingMetrics
from services.reporting.projection.log import TOPICS
from services.reporting.projection.rebuild import Rebuilder, RebuildState, RebuildUnderWay
from services.reporting.projection.snapshot import CountedAnew, read_snapshot
from services.reporting.projection.store import AggregateSlices
from services.reporting.projection.verify import Verification, verify
from shared.calendar.london import financial_year, today
from shared.clock import now
from shared.messaging.log import LogReader
from shared.messaging.publisher import BrokerUnavailable
from shared.telemetry.logs import get

log = get(__name__)
_LOG_SECONDS = 30.0


class Integrity:
    """Reads the aggregates afresh at every check: a page's cached reading would not see a damaged cell."""

    def __init__(
        self,
        store: AggregateSlices,
        reader: LogReader,
        rebuilder: Rebuilder,
        metrics: ReportingMetrics,
        *,
        seconds: float,
    ) -> None:
        self.store = store
        self.log = reader
        self.rebuilder = rebuilder
        self._metrics = metrics
        self._seconds = seconds
        self._lost: str | None = None
        self._rebuilds: set[asyncio.Task[RebuildState]] = set()

    def trouble(self) -> str | None:
        """Why the figures cannot be trusted, for readiness."""
        return self._lost

    async def log_for_ever(self) -> None:
        """Check that the log still has what the aggregates include."""
        while True:
            try:
                await self.check_log()
            except BrokerUnavailable as error:
                log.warning("the log was not checked", error=str(error)[:200])
            await asyncio.sleep(_LOG_SECONDS)

    async def check_log(self) -> str | None:
        """A sentence when a partition ends before the stored position.

        Then the broker has lost records that were acknowledged, and gives their offsets to new ones, which the fences would
        skip as old: a rebuild folds what the log has now.
        """
        positions = await self.store.positions((await self.store.pointer()).generation)
        short = []
        for topic in TOPICS:
            marks, ends = await self.log.incarnations(topic), await self.log.ends(topic)
            short += [
                f"{topic}/{place.partition} ends at {ends[place.partition]}, before {position + 1}"
                for place, position in positions.items()
                if place.topic == topic and marks.get(place.partition) == place.incarnation and ends[place.partition] <= position
            ]
        self._lost = f"the log has lost records: {'; '.join(short)}; rebuild" if short else None
        if self._lost:
            log.error("the log ends before what the aggregates include", where=short)
        return self._lost

    async def balance_for_ever(self) -> None:
        """Check the balance every so many seconds."""
        while True:
            await self.check_balance()
            await asyncio.sleep(self._seconds)

    async def check_balance(self) -> Balance | None:
        """One check; None when events kept coming in while the slices were read, or when they are being counted anew."""
        try:
            snapshot = await read_snapshot(self.store)
        except CountedAnew:
            return None
        self._metrics.generation.set(snapshot.generation)
        if not snapshot.settled:
            self._metrics.balance_checks.labels("unsettled").inc()
            return None
        cube = await asyncio.to_thread(Cube, snapshot.cells(), financial_year(today(now())))
        found = balance(cube)
        self._metrics.balance_checks.labels("mismatch" if found.mismatches else "balanced").inc()
        self._metrics.mismatches.set(found.mismatches)
        self._metrics.set_aside.set(sum(one.records for one in found.set_aside))
        self._metrics.ahead.set(sum(one.records for one in found.ahead))
        if found.mismatches:
            wrong = [" ".join(one) for one in unbalanced(cube)[:10]]
            log.error("the balance does not hold", mismatches=found.mismatches, where=wrong)
        return found

    async def renew_for_ever(self) -> None:
        """Rebuild when the generation in use was folded under another version of the measures."""
        while True:
            pointer = await self.store.pointer()
            if pointer.measures_version != MEASURES_VERSION:
                reason = f"measures {pointer.measures_version} -> {MEASURES_VERSION}"
                try:
                    await self.rebuilder.run(await self.rebuilder.begin(reason))
                except RebuildUnderWay:
                    log.info("another instance rebuilds", reason=reason)
            await asyncio.sleep(60)

    async def verify(self) -> Verification:
        """Recompute from the log and compare cell by cell. Raises BrokerUnavailable."""
        return await verify(await read_snapshot(self.store), self.log)

    async def begin_rebuild(self, reason: str) -> RebuildState:
        """Start a rebuild in the background. Raises RebuildUnderWay."""
        state = await self.rebuilder.begin(reason)
        task = asyncio.create_task(self.rebuilder.run(state))
        self._rebuilds.add(task)
        task.add_done_callback(self._rebuilds.discard)
        return state

    async def stop(self) -> None:
        """Give up a rebuild that runs in the background; its lease runs out by itself."""
        for task in list(self._rebuilds):
            task.cancel()
        await asyncio.gather(*self._rebuilds, return_exceptions=True)
