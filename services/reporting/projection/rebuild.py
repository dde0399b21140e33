"""Blue-green rebuild: a new generation is folded from offset zero in parallel with the old one, compared, and put in its place.

The live consumer goes on folding into the old generation until the pointer flips; then its next batch finds the new
generation's positions and carries on from there. What it folded into the old one in between is in the log before the
flip, so a last catching-up after the flip has it too.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta

from pydantic import BaseModel

from services.reporting.measures import MEASURES_VERSION, Cell
from services.reporting.metrics import ReportingMetrics
from services.reporting.projection.catching_up import catch_up
from services.reporting.projection.log import TOPICS
from services.reporting.projection.snapshot import Snapshot, read_snapshot
from services.reporting.projection.store import AggregateSlices
from services.reporting.projection.verify import Difference, compare
from shared.clock import now
from shared.errors import Conflict
from shared.messaging.log import LogReader
from shared.store import Collection, Database, DuplicateKey
from shared.telemetry.logs import get

log = get(__name__)
_LEASE = timedelta(seconds=60)
_COMPARE_ATTEMPTS = 5
_DIFFERENCES_KEPT = 50


class RebuildUnderWay(Conflict):
    """Another rebuild holds the lease."""

    def __init__(self) -> None:
        super().__init__("rebuild-under-way", "A rebuild is under way; see GET /api/v1/rebuild.")


class RebuildState(BaseModel):
    """How a rebuild goes: `running`, `comparing`, `done` or `failed`. Offsets are counted over all partitions."""

    generation: int
    replaces: int
    state: str
    started_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None = None
    offsets_folded: int = 0
    offsets_total: int = 0
    differences: int | None = None
    examples: list[Difference] = []
    reason: str = ""
    error: str | None = None


class Rebuilder:
    """Runs at most one rebuild at a time, over all instances; the lease of one that died runs out."""

    def __init__(self, database: Database, store: AggregateSlices, reader: LogReader, metrics: ReportingMetrics) -> None:
        self._states: Collection = database["rebuilds"]
        self._lease: Collection = database["rebuild_lease"]
        self._store = store
        self._reader = reader
        self._metrics = metrics

    async def latest(self) -> RebuildState | None:
        """The newest rebuild, running or over."""
        found = await self._states.find_one({}, sort=[("_id", -1)])
        return None if found is None else RebuildState.model_validate(found)

    async def begin(self, reason: str) -> RebuildState:
        """Take the lease and number a new generation; `run` does the work. Raises RebuildUnderWay."""
        await self._take_lease()
        at = now()
        pointer = await self._store.pointer()
        state = RebuildState(
            generation=await self._store.new_generation(),
            replaces=pointer.generation,
            state="running",
            started_at=at,
            heartbeat_at=at,
            reason=reason,
        )
        await self._save(state)
        return state

    async def run(self, state: RebuildState) -> RebuildState:
        """Fold, compare, flip, catch up. On an error the old generation stays in use and the state has the reason."""
        try:
            await self._fold(state)
            await self._compare(state)
            if not await self._store.flip(state.replaces, state.generation, MEASURES_VERSION):
                raise RuntimeError("the pointer was moved by somebody else meanwhile")
            await self._fold(state)
            await self._store.drop_others((state.replaces, state.generation))
            state.state = "done"
            self._metrics.rebuild_differences.set(state.differences or 0)
            log.info("rebuilt", generation=state.generation, differences=state.differences)
        except Exception as error:
            state.state, state.error = "failed", f"{type(error).__name__}: {error}"[:300]
            log.exception("rebuild failed", generation=state.generation)
        state.finished_at = now()
        self._metrics.rebuild_seconds.observe((state.finished_at - state.started_at).total_seconds())
        await self._save(state)
        await self._release()
        return state

    async def roll_back(self) -> int | None:
        """Point at the previous generation again and bring it up to date; its number.

        None where there is none, or where it was folded under measures that this release no longer has. Raises
        RebuildUnderWay.
        """
        await self._take_lease()
        try:
            pointer = await self._store.pointer()
            if pointer.previous is None or pointer.previous_measures_version != MEASURES_VERSION:
                return None
            if not await self._store.flip(pointer.generation, pointer.previous, MEASURES_VERSION):
                return None
            for topic in TOPICS:
                ends = await self._reader.ends(topic)
                await catch_up(self._store, self._reader, pointer.previous, topic, ends)
            log.info("rolled back", generation=pointer.previous, was=pointer.generation)
            return pointer.previous
        finally:
            await self._release()

    async def _fold(self, state: RebuildState) -> None:
        ends = {topic: await self._reader.ends(topic) for topic in TOPICS}
        state.offsets_total = sum(sum(of_topic.values()) for of_topic in ends.values())

        def count_offsets(offsets: int) -> None:
            state.offsets_folded += offsets

        pulse = asyncio.create_task(self._keep(state))
        try:
            for topic in TOPICS:
                await catch_up(self._store, self._reader, state.generation, topic, ends[topic], count_offsets)
        finally:
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
        await self._save(state)

    async def _compare(self, state: RebuildState) -> None:
        """Compare the generations where both have reached the same position; events that keep coming are waited out.

        One that was folded under other measures is not compared: its cells are others.
        """
        if (await self._store.pointer()).measures_version != MEASURES_VERSION:
            return
        state.state = "comparing"
        await self._save(state)
        for _ in range(_COMPARE_ATTEMPTS):
            old = await read_snapshot(self._store, state.replaces)
            new = await read_snapshot(self._store, state.generation)
            if old.settled and new.settled and _reached(old) == _reached(new):
                differences = compare(_slices(old), _slices(new))
                state.differences, state.examples = len(differences), differences[:_DIFFERENCES_KEPT]
                return
            await self._fold(state)
            await asyncio.sleep(0.2)
        log.warning("the generations were never at the same position", generation=state.generation)

    async def _take_lease(self) -> None:
        at = now()
        try:
            await self._lease.insert_one({"_id": "lease", "until": at + _LEASE})
        except DuplicateKey:
            free = {"_id": "lease", "until": {"$lt": at}}
            if not await self._lease.update_one(free, {"$set": {"until": at + _LEASE}}):
                raise RebuildUnderWay from None

    async def _release(self) -> None:
        await self._lease.delete_one({"_id": "lease"})

    async def _keep(self, state: RebuildState) -> None:
        while True:
            await asyncio.sleep(1)
            await self._lease.update_one({"_id": "lease"}, {"$set": {"until": now() + _LEASE}})
            await self._save(state)

    async def _save(self, state: RebuildState) -> None:
        state.heartbeat_at = now()
        fields = state.model_dump(mode="python")
        await self._states.update_one({"_id": state.generation}, {"$set": fields}, upsert=True)


def _reached(snapshot: Snapshot) -> dict[tuple[str, int, str], int]:
    return {(place.topic, place.partition, place.incarnation): at for place, at in snapshot.positions.items()}


def _slices(snapshot: Snapshot) -> dict[tuple[str, int, str], Counter[Cell]]:
    found: dict[tuple[str, int, str], Counter[Cell]] = {}
    for item in snapshot.slices:
        name = (item.place.topic, item.place.partition, item.year)
        found.setdefault(name, Counter()).update(item.cells)
    return found
