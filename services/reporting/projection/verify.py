"""Recomputes the aggregates from the log, in memory and by a computation of its own, and compares cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from services.reporting.measures import Cell
from services.reporting.projection.fold import Place, Seen, entry
from services.reporting.projection.log import TOPICS
from services.reporting.projection.positions import NOTHING
from services.reporting.projection.snapshot import Snapshot
from shared.messaging.log import LogReader


class Difference(BaseModel):
    """A cell that differs from the log. `stored` is what the aggregates hold, `log` what was recomputed."""

    topic: str
    partition: int
    year: str
    cell: str
    stored: int
    log: int


class Verification(BaseModel):
    """What was compared, and where it differs."""

    generation: int
    events: int
    repeats: int
    slices: int
    cells: int
    settled: bool
    differences: list[Difference]

    @property
    def holds(self) -> bool:
        return not self.differences


@dataclass
class _Recomputed:
    cells: dict[tuple[str, int, str], Counter[Cell]]
    events: int = 0
    repeats: int = 0


async def verify(snapshot: Snapshot, reader: LogReader) -> Verification:
    """Compare each slice with the log up to the offset that the slice includes.

    Slices of a topic that was deleted and made again have no log any more: each of their cells is a difference.
    """
    log = _Recomputed({})
    for topic in TOPICS:
        await _recompute(topic, snapshot, reader, await reader.incarnations(topic), log)
    stored: dict[tuple[str, int, str], Counter[Cell]] = {}
    for item in snapshot.slices:
        name = (item.place.topic, item.place.partition, item.year)
        stored.setdefault(name, Counter()).update(item.cells)
    return Verification(
        generation=snapshot.generation,
        events=log.events,
        repeats=log.repeats,
        slices=len(snapshot.slices),
        cells=sum(len(cells) for cells in log.cells.values()),
        settled=snapshot.settled,
        differences=compare(stored, log.cells),
    )


def compare(
    stored: Mapping[tuple[str, int, str], Mapping[Cell, int]],
    log: Mapping[tuple[str, int, str], Mapping[Cell, int]],
) -> list[Difference]:
    """The cells in which two sets of slices differ; a cell of zero is no cell."""
    differences = []
    for name in sorted({*stored, *log}):
        ours, theirs = stored.get(name, {}), log.get(name, {})
        for cell in sorted({*ours, *theirs}):
            if ours.get(cell, 0) != theirs.get(cell, 0):
                topic, partition, year = name
                differences.append(
                    Difference(
                        topic=topic,
                        partition=partition,
                        year=year,
                        cell=cell,
                        stored=ours.get(cell, 0),
                        log=theirs.get(cell, 0),
                    )
                )
    return differences


async def _recompute(topic: str, snapshot: Snapshot, reader: LogReader, incarnations: Mapping[int, str], into: _Recomputed) -> None:
    reached = {
        partition: snapshot.positions.get(Place(snapshot.generation, topic, partition, mark), NOTHING)
        for partition, mark in incarnations.items()
    }
    fences = {
        (item.place.partition, item.year): item.fence
        for item in snapshot.slices
        if item.place.topic == topic and item.place.incarnation == incarnations.get(item.place.partition)
    }
    ends = dict(reached)
    for (partition, _), fence in fences.items():
        ends[partition] = max(ends[partition], fence)
    seen: set[Seen] = set()
    # A log that has lost its end is read as far as it goes: what is gone shows as a difference.
    there = await reader.ends(topic)
    upto = {partition: min(end + 1, there.get(partition, 0)) for partition, end in ends.items()}
    async for chunk in reader.read(topic, {}, upto):
        for offset, envelope in chunk.records:
            found = entry(offset, envelope.data)
            if found is None:
                continue
            if found.seen in seen:
                into.repeats += 1
                continue
            seen.add(found.seen)
            into.events += 1
            for year, change in found.slices.items():
                if offset <= max(reached[chunk.partition], fences.get((chunk.partition, year), NOTHING)):
                    cells = into.cells.setdefault((topic, chunk.partition, year), Counter())
                    for cell, count in change.items():
                        cells[cell] += count
