"""Lands a span of records in the slices: one compare-and-set a slice, then the position.

Read fences, fold what lies beyond them, swap each slice on condition that its fence is still the one that was read. A
crash at any line leaves slices of which each records what it includes; a consumer that has lost its partition finds
a fence moved and folds again what is left, which may be nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from services.reporting.projection.fold import (
    Entry,
    Place,
    Seen,
    SliceChange,
    first_occurrences,
    slice_change,
    years,
)
from services.reporting.projection.positions import NOTHING
from shared import failpoints


class Slices(Protocol):
    """What the fold asks of a store. Each call is atomic by itself and nothing more is needed."""

    async def position(self, place: Place) -> int:
        """The highest offset up to which every slice includes everything; `NOTHING` at first."""

    async def advance(self, place: Place, offset: int) -> None:
        """Move the position up to `offset`; never back."""

    async def first_offsets(self, place: Place, aggregates: Iterable[str]) -> dict[Seen, int]:
        """The first offset of each event of these aggregates that has been noted."""

    async def note_offsets(self, place: Place, first: Mapping[Seen, int]) -> None:
        """Note first offsets; of two for the same event the lower stays."""

    async def fences(self, place: Place, years: Iterable[str]) -> dict[str, int]:
        """The fence of each of these years' slices that exists."""

    async def swap(self, place: Place, year: str, expected: int | None, fence: int, change: SliceChange) -> bool:
        """Add to a slice and set its fence if its fence is `expected` (None: if there is no slice yet)."""


async def apply_span(slices: Slices, place: Place, last: int, entries: Sequence[Entry]) -> int:
    """Fold the entries of one contiguous span of a partition that ends at offset `last`.

    The caller has made sure that nothing lies between the place's position and the span. Returns how many entries were
    new to the aggregates: neither included before nor a repeat of an event.
    """
    position = await slices.position(place)
    if last <= position:
        return 0
    beyond = [item for item in entries if item.offset > position]
    known = await slices.first_offsets(place, {item.seen.aggregate for item in beyond}) if beyond else {}
    counted, new = first_occurrences(beyond, known)
    if new:
        await slices.note_offsets(place, new)
    failpoints.hit("reporting.before-fold")
    open_years = years(counted)
    while open_years:
        open_years = await _swap_all(slices, place, last, counted, open_years)
    failpoints.hit("reporting.after-fold")
    await slices.advance(place, last)
    return len(counted)


async def _swap_all(slices: Slices, place: Place, last: int, entries: Sequence[Entry], open_years: set[str]) -> set[str]:
    fences = await slices.fences(place, open_years)
    lost = set()
    for year in sorted(open_years):
        change = slice_change(entries, year, fences.get(year, NOTHING))
        if change is None:
            continue
        if not await slices.swap(place, year, fences.get(year), last, change):
            lost.add(year)
        failpoints.hit("reporting.between-documents")
    return lost
