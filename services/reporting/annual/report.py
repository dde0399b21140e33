"""The annual report of a year, for one procedure, a part of the report, or the council."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import BaseModel

from services.reporting.annual.asked import Asked
from services.reporting.annual.balance import Balance, balance
from services.reporting.annual.cube import Cube, start_year
from services.reporting.annual.families import families, family
from services.reporting.annual.figures import Figure
from services.reporting.annual.labels import label
from services.reporting.annual.section import FilledSection, Section
from services.reporting.annual.sections import SECTIONS
from services.reporting.annual.series import SeriesBreak, breaks
from services.reporting.annual.tables import Table
from services.reporting.measures import MEASURES_VERSION, Cell
from services.reporting.measures.definitions import DEFINITIONS, Definition
from shared.calendar.london import fy_bounds, fy_label
from shared.errors import Fault, NotFound
from shared.taxonomy import load

_RECEIPTS: Final = ("received", "compliments", "comments", "service-requests", "enquiries")


class Provenance(BaseModel):
    """How many items of the year and the year before stand behind the report, by where they come from."""

    live: int = 0
    imported: int = 0
    sample: int = 0

    @property
    def contains_sample(self) -> bool:
        return self.sample > 0


class ProcedureInReport(BaseModel):
    code: str
    label: str
    family: str


class AnnualReport(BaseModel):
    """A financial year with the year before. Percentages to two decimals; null is what cannot be derived.

    `as_at` is the London day at whose end the figures stood, null for now. `empty` means that the year has no records, nor any
    before it. `sections` lists which of the figures and tables belong together; an edition from before there were any has none.
    `series_breaks` lists where the two years were not counted by the same rules.
    """

    year: str
    previous_year: str
    first_day: date
    last_day: date
    procedure: str | None
    procedures: list[ProcedureInReport]
    as_at: date | None
    measures_version: int
    empty: bool
    contains_sample: bool
    provenance: Provenance
    figures: list[Figure]
    tables: list[Table]
    sections: list[Section] = []
    series_breaks: list[SeriesBreak] = []
    balance: Balance
    definitions: list[Definition]


@dataclass(frozen=True)
class FilledReport:
    """A report with its sections filled: what page, CSV and chart are made from. `document` is what the API answers and what
    is published."""

    asked: Asked
    sections: tuple[FilledSection, ...]
    document: AnnualReport


class UnknownProcedure(NotFound):
    """No such procedure, nor a part of the report of that name. `known` are those with records, and the parts."""

    def __init__(self, name: str, known: list[str]) -> None:
        detail = f"no procedure {name!r}; known are {', '.join(known) or 'none yet'}"
        super().__init__("unknown-procedure", detail, [Fault("query/procedure", detail)])
        self.known = known


def chosen(cube: Cube, name: str | None) -> tuple[str, ...]:
    """The procedures that a name means: all for None, the members for a part of the report such as `childrens`."""
    if name is None:
        return cube.procedures
    if name in cube.procedures:
        return (name,)
    members = tuple(p for p in cube.procedures if family(p) == name)
    if members:
        return members
    parts = [part.code for part in families()]
    if name in parts or name in load("procedures").codes:
        return (name,)
    raise UnknownProcedure(name, [*cube.procedures, *parts])


def fill_report(
    cells: Mapping[Cell, int], year: str, procedure: str | None = None, *, as_at: date | None = None, last_year: str | None = None
) -> FilledReport:
    """Build the report of a year such as `2022/23`; `last_year` is the financial year that is now, where it is known.

    Raises:
        UnknownProcedure: nothing is known of the procedure.
        ValueError: the year is no financial year.
    """
    first, last = fy_bounds(year)
    cube = Cube(cells, last_year)
    asked = Asked(year, fy_label(start_year(year) - 1), chosen(cube, procedure), procedure)
    sections = tuple(section.fill(cube, asked) for section in SECTIONS if section.applies(asked))
    provenance = _provenance(cube, asked)
    whole = balance(cube, asked.procedures)
    document = AnnualReport(
        year=year,
        previous_year=asked.previous,
        first_day=first,
        last_day=last,
        procedure=procedure,
        procedures=[ProcedureInReport(code=code, label=label("procedure", code), family=family(code)) for code in asked.procedures],
        as_at=as_at,
        measures_version=MEASURES_VERSION,
        empty=not cube.covered(asked.procedures, year),
        contains_sample=provenance.contains_sample,
        provenance=provenance,
        figures=[figure for section in sections for figure in section.figures],
        tables=[table for section in sections for table in section.tables],
        sections=[filled.listed for filled in sections if not filled.section.general],
        series_breaks=breaks(cube, asked.procedures, (asked.previous, year)),
        balance=whole.model_copy(update={"rows": [row for row in whole.rows if row.year in asked.years]}),
        definitions=list(DEFINITIONS),
    )
    return FilledReport(asked, sections, document)


def annual_report(cells: Mapping[Cell, int], year: str, procedure: str | None = None, *, as_at: date | None = None) -> AnnualReport:
    """The document of `fill_report`, with what it raises."""
    return fill_report(cells, year, procedure, as_at=as_at).document


def _provenance(cube: Cube, asked: Asked) -> Provenance:
    total = Provenance()
    for year in asked.years:
        for measure in _RECEIPTS:
            for source, number in cube.breakdown(measure, asked.procedures, year, "provenance").items():
                setattr(total, source, getattr(total, source, 0) + number)
    return total
