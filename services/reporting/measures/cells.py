"""A figure's smallest part: a count of one thing in one month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Self, TypeAlias

from shared.calendar.periods import month_of

Dimensions: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values, in the order in which they stand in a cell."""


class Cell(str):
    """What is counted, and the month (`2022-04`, Europe/London) in which it counts: `month|measure|procedure|name=value|...`.

    A cell is its text, and names a field of a stored document, so it never contains a dot or a dollar sign: every part of it is
    a slug. The fold hashes and compares cells many times and never looks into one, which is why it is no tuple of its parts.
    """

    __slots__ = ()

    def __new__(cls, month: str, measure: str, procedure: str, /, **dimensions: str) -> Self:
        return str.__new__(cls, _text(f"{month}|{measure}|{procedure}", dimensions))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """The cell of a text, which is not checked: its parts raise ValueError when it is none."""
        return str.__new__(cls, text)

    @property
    def month(self) -> str:
        return self[:7]

    @property
    def measure(self) -> str:
        return self.parts[0]

    @property
    def procedure(self) -> str:
        return self.parts[1]

    @property
    def dimensions(self) -> Dimensions:
        return self.parts[2]

    @property
    def parts(self) -> tuple[str, str, Dimensions]:
        """Measure, procedure and dimensions."""
        return _parts(self[8:])


def _text(base: str, dimensions: Mapping[str, str]) -> str:
    for name, value in dimensions.items():
        base = f"{base}|{name}={value}"
    return base


@lru_cache(maxsize=65_536)
def _parts(text: str) -> tuple[str, str, Dimensions]:
    # The same texts come again for every month and every partition.
    measure, procedure, *rest = text.split("|")
    pairs = [part.split("=", 1) for part in rest]
    return measure, procedure, tuple((name, value) for name, value in pairs)


Cells: TypeAlias = dict[Cell, int]


def add(cells: Cells, day: date, measure: str, procedure: str, /, *marginals: Mapping[str, str], **fixed: str) -> None:
    """Count one in the month of a London day: in the cell of the `fixed` dimensions, and with each of the marginals after them."""
    whole = _text(f"{month_of(day)}|{measure}|{procedure}", fixed)
    for marginal in ({}, *marginals):
        cell = Cell.from_text(_text(whole, marginal))
        cells[cell] = cells.get(cell, 0) + 1


def difference(after: Mapping[Cell, int], before: Mapping[Cell, int]) -> Cells:
    """`after - before`, without the cells that stay as they were."""
    changed = {cell: count - before.get(cell, 0) for cell, count in after.items()}
    for cell, count in before.items():
        if cell not in after:
            changed[cell] = -count
    return {cell: count for cell, count in changed.items() if count}
