"""The figures of a report in the order a page shows them."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.reporting.annual.figures import Figure
from services.reporting.annual.labels import FAMILIES, label
from services.reporting.annual.report import AnnualReport

_HEADLINES = {*FAMILIES, "social_care"}
_HEADLINE_IDS = {"ombudsman.statutory_received"}
_TITLES = {
    "closed": "Outcomes",
    "ombudsman": "The Ombudsman",
    "learning": "Learning",
}


@dataclass
class Section:
    title: str
    figures: list[Figure] = field(default_factory=list)


@dataclass
class Sections:
    """`left_out` counts the percentages and averages that nothing stands behind in either year."""

    headline: list[Figure] = field(default_factory=list)
    handling: list[Section] = field(default_factory=list)
    left_out: int = 0


def sections(report: AnnualReport) -> Sections:
    """Headline figures, then volumes, outcomes, each stage, the Ombudsman and learning."""
    found = Sections()
    by_title: dict[str, Section] = {}
    for figure in report.figures:
        first, *rest = figure.id.split(".")
        if first in _HEADLINES or figure.id in _HEADLINE_IDS:
            found.headline.append(figure)
        elif figure.unit != "count" and not figure.denominator and not figure.previous.denominator:
            found.left_out += 1
        else:
            title = label("stage", rest[0]) if first == "stage" else _TITLES.get(first, "Volumes")
            by_title.setdefault(title, Section(title)).figures.append(figure)
    found.handling = list(by_title.values())
    return found
