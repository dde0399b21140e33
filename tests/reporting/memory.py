"""The fold's store in memory, with a pause before every call at which a test may crash it or run somebody else."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from typing import Any

from services.reporting.measures import Cells
from services.reporting.projection.fold import Place, Seen, SliceChange
from services.reporting.projection.positions import NOTHING


class Pause:
    def __await__(self) -> Generator[None, Any, None]:
        yield


class MemorySlices:
    def __init__(self) -> None:
        self.positions: dict[Place, int] = {}
        self.first: dict[tuple[str, str, Seen], int] = {}
        self.slices: dict[tuple[Place, str], tuple[int, Cells]] = {}

    async def position(self, place: Place) -> int:
        await Pause()
        return self.positions.get(place, NOTHING)

    async def advance(self, place: Place, offset: int) -> None:
        await Pause()
        self.positions[place] = max(self.positions.get(place, NOTHING), offset)

    async def first_offsets(self, place: Place, aggregates: Iterable[str]) -> dict[Seen, int]:
        await Pause()
        wanted = set(aggregates)
        return {
            seen: offset
            for (topic, incarnation, seen), offset in self.first.items()
            if (topic, incarnation) == (place.topic, place.incarnation) and seen.aggregate in wanted
        }

    async def note_offsets(self, place: Place, first: Mapping[Seen, int]) -> None:
        for seen, offset in first.items():
            await Pause()
            name = (place.topic, place.incarnation, seen)
            self.first[name] = min(offset, self.first.get(name, offset))

    async def fences(self, place: Place, years: Iterable[str]) -> dict[str, int]:
        found = {}
        for year in sorted(years):
            await Pause()
            if (place, year) in self.slices:
                found[year] = self.slices[place, year][0]
        return found

    async def swap(self, place: Place, year: str, expected: int | None, fence: int, change: SliceChange) -> bool:
        await Pause()
        held = self.slices.get((place, year))
        if (held[0] if held else None) != expected:
            return False
        cells = dict(held[1]) if held else {}
        for key, count in change.items():
            cells[key] = cells.get(key, 0) + count
        self.slices[place, year] = (fence, cells)
        return True

    def cells(self, generation: int) -> Cells:
        total: Cells = {}
        for (place, _), (_, cells) in self.slices.items():
            if place.generation == generation:
                for cell, count in cells.items():
                    total[cell] = total.get(cell, 0) + count
        return {cell: count for cell, count in total.items() if count}
