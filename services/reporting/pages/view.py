"""The sections of a report in the order a page shows them, without the percentages of nothing."""

from __future__ import annotations

from dataclasses import dataclass

from services.reporting.annual.figures import Figure, counted
from services.reporting.annual.report import FilledReport
from services.reporting.annual.section import FilledGroup, FilledSection, Place
from services.reporting.annual.tables import Table


@dataclass(frozen=True)
class Shown:
    """Figures under a caption, and tables beneath them. `recorded` is false where there is nothing to count in either year."""

    title: str
    figures: list[Figure]
    tables: list[Table]
    recorded: bool


@dataclass(frozen=True)
class Chapter:
    """A heading of the page with what stands under it."""

    id: str
    title: str
    groups: list[Shown]


@dataclass(frozen=True)
class View:
    """`left_out` counts the percentages and averages that nothing stands behind in either year; `detail` are the tables at the
    end, of which one with bars is open."""

    headline: list[Figure]
    chapters: list[Chapter]
    detail: list[FilledGroup]
    left_out: int


def view_of(report: FilledReport) -> View:
    """Headline figures, a chapter for each section, tables. What is asked for alone, such as letters, stands before how complaints
    were handled."""
    at = {place: [one for one in report.sections if one.section.place is place] for place in Place}
    chapters = [_chapter(report, filled) for filled in at[Place.CHAPTER]]
    if report.asked.only_requests:
        chapters.insert(1, chapters.pop(0))
    return View(
        headline=[figure for filled in at[Place.HEADLINE] for figure in filled.figures],
        chapters=chapters,
        detail=[group for filled in at[Place.DETAIL] for group in filled.groups],
        left_out=sum(_is_of_nothing(figure) for filled in at[Place.CHAPTER] for figure in filled.figures),
    )


def _chapter(report: FilledReport, filled: FilledSection) -> Chapter:
    section = filled.section
    empty = section.general and report.asked.only_requests and _of_no_complaint(filled.figures)
    groups = [
        Shown(
            title=group.title,
            figures=[figure for figure in group.figures if not _is_of_nothing(figure)],
            tables=list(group.tables),
            recorded=group.recorded or section.general,
        )
        for group in filled.groups
    ]
    return Chapter(section.id.replace("_", "-"), section.title, [] if empty else groups)


def _of_no_complaint(figures: list[Figure]) -> bool:
    """Whether a column of noughts would be of no use: requests and letters are enquiries."""
    others = [figure for figure in figures if figure.measure != "enquiries"]
    return not any(counted(figure) or counted(figure.previous) for figure in others)


def _is_of_nothing(figure: Figure) -> bool:
    return figure.unit != "count" and not figure.denominator and not figure.previous.denominator
