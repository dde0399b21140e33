"""The annual report of a year, for one procedure, a part of the report, or the council."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel

from services.reporting.annual import tracks
from services.reporting.annual.balance import Balance, balance
from services.reporting.annual.cube import Cube, start_year
from services.reporting.annual.figures import Asked, Figure
from services.reporting.annual.handling import handling
from services.reporting.annual.headline import headline
from services.reporting.annual.labels import FAMILIES, REQUEST_FAMILIES, family, label
from services.reporting.annual.requests import requests
from services.reporting.annual.section import FilledSection, Section
from services.reporting.annual.series import SeriesBreak, breaks
from services.reporting.annual.tables import Table, tables
from services.reporting.measures import MEASURES_VERSION, Cell
from services.reporting.measures.definitions import DEFINITIONS, Definition
from shared.calendar.london import fy_bounds, fy_label

_RECEIPTS = ("received", "compliments", "comments", "service-requests", "enquiries")


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
    before it. `sections` says which of the figures and tables belong together; an edition from before there were any has none.
    `series_breaks` says where the two years were not counted by the same rules.
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


class UnknownProcedure(ValueError):
    """No such procedure, nor a part of the report of that name. `known` are those with records."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no procedure {name!r}; known are {', '.join(known) or 'none yet'}")
        self.known = known


def chosen(cube: Cube, procedure: str | None) -> tuple[str, ...]:
    """The procedures that a name means: all for None, the members for a part of the report such as `childrens`."""
    if procedure is None:
        return cube.procedures
    if procedure in cube.procedures:
        return (procedure,)
    members = tuple(p for p in cube.procedures if family(p) == procedure)
    if members:
        return members
    if procedure in FAMILIES or label("procedure", procedure) != procedure.replace("-", " ").capitalize():
        return (procedure,)
    raise UnknownProcedure(procedure, [*cube.procedures, *FAMILIES])


def annual_report(
    cells: Mapping[Cell, int],
    year: str,
    procedure: str | None = None,
    *,
    as_at: date | None = None,
) -> AnnualReport:
    """Build the report of a year such as `2022/23`.

    Raises:
        UnknownProcedure: nothing is known of the procedure.
        ValueError: the year is no financial year.
    """
    first, last = fy_bounds(year)
    previous = fy_label(start_year(year) - 1)
    cube = Cube(cells)
    procedures = chosen(cube, procedure)
    asked = Asked(year, previous, lambda y: cube.covered(procedures, y))
    provenance = _provenance(cube, procedures, (year, previous))
    whole = balance(cube, procedures)
    filled = _sections(cube, asked, procedures, whole_council=procedure is None)
    groups = [group for one in filled for group in one.groups]
    return AnnualReport(
        year=year,
        previous_year=previous,
        first_day=first,
        last_day=last,
        procedure=procedure,
        procedures=[
            ProcedureInReport(code=code, label=label("procedure", code), family=family(code))
            for code in procedures
        ],
        as_at=as_at,
        measures_version=MEASURES_VERSION,
        empty=not asked.covered(year),
        contains_sample=provenance.contains_sample,
        provenance=provenance,
        figures=[
            *headline(cube, year, previous, procedures if procedure else ()),
            *handling(cube, asked, procedures),
            *(figure for group in groups for figure in group.figures),
        ],
        tables=[*tables(cube, asked, procedures), *(table for group in groups for table in group.tables)],
        sections=[one.section for one in filled],
        series_breaks=breaks(cube, procedures, (previous, year)),
        balance=whole.model_copy(
            update={"rows": [row for row in whole.rows if row.year in {year, previous}]}
        ),
        definitions=list(DEFINITIONS),
    )


def _sections(
    cube: Cube, asked: Asked, procedures: tuple[str, ...], *, whole_council: bool
) -> list[FilledSection]:
    """Those of requests and letters where they are asked for, those of complaints unless only the others are."""
    parts = {family(procedure) for procedure in procedures}
    found = [
        FilledSection(
            part, FAMILIES[part], tuple(requests(cube, asked.year, asked.previous, part, procedures))
        )
        for part in REQUEST_FAMILIES
        if whole_council or part in parts
    ]
    found.append(FilledSection("ombudsman", "The Ombudsman", tracks.ombudsman(cube, asked, procedures)))
    if whole_council or parts - set(REQUEST_FAMILIES):
        joint, own = tracks.joint_nhs(cube, asked, procedures), tracks.remedies(cube, asked, procedures)
        found.append(FilledSection("joint_nhs", "Joint complaints with the NHS", joint))
        found.append(FilledSection("remedies", "Remedies agreed by the council", own))
    return found


def _provenance(cube: Cube, procedures: tuple[str, ...], years: tuple[str, str]) -> Provenance:
    total = Provenance()
    for year in years:
        for measure in _RECEIPTS:
            for source, number in cube.breakdown(measure, procedures, year, "provenance").items():
                setattr(total, source, getattr(total, source, 0) + number)
    return total
