"""The pages. A mistake in the address is answered with a page, not a problem document."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from services.reporting.annual.cube import start_year
from services.reporting.annual.families import families, family
from services.reporting.annual.labels import label
from services.reporting.measures.definitions import DEFINITIONS
from services.reporting.pages.chart import chart_of, data_uri, draw
from services.reporting.pages.formats import FILTERS
from services.reporting.pages.view import view_of
from services.reporting.queries import Queries
from shared.calendar.london import financial_year, fy_label, today
from shared.clock import now
from shared.errors import DomainError, Invalid, NotFound
from shared.web.pages import Pages
from shared.web.problems import problem_of

ProcedureQuery = Annotated[str | None, Query()]
AsAtQuery = Annotated[str | None, Query()]


def slug(year: str) -> str:
    """`2022-23`, as a year stands in an address."""
    return year.replace("/", "-")


def pages_router(queries: Queries, pages: Pages) -> APIRouter:
    """The year pages and their charts."""
    routes = APIRouter(include_in_schema=False)
    pages.env.filters.update(FILTERS)
    pages.env.globals.update(slug=slug, words=label, measures={one.id: one.label for one in DEFINITIONS})

    @routes.get("/")
    async def newest(request: Request, procedure: ProcedureQuery = None) -> HTMLResponse:
        """The newest year in which something was received: one in which older cases only ended would show little."""
        cube, current = await queries.cube(), financial_year(today(now()))
        year = next((y for y in reversed(cube.received_in) if y <= current), current)
        return await _page(request, year, procedure, None)

    @routes.get("/years/{fy}")
    async def year_page(request: Request, fy: str, procedure: ProcedureQuery = None, as_at: AsAtQuery = None) -> HTMLResponse:
        return await _page(request, fy, procedure, as_at)

    @routes.get("/years/{fy}/chart.svg")
    async def chart_svg(fy: str, procedure: ProcedureQuery = None, as_at: AsAtQuery = None) -> Response:
        report = await queries.report(fy, procedure, _day(as_at))
        chart = chart_of(report)
        if chart is None:
            raise NotFound("no-chart", f"There are no numbers to draw for {report.asked.year}.")
        svg = await asyncio.to_thread(draw, chart)
        return Response(svg, media_type="image/svg+xml")

    async def _page(request: Request, fy: str, procedure: str | None, as_at: str | None) -> HTMLResponse:
        try:
            report = await queries.report(fy, procedure, _day(as_at))
        except DomainError as error:
            return pages.problem(request, problem_of(error).status, "There is no such page of figures", error.message)
        chart, cube = chart_of(report), await queries.cube()
        latest = financial_year(today(now()))
        following = fy_label(start_year(report.asked.year) + 1)
        editions = await queries.published(report.asked.year)
        return pages.render(
            request,
            "year.html",
            report=report.document,
            title=_title(report.asked.name),
            families={
                part.code: {
                    "label": part.label,
                    "procedures": [p for p in cube.procedures if family(p) == part.code],
                }
                for part in families()
            },
            following=following if following <= latest else None,
            known_years=[year for year in reversed(cube.years) if year <= latest],
            chart=chart,
            chart_uri=None if chart is None else data_uri(await asyncio.to_thread(draw, chart)),
            edition=editions[-1] if editions else None,
            view=view_of(report),
        )

    return routes


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("not-a-day", f"{text[:40]!r} is not a day: write it as 2023-03-31.") from None


def _title(name: str | None) -> str:
    if name is None:
        return "Complaints, compliments and lessons"
    parts = {part.code: part.label for part in families()}
    return parts.get(name) or label("procedure", name)
