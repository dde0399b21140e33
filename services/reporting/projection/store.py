"""The aggregates in MongoDB: slices under fences, positions, first offsets, and the pointer to the generation in use.

A slice holds the cells of a financial year, in a document of its own for each month: MongoDB seeks a field from the first one
on, so that a change of one cell passes twelve months and the cells of one of them, not those of the year.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.reporting.measures import MEASURES_VERSION, Cell, Cells
from services.reporting.projection.fold import Place, Seen, SliceChange
from services.reporting.projection.positions import NOTHING
from shared.store import Collection, Database, DuplicateKey

_POINTER = "active"


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which generation is read and folded into, and which one was before it."""

    generation: int
    previous: int | None
    measures_version: int
    previous_measures_version: int | None


@dataclass(frozen=True, slots=True)
class Slice:
    """One document: the cells of a year as one partition contributes them, and the offset up to which it includes."""

    place: Place
    year: str
    fence: int
    cells: Mapping[Cell, int]


class AggregateSlices:
    """Implements `projection.apply.Slices`. A slice belongs to one partition, so that its owner is its only writer."""

    def __init__(self, database: Database) -> None:
        self._slices: Collection = database["slices"]
        self._positions: Collection = database["positions"]
        self._first: Collection = database["first_offsets"]
        self._pointers: Collection = database["pointer"]

    async def prepare(self) -> None:
        """Create indexes, and the first generation where there is none. Idempotent."""
        for collection in (self._slices, self._positions):
            await collection.create_index([("generation", 1)], name="generation")
        try:
            await self._pointers.insert_one(
                {
                    "_id": _POINTER,
                    "generation": 1,
                    "previous": None,
                    "newest": 1,
                    "measures_version": MEASURES_VERSION,
                }
            )
        except DuplicateKey:
            return

    async def pointer(self) -> Pointer:
        found = await self._pointers.find_one({"_id": _POINTER})
        if found is None:
            raise RuntimeError("the aggregates have no pointer: the store is not prepared")
        return Pointer(
            found["generation"],
            found["previous"],
            found["measures_version"],
            found.get("previous_measures_version"),
        )

    async def new_generation(self) -> int:
        """A number that no generation has had."""
        found = await self._pointers.find_one_and_update({"_id": _POINTER}, {"$inc": {"newest": 1}})
        if found is None:
            raise RuntimeError("the aggregates have no pointer: the store is not prepared")
        return int(found["newest"])

    async def flip(self, expected: int, generation: int, measures_version: int) -> bool:
        """Point at `generation` if the pointer is still at `expected`; that one becomes the previous."""
        return await self._pointers.update_one(
            {"_id": _POINTER, "generation": expected},
            [
                {
                    "$set": {
                        "generation": generation,
                        "previous": expected,
                        "previous_measures_version": "$measures_version",
                        "measures_version": measures_version,
                    }
                }
            ],
        )

    async def drop_others(self, keep: Iterable[int]) -> None:
        """Drop every generation but these."""
        kept = list(keep)
        for collection in (self._slices, self._positions):
            await collection.delete_many({"generation": {"$nin": kept}})

    async def position(self, place: Place) -> int:
        found = await self._positions.find_one({"_id": str(place)})
        return NOTHING if found is None else int(found["position"])

    async def advance(self, place: Place, offset: int) -> None:
        update = {"$max": {"position": offset}, "$setOnInsert": place._asdict()}
        try:
            await self._positions.update_one({"_id": str(place)}, update, upsert=True)
        except DuplicateKey:
            # Two made it at once; now it is there.
            await self._positions.update_one({"_id": str(place)}, update)

    async def positions(self, generation: int) -> dict[Place, int]:
        found = await self._positions.find_list({"generation": generation})
        return {_place(document): int(document["position"]) for document in found}

    async def first_offsets(self, place: Place, aggregates: Iterable[str]) -> dict[Seen, int]:
        names = {_aggregate_id(place, aggregate): aggregate for aggregate in aggregates}
        found = await self._first.find_list({"_id": {"$in": list(names)}})
        return {
            Seen(names[document["_id"]], int(version)): int(offset)
            for document in found
            for version, offset in document["at"].items()
        }

    async def note_offsets(self, place: Place, first: Mapping[Seen, int]) -> None:
        # Facts of the log, the same whoever notes them and when, so they need no fence and hold for every generation.
        at: dict[str, dict[str, int]] = {}
        for seen, offset in first.items():
            at.setdefault(_aggregate_id(place, seen.aggregate), {})[str(seen.version)] = offset
        new = await self._first.insert_many([{"_id": name, "at": offsets} for name, offsets in at.items()])
        await self._first.bulk_update(
            ({"_id": name}, {"$min": {f"at.{version}": offset for version, offset in offsets.items()}})
            for name, offsets in at.items()
            if name not in new
        )

    async def fences(self, place: Place, years: Iterable[str]) -> dict[str, int]:
        found = await self._slices.find_list(
            {"_id": {"$in": [_slice_id(place, year) for year in years]}}, projection={"year": 1, "fence": 1}
        )
        return {document["year"]: int(document["fence"]) for document in found}

    async def swap(self, place: Place, year: str, expected: int | None, fence: int, change: SliceChange) -> bool:
        if expected is None:
            document = {
                "_id": _slice_id(place, year),
                **place._asdict(),
                "year": year,
                "fence": fence,
                "cells": _by_month(change),
            }
            try:
                await self._slices.insert_one(document)
            except DuplicateKey:
                return False
            return True
        update: dict[str, Any] = {"$set": {"fence": fence}}
        if change:
            update["$inc"] = {f"cells.{_path(cell)}": count for cell, count in change.items()}
        return await self._slices.update_one({"_id": _slice_id(place, year), "fence": expected}, update)

    async def slices(self, generation: int) -> list[Slice]:
        return [
            Slice(_place(document), document["year"], int(document["fence"]), _cells(document["cells"]))
            async for document in self._slices.find({"generation": generation})
        ]


def _aggregate_id(place: Place, aggregate: str) -> str:
    return f"{place.topic}:{place.incarnation}:{aggregate}"


def _slice_id(place: Place, year: str) -> str:
    return f"{place}:{year}"


def _path(cell: Cell) -> str:
    """Where a cell stands among the cells of its slice: under its month, by the rest of its text."""
    return cell.replace("|", ".", 1)


def _by_month(cells: Mapping[Cell, int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for cell, count in cells.items():
        month, _, rest = cell.partition("|")
        found.setdefault(month, {})[rest] = count
    return found


def _cells(months: Mapping[str, Mapping[str, int]]) -> Cells:
    return {Cell.from_text(f"{month}|{rest}"): count for month, cells in months.items() for rest, count in cells.items()}


def _place(document: Mapping[str, Any]) -> Place:
    return Place(document["generation"], document["topic"], document["partition"], document["incarnation"])
