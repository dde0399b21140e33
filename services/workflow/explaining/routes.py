"""The clocks of a case as JSON and as a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from services.workflow.explaining.clocks import Explanation
from services.workflow.explaining.query import explanation
from services.workflow.store import Cases
from shared.calendar.holidays import moment
from shared.calendar.trace import long_day
from shared.settings import StaffMember
from shared.web.auth import require_role
from shared.web.pages import Pages

Staff = Annotated[StaffMember, Depends(require_role("officer", "manager"))]
AsKnown = Annotated[
    str | None,
    Query(
        description="A London day or moment: what was recorded by then, counted by the bank holidays known then",
        examples=["2024-04-10"],
    ),
]


def router(cases: Cases, pages: Pages) -> APIRouter:
    routes = APIRouter(tags=["workflow"])
    pages.env.filters.update(day=long_day, moment=moment)

    @routes.get("/api/v1/cases/{case}/clocks", summary="Each clock of a case explained")
    async def clocks(case: str, _: Staff, as_known: AsKnown = None) -> Explanation:
        return await explanation(cases, case, as_known)

    @routes.get(
        "/cases/{case}/clocks",
        summary="Each clock of a case explained, as a page; with fragment=true only the part that goes into another",
        response_class=HTMLResponse,
    )
    async def page(case: str, _: Staff, request: Request, as_known: AsKnown = None, fragment: bool = False) -> HTMLResponse:
        found = await explanation(cases, case, as_known)
        template = "clocks_fragment.html" if fragment else "clocks.html"
        return pages.render(request, template, explained=found)

    return routes
