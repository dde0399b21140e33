"""Routes for publishing a year, and the operator's: rebuild, roll back, verify."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.reporting.annual.report import AnnualReport
from services.reporting.editions import Edition
from services.reporting.integrity import Integrity
from services.reporting.parameters import YearQuery
from services.reporting.projection.rebuild import RebuildState
from services.reporting.projection.verify import Verification
from services.reporting.queries import Queries
from shared.calendar.written import Day
from shared.errors import Conflict
from shared.service import correlation_id
from shared.settings import StaffMember
from shared.web.auth import require_role
from shared.web.openapi import may_answer

Operator = Annotated[StaffMember, Depends(require_role("operator"))]
Publisher = Annotated[StaffMember, Depends(require_role("reporting"))]


class Publish(BaseModel):
    """Which year to publish, as at which day, and for a restatement why. The note stands in the published report, so it
    must hold nothing personal."""

    year: str
    as_at: Day | None = None
    note: str | None = Field(None, max_length=1000)


class Published(BaseModel):
    edition: Edition
    new: bool


def editions_router(queries: Queries) -> APIRouter:
    """Publications of a year, under /api/v1."""
    api = APIRouter(prefix="/api/v1", tags=["editions"])

    @api.post("/annual/publish", summary="Publish a year's report, or restate it", status_code=201, responses=may_answer(404, 409))
    async def publish(body: Publish, member: Publisher) -> Published:
        report = await queries.report(body.year, None, body.as_at)
        edition, new = await queries.editions.publish(
            report.document, by=member.id, note=body.note, correlation_id=correlation_id()
        )
        return Published(edition=edition, new=new)

    @api.get("/annual/editions", summary="The published editions of a year")
    async def editions(year: YearQuery) -> list[Edition]:
        return await queries.published(year)

    @api.get("/annual/editions/{number}", summary="A report as it was published")
    async def edition(number: int, year: YearQuery) -> AnnualReport:
        return await queries.edition(year, number)

    return api


def operations_router(integrity: Integrity) -> APIRouter:
    """What keeps the aggregates right, under /api/v1."""
    api = APIRouter(prefix="/api/v1", tags=["aggregates"])

    @api.post(
        "/rebuild", summary="Fold a new generation from the log and put it in place", status_code=202, responses=may_answer(409)
    )
    async def rebuild(_: Operator) -> RebuildState:
        return await integrity.begin_rebuild("asked for by an operator")

    @api.get("/rebuild", summary="How the newest rebuild goes, and the generation in use")
    async def rebuild_state() -> dict[str, Any]:
        pointer, state = await integrity.store.pointer(), await integrity.rebuilder.latest()
        return {
            "generation": pointer.generation,
            "previous": pointer.previous,
            "measures_version": pointer.measures_version,
            "rebuild": None if state is None else state.model_dump(mode="json"),
        }

    @api.post("/rebuild/rollback", summary="Use the previous generation again", responses=may_answer(409))
    async def roll_back(_: Operator) -> dict[str, int]:
        generation = await integrity.rebuilder.roll_back()
        if generation is None:
            raise Conflict("no-previous-generation", "There is no generation that could be used again.")
        return {"generation": generation}

    @api.post("/verify", summary="Recompute from the log and compare cell by cell")
    async def verify_now(_: Operator) -> Verification:
        return await integrity.verify()

    return api
