"""The JSON API. Problem documents for every error; the aggregates hold counts only, so reading needs no token."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from services.reporting.annual.balance import Balance, balance
from services.reporting.annual.cube import Cube
from services.reporting.annual.export import to_csv
from services.reporting.annual.report import AnnualReport, UnknownProcedure
from services.reporting.measures import MEASURES_VERSION
from services.reporting.measures.definitions import DEFINITIONS, Definition
from services.reporting.projection.snapshot import read_snapshot
from services.reporting.queries import Parts
from shared.calendar.london import financial_year, fy_bounds, today
from shared.clock import now
from shared.web.problems import FieldFault, Problem

YearQuery = Annotated[str, Query(description="Financial year, `2022/23` or `2022-23`", examples=["2022/23"])]
ProcedureQuery = Annotated[
    str | None,
    Query(description="A procedure, or a part of the report such as `childrens`; left out: the council"),
]
AsAtQuery = Annotated[
    date | None,
    Query(
        description="London day at whose end the figures stood; what happened later is left out",
        examples=["2023-03-31"],
    ),
]


class Years(BaseModel):
    """The financial years that have records, and the procedures."""

    years: list[str]
    procedures: list[str]
    current: str


class BalanceAnswer(Balance):
    """`settled` is false when events kept coming in while the aggregates were read: ask again before alarm."""

    settled: bool
    generation: int
    checked_at: datetime


class Definitions(BaseModel):
    version: int
    measures: list[Definition]


def normal_year(text: str) -> str:
    """`2022-23` or `2022/23` as `2022/23`. Raises a Problem for what is no financial year, or has not begun."""
    year = text.strip().replace("-", "/")
    try:
        first, _ = fy_bounds(year)
    except ValueError as error:
        raise Problem(
            422, "not-a-year", str(error), faults=[FieldFault(pointer="query/year", detail=str(error))]
        ) from None
    if first > today(now()):
        detail = f"the financial year {year} has not begun"
        raise Problem(422, "not-a-year", detail, faults=[FieldFault(pointer="query/year", detail=detail)])
    return year


def checked_day(day: date | None) -> date | None:
    """A day that is not in the future."""
    if day is not None and day > today(now()):
        detail = f"{day} is in the future"
        raise Problem(
            422, "as-at-in-future", detail, faults=[FieldFault(pointer="query/as_at", detail=detail)]
        )
    return day


async def build_report(parts: Parts, year: str, procedure: str | None, as_at: date | None) -> AnnualReport:
    """The report, with what is wrong in the request told as a problem."""
    try:
        return await parts.report(normal_year(year), procedure or None, checked_day(as_at))
    except UnknownProcedure as error:
        raise Problem(
            404,
            "unknown-procedure",
            str(error),
            faults=[FieldFault(pointer="query/procedure", detail=str(error))],
            known=error.known,
        ) from None


def figures_router(parts: Parts) -> APIRouter:
    """The figures, under /api/v1."""
    api = APIRouter(prefix="/api/v1", tags=["reporting"])

    @api.get("/annual", summary="The annual report of a financial year")
    async def annual(
        year: YearQuery, procedure: ProcedureQuery = None, as_at: AsAtQuery = None
    ) -> AnnualReport:
        return await build_report(parts, year, procedure, as_at)

    @api.get("/annual.csv", summary="The annual report as CSV", response_class=Response)
    async def annual_csv(
        year: YearQuery, procedure: ProcedureQuery = None, as_at: AsAtQuery = None
    ) -> Response:
        report = await build_report(parts, year, procedure, as_at)
        name = f"annual-{report.year.replace('/', '-')}-{report.procedure or 'all'}.csv"
        return Response(
            to_csv(report),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @api.get("/years", summary="Financial years with records")
    async def years() -> Years:
        cube = Cube(await parts.cells(None))
        current = financial_year(today(now()))
        begun = [year for year in cube.years if year <= current]
        return Years(years=begun, procedures=list(cube.procedures), current=current)

    @api.get("/definitions", summary="What each measure counts")
    async def definitions() -> Definitions:
        return Definitions(version=MEASURES_VERSION, measures=list(DEFINITIONS))

    @api.get("/balance", summary="Brought forward + received + re-opened - closed, against what is open")
    async def balance_now(procedure: ProcedureQuery = None) -> BalanceAnswer:
        snapshot = await read_snapshot(parts.store)
        found = balance(Cube(snapshot.cells()), None if procedure is None else (procedure,))
        return BalanceAnswer(
            rows=found.rows,
            now=found.now,
            mismatches=found.mismatches,
            settled=snapshot.settled,
            generation=snapshot.generation,
            checked_at=now(),
        )

    return api
