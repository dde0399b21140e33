"""Kafka in: batches of `cases` and `lessons`, each partition judged by the stored position and folded under its fences."""

from __future__ import annotations

import asyncio

from services.reporting.metrics import ReportingMetrics
from services.reporting.projection.apply import apply_span
from services.reporting.projection.catching_up import catch_up
from services.reporting.projection.fold import Entry, Place, entry
from services.reporting.projection.log import TOPICS
from services.reporting.projection.positions import Gaps, Verdict
from services.reporting.projection.store import AggregateSlices
from shared.messaging.log import LogReader
from shared.messaging.records import Batch, Span, Subscription
from shared.telemetry.logs import get

log = get(__name__)
GROUP = "reporting"
_BATCH = 1000


class Folder:
    """Folds what the consumer group brings into the generation that the pointer names at that moment."""

    def __init__(self, store: AggregateSlices, reader: LogReader, metrics: ReportingMetrics) -> None:
        self._store = store
        self._reader = reader
        self._metrics = metrics
        self._gaps = Gaps()
        self._incarnations: dict[tuple[str, int], str] = {}

    def subscriptions(self) -> list[Subscription]:
        return [
            # A group for each topic: two members of one group that want different topics rebalance at every start.
            Subscription(topic=topic, group=f"{GROUP}-{topic}", handle_batch=self.fold, max_records=_BATCH)
            for topic in TOPICS
        ]

    async def fold(self, batch: Batch) -> None:
        """Fold one poll. Repeating it, whole or in part, changes nothing."""
        pointer = await self._store.pointer()
        by_partition: dict[int, list[Entry]] = {partition: [] for partition in batch.spans}
        for number, record in enumerate(batch):
            if (found := entry(record.offset, record.envelope.data)) is not None:
                by_partition[record.partition].append(found)
            if number % 200 == 199:
                await asyncio.sleep(0)
        for partition, entries in by_partition.items():
            await self._fold_span(batch, pointer.generation, partition, batch.spans[partition], entries)

    async def _fold_span(self, batch: Batch, generation: int, partition: int, span: Span, entries: list[Entry]) -> None:
        place = Place(generation, batch.topic, partition, await self._incarnation(batch.topic, partition))
        position = await self._store.position(place)
        if span.first <= position:
            # A redelivery, unless the topic was made anew and its offsets began again.
            place = place._replace(incarnation=await self._incarnation(batch.topic, partition, again=True))
            position = await self._store.position(place)
        verdict = self._gaps.judge(place, position, span.first, span.last)
        if verdict is Verdict.SEEK:
            log.warning("reading on from the stored position", place=str(place), position=position, at=span.first)
            self._metrics.sought.labels(batch.topic).inc()
            batch.seek(partition, position + 1)
            return
        if verdict is Verdict.FILL:
            await catch_up(self._store, self._reader, generation, batch.topic, {partition: span.first})
        if verdict is not Verdict.SKIP:
            new = await apply_span(self._store, place, span.last, entries)
            self._metrics.folded.labels(batch.topic).inc(new)
            self._metrics.repeated.labels(batch.topic).inc(len(entries) - new)
            position = span.last
        else:
            self._metrics.repeated.labels(batch.topic).inc(len(entries))
        self._metrics.position.labels(batch.topic, partition).set(position)

    async def _incarnation(self, topic: str, partition: int, *, again: bool = False) -> str:
        if again or (topic, partition) not in self._incarnations:
            for found, mark in (await self._reader.incarnations(topic)).items():
                self._incarnations[topic, found] = mark
        return self._incarnations[topic, partition]
