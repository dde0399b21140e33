"""Events a second into fenced documents. What is measured: README.md in this folder."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import time
import uuid
from importlib.metadata import version
from itertools import chain
from typing import Any, NamedTuple

from services.reporting.app import create_app
from services.reporting.measures import Cell, Cells, difference, measure
from services.reporting.projection.catching_up import catch_up
from services.reporting.projection.fold import by_year
from services.reporting.projection.log import TOPICS
from services.reporting.projection.snapshot import Snapshot, read_snapshot
from services.reporting.projection.store import AggregateSlices
from services.reporting.projection.verify import verify
from shared.events.cases import CaseEvent
from shared.messaging.connection import client_options
from shared.messaging.log import LogReader
from shared.messaging.topics import Topics
from shared.store import Store
from tests.reporting.histories import many_cases
from tests.reporting.rig import Rig, expected_of, make_rig
from tests.servers import fresh_databases, fresh_topics


class Times(NamedTuple):
    """Seconds by the clock on the wall, and of this process's CPU, which other work on the machine does not stretch."""

    wall: float
    cpu: float


class Stopwatch:
    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Times:
        return Times(time.perf_counter() - self._wall, time.process_time() - self._cpu)


class Counted(AggregateSlices):
    """Counts the calls to the store."""

    calls = 0

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name in {"position", "advance", "first_offsets", "note_offsets", "fences", "swap"}:
            Counted.calls += 1
        return found


async def live(rig: Rig, expected: Cells) -> Times:
    """The service from an empty store to the end of the log."""
    app = create_app(rig.settings.model_copy(update={"balance_seconds": 3600.0}))
    async with app.router.lifespan_context(app):
        while not app.state.runtime._prepared:
            await asyncio.sleep(0.01)
        started = Stopwatch()
        while True:
            await asyncio.sleep(0.05)
            snapshot = await app.state.queries.reader.snapshot()
            if snapshot.settled and snapshot.cells() == expected:
                return started.read()


async def rebuild(rig: Rig, reader: LogReader, expected: Cells, prefix: str) -> Times:
    """A generation folded by the plain loop."""
    store = Store(rig.settings.mongo_url, prefix)
    slices = Counted(store.database("reporting"))
    await slices.prepare()
    started = Stopwatch()
    for topic in TOPICS:
        await catch_up(slices, reader, 1, topic, await reader.ends(topic))
    seconds = started.read()
    assert (await read_snapshot(slices)).cells() == expected
    await store.drop_databases()
    store.close()
    return seconds


async def recompute(reader: LogReader, snapshot: Snapshot) -> Times:
    """In memory alone, compared with a folded generation."""
    started = Stopwatch()
    assert (await verify(snapshot, reader)).differences == []
    return started.read()


async def naive(rig: Rig, reader: LogReader, expected: Cells, prefix: str) -> tuple[Times, int]:
    """One unfenced $inc an event and year; the seconds and by how much the sum of all cells is wrong."""
    store = Store(rig.settings.mongo_url, prefix)
    cells = store.database("naive")["cells"]
    started = Stopwatch()
    async for chunk in reader.read("cases", {}, await reader.ends("cases")):
        for _, envelope in chunk.records:
            data = envelope.data
            assert isinstance(data, CaseEvent)
            for year, change in by_year(difference(measure(data.after), measure(data.before))).items():
                counts = {f"cells.{cell}": count for cell, count in change.items()}
                await cells.update_one({"_id": year}, {"$inc": counts}, upsert=True)
    seconds = started.read()
    found = {Cell.from_text(text): n for d in await cells.find_list({}) for text, n in d["cells"].items()}
    error = sum(abs(found.get(cell, 0) - expected.get(cell, 0)) for cell in {*found, *expected})
    await store.drop_databases()
    store.close()
    return seconds, error


def show(name: str, events: int, times: list[Times]) -> None:
    rates = [events / one.wall for one in times]
    cpu = statistics.median(one.cpu for one in times) / events * 1e6
    spread = f"{min(rates):,.0f} to {max(rates):,.0f}, {len(times)} rounds"
    print(f"{name:10} {statistics.median(rates):>8,.0f} records/s ({spread}), {cpu:,.0f} us of client CPU a record")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=6000)
    parser.add_argument("--repeats", type=int, default=20, help="per cent of the events that are published again")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    mongo, kafka = os.environ["REDRESS_MONGO_URL"], os.environ["REDRESS_KAFKA"]
    names = ("faststream", "aiokafka", "pymongo", "motor", "pydantic")
    print(f"Python {platform.python_version()}, {', '.join(f'{n} {version(n)}' for n in names)}, {os.cpu_count()} cores")

    cases = many_cases(options.cases)
    expected = expected_of(cases)
    events = list(chain.from_iterable(cases))
    again = len(events) * options.repeats // 100
    async with fresh_topics(kafka, 4) as topics, make_rig(mongo, kafka, topics, "none") as rig:
        for start in range(0, len(events), 2000):
            await rig.publish(events[start : start + 2000])
        await rig.publish(events[:again])
        records = len(events) + again
        print(f"{len(events):,} events of {len(cases):,} cases, {again:,} published again, 4 partitions")
        reader = LogReader(rig.settings, Topics(topics))
        runs: dict[str, list[Times]] = {"live": [], "rebuild": [], "recompute": []}
        for _ in range(options.rounds):
            async with fresh_databases(mongo) as prefix:
                async with make_rig(mongo, kafka, topics, prefix) as fresh:
                    await _forget(fresh)
                    runs["live"].append(await live(fresh, expected))
                store = Store(mongo, prefix)
                snapshot = await read_snapshot(AggregateSlices(store.database("reporting")))
                runs["recompute"].append(await recompute(reader, snapshot))
                store.close()
            runs["rebuild"].append(await rebuild(rig, reader, expected, f"t{uuid.uuid4().hex[:10]}"))
        for name, times in runs.items():
            show(name, records, times)
        seconds, error = await naive(rig, reader, expected, f"t{uuid.uuid4().hex[:10]}")
        show("naive", records, [seconds])
        print(f"store calls an event in a rebuild: {Counted.calls / options.rounds / records:.4f}")
        print(f"cells wrong: live 0, rebuild 0; naive: the cells are off by {error:,} in all")


async def _forget(rig: Rig) -> None:
    """Let the consumer group begin again."""
    from aiokafka import AIOKafkaConsumer

    for topic in TOPICS:
        consumer = AIOKafkaConsumer(
            f"{rig.settings.topic_prefix}{topic}",
            **client_options(rig.settings),
            group_id=f"{rig.settings.topic_prefix}reporting-{topic}",
            enable_auto_commit=False,
        )
        await consumer.start()
        while not consumer.assignment():
            await asyncio.sleep(0.05)
        await consumer.commit(dict.fromkeys(consumer.assignment(), 0))
        await consumer.stop()


if __name__ == "__main__":
    asyncio.run(main())
