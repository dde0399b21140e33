"""A section of the report: what every section is made of, and one signature to fill it.

Page, CSV and chart are made from filled sections; the JSON lists in `sections` which figures and tables belong together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from services.reporting.annual.asked import Asked
from services.reporting.annual.cube import Cube
from services.reporting.annual.figures import Figure, counted
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


class Place(StrEnum):
    """Where a page shows a section: at its head as one table, under a heading, or among the tables at its end."""

    HEADLINE = "headline"
    CHAPTER = "chapter"
    DETAIL = "detail"


@dataclass(frozen=True)
class Bar:
    """A number of the year and of the year before, as a chart draws it."""

    label: str
    value: int | None
    previous: int | None

    @classmethod
    def of(cls, figure: Figure, label: str | None = None) -> Bar:
        return cls(figure.label if label is None else label, figure.value, figure.previous.value)


@dataclass(frozen=True)
class FilledGroup:
    """Figures and tables that belong together, and the bars by which a chart of the section shows them."""

    id: str
    title: str
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    bars: tuple[Bar, ...] = ()

    @property
    def recorded(self) -> bool:
        """Whether there is anything to count in either year."""
        return any(counted(figure) or counted(figure.previous) for figure in self.figures)


def _always(_: Asked) -> bool:
    return True


def _never(_: Asked) -> bool:
    return False


@dataclass(frozen=True)
class ReportSection:
    """A section as `sections.py` registers it. Pure.

    `build` makes its groups from the cells for what is asked, and `applies` decides whether the report has it at all. `chart` is
    the title of the chart of its bars, drawn when `charted`. A `general` section stands in every report: the CSV and the JSON
    do not list it by name, and a page shows its noughts.
    """

    id: str
    title: str
    build: Callable[[Cube, Asked], Iterable[FilledGroup]]
    applies: Callable[[Asked], bool] = _always
    place: Place = Place.CHAPTER
    general: bool = False
    chart: str = ""
    charted: Callable[[Asked], bool] = _never

    def fill(self, cube: Cube, asked: Asked) -> FilledSection:
        return FilledSection(self, tuple(self.build(cube, asked)))


@dataclass(frozen=True)
class FilledSection:
    """A section with what is in it."""

    section: ReportSection
    groups: tuple[FilledGroup, ...]

    @property
    def figures(self) -> list[Figure]:
        return [figure for group in self.groups for figure in group.figures]

    @property
    def tables(self) -> list[Table]:
        return [table for group in self.groups for table in group.tables]

    @property
    def bars(self) -> tuple[Bar, ...]:
        return tuple(bar for group in self.groups for bar in group.bars)

    @property
    def listed(self) -> Section:
        """As the JSON lists it."""
        groups = [
            Group(
                id=group.id,
                title=group.title,
                figures=[figure.id for figure in group.figures],
                tables=[table.id for table in group.tables],
                recorded=group.recorded,
            )
            for group in self.groups
        ]
        return Section(id=self.section.id, title=self.section.title, groups=groups)
