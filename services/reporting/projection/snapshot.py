"""All cells of a generation at one settled moment.

A batch lands document by document, so a reader may catch it halfway. It has not when no slice is beyond its position and
the positions did not move while the slices were read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from services.reporting.measures import MEASURES_VERSION, Cells
from services.reporting.projection.fold import Place
from services.reporting.projection.positions import NOTHING
from services.reporting.projection.store import AggregateSlices, Slice
from shared.errors import Unavailable

_ATTEMPTS = 20
_PAUSE_SECONDS = 0.05


class CountedAnew(Unavailable):
    """The generation in use was folded under other measures, whose cells are others; another one is being folded."""

    def __init__(self) -> None:
        detail = f"The figures are being counted anew, by version {MEASURES_VERSION} of the measures; ask again soon."
        super().__init__("counted-anew", detail)


@dataclass(frozen=True)
class Snapshot:
    """The slices of a generation. `settled` is false when events kept coming in while they were read."""

    generation: int
    positions: Mapping[Place, int]
    slices: tuple[Slice, ...]
    settled: bool

    def cells(self) -> Cells:
        """The partitions added up."""
        return total(self.slices)


def total(slices: tuple[Slice, ...]) -> Cells:
    cells: Cells = {}
    for item in slices:
        for cell, count in item.cells.items():
            cells[cell] = cells.get(cell, 0) + count
    return {cell: count for cell, count in cells.items() if count}


async def read_snapshot(store: AggregateSlices, generation: int | None = None) -> Snapshot:
    """Read the generation in use, or another one of the same measures, trying again while a batch is landing.

    Raises:
        CountedAnew: the generation in use was folded under another version of the measures.
    """
    for attempt in range(_ATTEMPTS):
        pointer = await store.pointer()
        if generation is None and pointer.measures_version != MEASURES_VERSION:
            raise CountedAnew
        wanted = pointer.generation if generation is None else generation
        before = await store.positions(wanted)
        slices = tuple(await store.slices(wanted))
        after = await store.positions(wanted)
        settled = before == after and all(item.fence <= after.get(item.place, NOTHING) for item in slices)
        if settled or attempt == _ATTEMPTS - 1:
            return Snapshot(wanted, after, slices, settled)
        await asyncio.sleep(_PAUSE_SECONDS)
    raise AssertionError("unreachable")


class Reader:
    """Snapshots for pages and the API, read again only when a position or the pointer has moved."""

    def __init__(self, store: AggregateSlices) -> None:
        self._store = store
        self._held: Snapshot | None = None

    async def snapshot(self) -> Snapshot:
        """The generation in use. Raises CountedAnew."""
        held = self._held
        if held is not None and held.settled:
            pointer = await self._store.pointer()
            if pointer.generation == held.generation and await self._store.positions(held.generation) == held.positions:
                return held
        self._held = await read_snapshot(self._store)
        return self._held
