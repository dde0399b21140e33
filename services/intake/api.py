"""The JSON API: feedback, attachments, history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, File, Header, Request, Response, UploadFile
from pydantic import BaseModel

from services.intake.attachments.sniff import ALLOWED, media_type
from services.intake.importing import ROWS_LIMIT, RowAnswer, lines_of
from services.intake.limits import FILE_BYTES, Rate
from services.intake.model import Receipt, Submission
from services.intake.submissions import Submissions, clean_name
from shared.events.codes import Channel, Kind
from shared.ids import case_id
from shared.service import correlation_id
from shared.settings import StaffMember
from shared.store import Document
from shared.web.auth import require_role
from shared.web.problems import Problem

_officer = require_role("officer", "manager")
Officer = Annotated[StaffMember, Depends(_officer)]
Importing = Annotated[StaffMember, Depends(require_role("import"))]


def _officer_if_any(
    request: Request, authorization: Annotated[str | None, Header()] = None
) -> StaffMember | None:
    return None if authorization is None else _officer(request, authorization)


class Accepted(BaseModel):
    """Feedback that is durable. `received_at` is UTC."""

    feedback_id: UUID
    case_id: UUID
    reference: str
    kind: Kind
    received_at: datetime


class Received(Accepted):
    """What was received, in codes. `acknowledgement` is none, pending, sent, failed or erased."""

    channel: Channel
    received_on: str
    service_area: str
    district: str
    complainant_type: str
    procedure: str | None
    attachments: int
    messages: int
    withdrawn_at: datetime | None
    acknowledgement: str


class Uploaded(BaseModel):
    """`size` in bytes; `media_type` is what the bytes are, whatever was declared."""

    attachment_id: UUID
    media_type: str
    size: int


class Withdrawn(BaseModel):
    reference: str
    withdrawn_at: datetime


def router(submissions: Submissions, rate: Rate) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["intake"])

    @routes.post("/feedback", status_code=202, summary="Hand feedback in; 202 once it is durable")
    async def hand_in(
        body: Submission,
        response: Response,
        staff: Annotated[StaffMember | None, Depends(_officer_if_any)] = None,
        key: Annotated[
            str | None,
            Header(alias="Idempotency-Key", description="Makes a retry the same item; up to 255 characters"),
        ] = None,
    ) -> Accepted:
        receipt = await submissions.hand_in(body, key=key, staff=staff, correlation_id=correlation_id())
        if receipt.again:
            response.headers["Idempotent-Replay"] = "true"
        return accepted(receipt)

    @routes.get("/feedback/{reference}", summary="What was received, codes only")
    async def one(reference: str) -> Received:
        return _received(await submissions.find(reference))

    @routes.post("/feedback/{reference}/withdrawal", summary="Record that the person took it back")
    async def withdraw(reference: str, _: Officer) -> Withdrawn:
        document = await submissions.find(reference)
        at = await submissions.reception.withdraw(document, correlation_id=correlation_id())
        return Withdrawn(reference=document["reference"], withdrawn_at=at)

    @routes.post(
        "/attachments", status_code=201, summary="Upload a file, to be named when feedback is handed in"
    )
    async def upload(
        request: Request, file: Annotated[UploadFile, File(description="Up to 10 MB")]
    ) -> Uploaded:
        rate.check(request)
        if (file.size or 0) > FILE_BYTES:
            raise Problem(413, "file-too-large", "A file may have up to 10 MB.", limit=FILE_BYTES)
        data = await file.read()
        found = media_type(data, file.content_type or "", file.filename or "")
        if found is None:
            endings = ", ".join(ALLOWED.values())
            raise Problem(
                415, "file-type", f"The file is of no type that is taken, or is empty. Taken are {endings}."
            )
        kept = await submissions.attachments.keep(data, clean_name(file.filename, found), found)
        return Uploaded(attachment_id=kept.ref.attachment_id, media_type=found, size=kept.ref.size)

    @routes.get("/attachments/{attachment_id}", summary="Download an attachment", response_class=Response)
    async def download(attachment_id: UUID, _: Officer) -> Response:
        found = await submissions.attachments.read(attachment_id)
        if found is None:
            raise Problem(404, "no-attachment", "There is no attachment of that id.")
        kept, data = found
        return Response(
            data,
            media_type=kept.ref.media_type,
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}",
                "X-Content-Type-Options": "nosniff",
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "Cache-Control": "no-store",
            },
        )

    @routes.post(
        "/import",
        summary="Import history: JSON Lines in, one JSON line a row out",
        response_class=Response,
        responses={200: {"content": {"application/x-ndjson": {"schema": RowAnswer.model_json_schema()}}}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
            }
        },
    )
    async def import_rows(request: Request, _: Importing) -> Response:
        lines = lines_of(await request.body())
        if len(lines) > ROWS_LIMIT:
            raise Problem(
                413,
                "too-many-rows",
                f"{len(lines)} rows: send up to {ROWS_LIMIT} a request.",
                limit=ROWS_LIMIT,
            )
        answers = await submissions.import_rows(lines, correlation_id=correlation_id())
        body = "".join(f"{answer.model_dump_json()}\n" for answer in answers)
        return Response(body, media_type="application/x-ndjson")

    return routes


def accepted(receipt: Receipt) -> Accepted:
    return Accepted(
        feedback_id=receipt.feedback_id,
        case_id=case_id(receipt.feedback_id),
        reference=receipt.reference,
        kind=receipt.kind,
        received_at=receipt.received_at,
    )


def _received(document: Document) -> Received:
    feedback_id = UUID(document["_id"])
    mails: list[dict[str, Any]] = document.get("mails", [])
    codes = ("reference", "kind", "channel", "received_at", "received_on", "service_area", "district")
    return Received(
        **{name: document[name] for name in (*codes, "complainant_type", "procedure")},
        feedback_id=feedback_id,
        case_id=case_id(feedback_id),
        attachments=len(document.get("attachments", [])),
        messages=len(document.get("messages", [])),
        withdrawn_at=document.get("withdrawn_at"),
        acknowledgement=mails[0]["status"] if mails else "none",
    )
