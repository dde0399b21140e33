"""A figure's smallest part: a count of one thing in one financial year.

A key reads `measure|procedure` or `measure|procedure|dimension=value|...`. It is also the name of a field in a
stored document, so it never contains a dot or a dollar sign: every part is a slug.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

Cell: TypeAlias = tuple[str, str]
"""Financial year (`2022/23`) and key."""

Cells: TypeAlias = dict[Cell, int]


class Key(NamedTuple):
    measure: str
    procedure: str
    dimensions: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return "|".join(
            (self.measure, self.procedure, *(f"{name}={value}" for name, value in self.dimensions))
        )


def key(measure: str, procedure: str, **dimensions: str) -> str:
    """The key of a cell; the dimensions in the order they are given."""
    return str(Key(measure, procedure, tuple(dimensions.items())))


def parse(text: str) -> Key:
    """The inverse of `key`. ValueError when the text is no key."""
    measure, procedure, *rest = text.split("|")
    pairs = [part.split("=", 1) for part in rest]
    return Key(measure, procedure, tuple((name, value) for name, value in pairs))


def add(cells: Cells, year: str, name: str, count: int = 1) -> None:
    """Count something. What comes to nothing leaves no cell."""
    total = cells.get((year, name), 0) + count
    if total:
        cells[year, name] = total
    else:
        cells.pop((year, name), None)


def difference(after: Mapping[Cell, int], before: Mapping[Cell, int]) -> Cells:
    """`after - before`, without the cells that stay as they were."""
    changed = {cell: count - before.get(cell, 0) for cell, count in after.items()}
    for cell, count in before.items():
        if cell not in after:
            changed[cell] = -count
    return {cell: count for cell, count in changed.items() if count}
