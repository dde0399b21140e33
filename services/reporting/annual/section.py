"""The sections of a report: which of its figures and tables belong together, under a title."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from services.reporting.annual.figures import Figure, Values
from services.reporting.annual.tables import Table


class Group(BaseModel):
    """Figures and tables by their ids. `recorded` is false when neither year has anything in it to count."""

    id: str
    title: str
    figures: list[str]
    tables: list[str]
    recorded: bool


class Section(BaseModel):
    """Groups under one title; none where nothing was ever recorded for it."""

    id: str
    title: str
    groups: list[Group]


@dataclass(frozen=True)
class Filled:
    """A group with what is in it."""

    id: str
    title: str
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...] = ()

    @property
    def group(self) -> Group:
        return Group(
            id=self.id,
            title=self.title,
            figures=[figure.id for figure in self.figures],
            tables=[table.id for table in self.tables],
            recorded=any(counted(figure) or counted(figure.previous) for figure in self.figures),
        )


@dataclass(frozen=True)
class FilledSection:
    """A section with what is in it."""

    id: str
    title: str
    groups: tuple[Filled, ...]

    @property
    def section(self) -> Section:
        return Section(id=self.id, title=self.title, groups=[one.group for one in self.groups])


def counted(values: Values) -> bool:
    """Whether a figure counts anything: not unknown, and not nought."""
    return bool(values.value or values.numerator or values.denominator)
