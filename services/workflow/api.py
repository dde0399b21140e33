"""The staff API of workflow. A step names by If-Match the version that staff have seen."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Response

from services.workflow.change import Stored
from services.workflow.handlers import StepHandler
from services.workflow.queries import CaseQueries
from services.workflow.store import Query as CaseQuery
from services.workflow.views import CaseDetail, CasePage, History
from shared.calendar.written import Day
from shared.events.codes import Kind, OmbudsmanReference, Status
from shared.service import correlation_id
from shared.settings import StaffMember
from shared.web.auth import require_role
from shared.web.etags import IfMatch, expected_versions
from shared.web.openapi import with_etag
from shared.web.problems import etag

Staff = Annotated[StaffMember, Depends(require_role("officer", "manager"))]
AllSteps = Annotated[
    bool, Query(description="Also show the steps that these staff cannot take on the case as it stands, each with `why_not`")
]
Fields = Annotated[
    dict[str, Any] | None,
    Body(
        description="The step's fields; the case lists the schema of each step that is open to it.",
        examples=[{"on": "2024-04-10"}],
    ),
]


def router(queries: CaseQueries, handler: StepHandler) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/cases", tags=["workflow"])

    async def answer(stored: Stored, staff: StaffMember, response: Response, *, all_steps: bool = False) -> CaseDetail:
        response.headers["ETag"] = etag(stored.case.version)
        return await queries.detail(stored, staff, all_steps=all_steps)

    @routes.get(
        "",
        summary="Cases, the earliest received first; with due_before, the earliest due first",
        description="`track`: one of which a run is open, such as `ombudsman`. `contact`: the feedback they were opened from.",
    )
    async def page(
        _: Staff,
        status: Status | None = None,
        state: str | None = None,
        procedure: str | None = None,
        stage: str | None = None,
        kind: Kind | None = None,
        due_before: Day | None = None,
        track: str | None = None,
        contact: UUID | None = None,
        ombudsman_reference: OmbudsmanReference | None = None,
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
        size: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> CasePage:
        query = CaseQuery(
            status=status,
            state=state,
            procedure=procedure,
            stage=stage,
            kind=kind,
            due_before=due_before,
            track=track,
            contact=contact,
            ombudsman_reference=ombudsman_reference,
        )
        return await queries.page(query, page=page, size=size)

    @routes.get(
        "/{case}", summary="One case, its clocks explained and the steps that can be taken on it now", responses=with_etag()
    )
    async def one(case: str, staff: Staff, response: Response, all_steps: AllSteps = False) -> CaseDetail:
        return await answer(await queries.find(case), staff, response, all_steps=all_steps)

    @routes.get("/{case}/events", summary="Everything that happened on a case")
    async def events(case: str, _: Staff) -> History:
        return History(items=await queries.history(case))

    @routes.post("/{case}/steps/{step}", summary="Take a step of the case's rulebook")
    async def take(
        case: str,
        step: str,
        staff: Staff,
        response: Response,
        fields: Fields = None,
        if_match: IfMatch = None,
    ) -> CaseDetail:
        seen = expected_versions(if_match)
        taken = await handler.take(case, step, fields or {}, staff, seen, correlation_id())
        return await answer(taken, staff, response)

    return routes
