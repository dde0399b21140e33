"""The figures of a report in the order a page shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.reporting.annual.figures import Figure
from services.reporting.annual.labels import FAMILIES, REQUEST_FAMILIES, label
from services.reporting.annual.report import AnnualReport
from services.reporting.annual.section import Group, Section, counted
from services.reporting.annual.tables import Table

_HEADLINES = {*FAMILIES, "social_care"}
_HEADLINE_IDS = {"ombudsman.statutory_received"}
_TITLES = {
    "closed": "Outcomes",
    "learning": "Learning",
}


@dataclass
class Shown:
    """Figures under a caption, and tables beneath them. `recorded` is false where there is nothing to count in either year."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    recorded: bool = True


@dataclass
class Chapter:
    """A heading of the page with what stands under it."""

    id: str
    title: str
    groups: list[Shown]


@dataclass
class Sections:
    """`left_out` counts the percentages and averages that nothing stands behind in either year; `tables` are those that stand in
    no chapter."""

    headline: list[Figure] = field(default_factory=list)
    chapters: list[Chapter] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    left_out: int = 0


def sections(report: AnnualReport) -> Sections:
    """Headline figures; how complaints were handled: volumes, outcomes, each stage, learning; the report's own sections."""
    placed = [group for section in report.sections for group in section.groups]
    figures = {name for group in placed for name in group.figures}
    tables = {name for group in placed for name in group.tables}
    found = Sections(tables=[table for table in report.tables if table.id not in tables])
    by_title: dict[str, Shown] = {}
    for figure in report.figures:
        first, *rest = figure.id.split(".")
        if figure.id in figures:
            found.left_out += _is_of_nothing(figure)
        elif first in _HEADLINES or figure.id in _HEADLINE_IDS:
            found.headline.append(figure)
        elif _is_of_nothing(figure):
            found.left_out += 1
        else:
            title = label("stage", rest[0]) if first == "stage" else _TITLES.get(first, "Volumes")
            by_title.setdefault(title, Shown(title)).figures.append(figure)
    groups = list(by_title.values())
    requests = only_requests(report)
    handled = Chapter(
        "handling", "How complaints were handled", [] if requests and _of_no_complaint(groups) else groups
    )
    found.chapters = [_chapter(report, section) for section in report.sections]
    found.chapters.insert(1 if requests else 0, handled)
    return found


def only_requests(report: AnnualReport) -> bool:
    """Whether the report is of a part whose cases are requests or letters, which then come before complaints."""
    return bool(report.procedures) and {one.family for one in report.procedures} <= set(REQUEST_FAMILIES)


def _of_no_complaint(groups: Iterable[Shown]) -> bool:
    """Whether a column of noughts would tell nothing."""
    figures = [figure for group in groups for figure in group.figures if figure.id != "enquiries.all"]
    return not any(counted(figure) or counted(figure.previous) for figure in figures)


def _chapter(report: AnnualReport, section: Section) -> Chapter:
    groups = [_shown(report, group) for group in section.groups]
    return Chapter(section.id.replace("_", "-"), section.title, groups)


def _shown(report: AnnualReport, group: Group) -> Shown:
    return Shown(
        title=group.title,
        figures=[f for f in report.figures if f.id in group.figures and not _is_of_nothing(f)],
        tables=[table for table in report.tables if table.id in group.tables],
        recorded=group.recorded,
    )


def _is_of_nothing(figure: Figure) -> bool:
    return figure.unit != "count" and not figure.denominator and not figure.previous.denominator
