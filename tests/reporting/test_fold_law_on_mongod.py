"""The law of the fold with the real store: concurrent consumers, cancelled anywhere, other cuts of the same records."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.projection.apply import apply_span
from services.reporting.projection.fold import Place, entry
from services.reporting.projection.positions import NOTHING
from services.reporting.projection.snapshot import read_snapshot
from services.reporting.projection.store import AggregateSlices
from shared.store import Store
from tests.reporting.fold_platform import recomputed
from tests.reporting.histories import Log, logs


@pytest.fixture(scope="module")
async def slices(mongo_url: str) -> AsyncIterator[AggregateSlices]:
    store = Store(mongo_url, f"t{uuid.uuid4().hex[:10]}")
    made = AggregateSlices(store.database("reporting"))
    await made.prepare()
    yield made
    await store.drop_databases()
    store.close()


attempts = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 6), st.integers(1, 6), st.none() | st.floats(0, 0.02)),
    max_size=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(log=logs(), tries=attempts, size=st.integers(1, 4))
async def test_incremental_equals_recomputed(
    slices: AggregateSlices, log: Log, tries: list[tuple[int, int, int, float | None]], size: int
) -> None:
    """Each try is a batch at or behind the position; some are given up after so many seconds, all run at once."""
    generation, incarnation = await slices.new_generation(), uuid.uuid4().hex[:12]
    places = [Place(generation, "cases", partition, incarnation) for partition in range(2)]

    async def batch(partition: int, first: int, count: int) -> None:
        events = log.partitions[partition][first : first + count]
        entries = [found for at, event in enumerate(events) if (found := entry(first + at, event)) is not None]
        if events:
            await apply_span(slices, places[partition], first + len(events) - 1, entries)

    async def attempt(partition: int, back: int, count: int, patience: float | None) -> None:
        reached = await slices.position(places[partition])
        first = max(0, reached + 1 - back)
        try:
            await asyncio.wait_for(batch(partition, first, count), patience)
        except TimeoutError:
            return

    for start in range(0, len(tries), 3):
        await asyncio.gather(*(attempt(*one) for one in tries[start : start + 3]))
    for partition, events in enumerate(log.partitions):
        while (reached := await slices.position(places[partition])) + 1 < len(events):
            assert reached >= NOTHING
            await batch(partition, reached + 1, size)
    snapshot = await read_snapshot(slices, generation)
    assert snapshot.settled
    assert snapshot.cells() == recomputed(log)
