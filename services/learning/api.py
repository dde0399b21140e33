"""The staff API of learning. A step names by If-Match the version that staff have seen."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from services.learning.decision.decide import AgreeAction, Command, ProgressAction, RecordNoLesson, TagLesson
from services.learning.decision.model import Decision
from services.learning.handlers import DecisionHandler
from services.learning.queries import DecisionQueries
from services.learning.views import (
    ActionBody,
    DecisionDetail,
    DecisionPage,
    LessonBody,
    NoLessonBody,
    ProgressBody,
    Status,
)
from shared.service import correlation_id
from shared.settings import StaffMember
from shared.web.auth import require_role
from shared.web.etags import IfMatch, expected_versions
from shared.web.openapi import with_etag
from shared.web.problems import etag

Staff = Annotated[StaffMember, Depends(require_role("officer", "manager"))]


def router(queries: DecisionQueries, handler: DecisionHandler) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/decisions", tags=["learning"])

    async def answer(decision: Decision, response: Response) -> DecisionDetail:
        response.headers["ETag"] = etag(decision.version)
        return await queries.detail(decision)

    async def act(key: str, if_match: str | None, command: Command, staff: StaffMember, note: str) -> Decision:
        seen = expected_versions(if_match)
        return await handler.take(key, seen, command, by=staff.id, note=note, correlation=correlation_id())

    @routes.get("", summary="Learning decisions, the oldest request first")
    async def page(
        _: Staff,
        status: Status | None = None,
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
        size: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> DecisionPage:
        return await queries.page(status, page=page, size=size)

    @routes.get("/{case}", summary="One decision, with suggested tags and the words that led to each", responses=with_etag())
    async def one(case: str, _: Staff, response: Response) -> DecisionDetail:
        return await answer((await queries.find(case)).decision, response)

    @routes.post("/{case}/lesson", summary="Record what is learnt, and any actions agreed with it")
    async def lesson(case: str, body: LessonBody, staff: Staff, response: Response, if_match: IfMatch = None) -> DecisionDetail:
        command = TagLesson(body.tags, tuple(action.action() for action in body.actions))
        return await answer(await act(case, if_match, command, staff, body.note), response)

    @routes.post("/{case}/no-lesson", summary="Record that nothing is learnt, and why")
    async def no_lesson(
        case: str, body: NoLessonBody, staff: Staff, response: Response, if_match: IfMatch = None
    ) -> DecisionDetail:
        return await answer(await act(case, if_match, RecordNoLesson(body.reason), staff, body.note), response)

    @routes.post("/{case}/actions", summary="Agree an action")
    async def agree(case: str, body: ActionBody, staff: Staff, response: Response, if_match: IfMatch = None) -> DecisionDetail:
        return await answer(await act(case, if_match, AgreeAction(body.action()), staff, body.note), response)

    @routes.post("/{case}/actions/{action_id}", summary="Record how an action stands")
    async def progress(
        case: str,
        action_id: str,
        body: ProgressBody,
        staff: Staff,
        response: Response,
        if_match: IfMatch = None,
    ) -> DecisionDetail:
        command = ProgressAction(action_id, body.status, body.due_on)
        return await answer(await act(case, if_match, command, staff, body.note), response)

    return routes
