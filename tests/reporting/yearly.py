"""Cells as a year has them, under their texts without the month."""

from __future__ import annotations

from collections.abc import Mapping

from services.reporting.measures import Cell
from services.reporting.measures.definitions import LEVELS
from shared.calendar.periods import periods_of


def yearly(cells: Mapping[Cell, int]) -> dict[tuple[str, str], int]:
    """Counts by financial year and text; of what stands at a month's end those of 31 March. Written apart from the cube."""
    found: dict[tuple[str, str], int] = {}
    for cell, count in cells.items():
        if cell.measure in LEVELS and not cell.month.endswith("-03"):
            continue
        name = (periods_of(cell.month).year, str(cell).partition("|")[2])
        found[name] = found.get(name, 0) + count
    return found
