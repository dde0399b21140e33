"""Publishing a year, and the operator's routes: rebuild, roll back, verify."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from services.reporting.annual.report import AnnualReport
from services.reporting.api import YearQuery, build_report, normal_year
from services.reporting.editions import Edition, NoteNeeded
from services.reporting.projection.rebuild import RebuildState, RebuildUnderWay
from services.reporting.projection.snapshot import read_snapshot
from services.reporting.projection.verify import Verification, verify
from services.reporting.queries import Parts
from shared.service import correlation_id
from shared.settings import StaffMember
from shared.web.auth import require_role
from shared.web.problems import FieldFault, Problem

Operator = Annotated[StaffMember, Depends(require_role("operator"))]
Publisher = Annotated[StaffMember, Depends(require_role("reporting"))]


class Publish(BaseModel):
    """Which year to publish, as at which day, and for a restatement why. The note stands in the published report, so it
    must not tell of a person."""

    year: str
    as_at: date | None = None
    note: str | None = Field(None, max_length=1000)


class Published(BaseModel):
    edition: Edition
    new: bool


def editions_router(parts: Parts) -> APIRouter:
    """Publications of a year, under /api/v1."""
    api = APIRouter(prefix="/api/v1", tags=["editions"])

    @api.post("/annual/publish", summary="Publish a year's report, or restate it", status_code=201)
    async def publish(body: Publish, member: Publisher) -> Published:
        report = await build_report(parts, body.year, None, body.as_at)
        if report.empty:
            raise Problem(409, "nothing-to-publish", f"There are no records of {report.year}.")
        try:
            edition, new = await parts.editions.publish(
                report, by=member.id, note=body.note, correlation_id=correlation_id()
            )
        except NoteNeeded:
            raise Problem(
                422,
                "note-needed",
                f"{report.year} has been published with other figures: say in a note why it is restated.",
                faults=[FieldFault(pointer="/note", detail="needed for a restatement")],
            ) from None
        return Published(edition=edition, new=new)

    @api.get("/annual/editions", summary="The published editions of a year")
    async def editions(year: YearQuery) -> list[Edition]:
        return await parts.editions.of(normal_year(year))

    @api.get("/annual/editions/{number}", summary="A report as it was published")
    async def edition(number: int, year: YearQuery) -> AnnualReport:
        found = [one for one in await parts.editions.of(normal_year(year)) if one.edition == number]
        if not found:
            raise Problem(404, "no-such-edition", f"{year} has no edition {number}.")
        return await parts.editions.report(found[0])

    return api


def operations_router(parts: Parts) -> APIRouter:
    """What keeps the aggregates right, under /api/v1."""
    api = APIRouter(prefix="/api/v1", tags=["aggregates"])

    @api.post("/rebuild", summary="Fold a new generation from the log and put it in place", status_code=202)
    async def rebuild(_: Operator) -> RebuildState:
        try:
            return await parts.begin_rebuild("asked for by an operator")
        except RebuildUnderWay:
            raise Problem(
                409, "rebuild-under-way", "A rebuild is under way; see GET /api/v1/rebuild."
            ) from None

    @api.get("/rebuild", summary="How the newest rebuild goes, and the generation in use")
    async def rebuild_state() -> dict[str, Any]:
        pointer, state = await parts.store.pointer(), await parts.rebuilder.latest()
        return {
            "generation": pointer.generation,
            "previous": pointer.previous,
            "measures_version": pointer.measures_version,
            "rebuild": None if state is None else state.model_dump(mode="json"),
        }

    @api.post("/rebuild/rollback", summary="Use the previous generation again")
    async def roll_back(_: Operator) -> dict[str, int]:
        try:
            generation = await parts.rebuilder.roll_back()
        except RebuildUnderWay:
            raise Problem(
                409, "rebuild-under-way", "A rebuild is under way; see GET /api/v1/rebuild."
            ) from None
        if generation is None:
            raise Problem(409, "no-previous-generation", "There is no generation that could be used again.")
        return {"generation": generation}

    @api.post("/verify", summary="Recompute from the log and compare cell by cell")
    async def verify_now(_: Operator) -> Verification:
        return await verify(await read_snapshot(parts.store), parts.log)

    return api
