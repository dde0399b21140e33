"""The JSON API. Problem documents for every error; the aggregates hold counts only, so reading needs no token."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel

from services.reporting.annual.export import to_csv
from services.reporting.annual.report import AnnualReport, FilledReport, UnknownProcedure
from services.reporting.measures import MEASURES_VERSION
from services.reporting.measures.definitions import DEFINITIONS, Definition
from services.reporting.parameters import AsAtQuery, ProcedureQuery, YearQuery
from services.reporting.queries import BalanceAnswer, Queries, Years
from shared.web.problems import Problem, problem_of


class Definitions(BaseModel):
    version: int
    measures: list[Definition]


def figures_router(queries: Queries) -> APIRouter:
    """The figures, under /api/v1."""
    api = APIRouter(prefix="/api/v1", tags=["reporting"])

    async def report(year: str, procedure: str | None, as_at: date | None) -> FilledReport:
        try:
            return await queries.report(year, procedure, as_at)
        except UnknownProcedure as error:
            faults = problem_of(error).faults
            raise Problem(404, error.code, error.message, faults=faults, known=error.known) from None

    @api.get("/annual", summary="The annual report of a financial year")
    async def annual(year: YearQuery, procedure: ProcedureQuery = None, as_at: AsAtQuery = None) -> AnnualReport:
        return (await report(year, procedure, as_at)).document

    @api.get("/annual.csv", summary="The annual report as CSV", response_class=Response)
    async def annual_csv(year: YearQuery, procedure: ProcedureQuery = None, as_at: AsAtQuery = None) -> Response:
        found = await report(year, procedure, as_at)
        name = f"annual-{found.asked.year.replace('/', '-')}-{found.asked.name or 'all'}.csv"
        return Response(
            to_csv(found),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    @api.get("/years", summary="Financial years with records")
    async def years() -> Years:
        return await queries.years()

    @api.get("/definitions", summary="What each measure counts")
    async def definitions() -> Definitions:
        return Definitions(version=MEASURES_VERSION, measures=list(DEFINITIONS))

    @api.get("/balance", summary="Brought forward + received + re-opened - closed, against what is open")
    async def balance_now(procedure: ProcedureQuery = None) -> BalanceAnswer:
        return await queries.balance(procedure)

    return api
