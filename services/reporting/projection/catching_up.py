"""Fold from the log itself, from a generation's stored positions on, in parallel with the consumer group."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from services.reporting.projection.apply import apply_span
from services.reporting.projection.fold import Place, entry
from services.reporting.projection.store import AggregateSlices
from shared.messaging.log import Chunk, LogReader


async def catch_up(
    store: AggregateSlices,
    reader: LogReader,
    generation: int,
    topic: str,
    ends: Mapping[int, int],
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Fold the partitions of `ends` from their positions up to, and without, those offsets.

    Safe in parallel with the live consumer and with itself: the fences decide. `progress` receives the number of offsets folded.
    """
    incarnations = await reader.incarnations(topic)
    places = {
        partition: Place(generation, topic, partition, incarnations[partition])
        for partition, end in ends.items()
        if end > 0 and partition in incarnations
    }
    starts = {partition: await store.position(place) + 1 for partition, place in places.items()}
    wanted = {partition: ends[partition] for partition in places}
    async for chunk in reader.read(topic, starts, wanted):
        await _fold_chunk(store, places[chunk.partition], chunk)
        progress(chunk.last - chunk.first + 1)


async def _fold_chunk(store: AggregateSlices, place: Place, chunk: Chunk) -> None:
    entries = [found for offset, envelope in chunk.records if (found := entry(offset, envelope.data)) is not None]
    await apply_span(store, place, chunk.last, entries)
