"""The forecast over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from services.workflow.forecast import query
from services.workflow.forecast.likely import Forecast
from services.workflow.store import Cases
from shared.calendar.london import london_date
from shared.clock import now
from shared.settings import StaffMember
from shared.web.auth import require_role

Staff = Annotated[StaffMember, Depends(require_role("officer", "manager"))]


def router(cases: Cases) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["workflow"])

    @routes.get(
        "/forecast",
        summary="Open clocks by days left, and the likely breaches of the next four weeks by service",
    )
    async def likely(_: Staff) -> Forecast:
        return await query.likely(cases, london_date(now()))

    return routes
