"""The JSON API: feedback is handed in and found, attachments uploaded and read, history imported."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, File, Header, Query, Request, Response, UploadFile
from pydantic import BaseModel

from services.intake.attachments.files import read_file
from services.intake.attachments.keeping import Attachments
from services.intake.attachments.sniff import ALLOWED
from services.intake.fingerprints import Fingerprints
from services.intake.importing import ROWS_LIMIT, Importing, RowAnswer, lines_of
from services.intake.limits import IMPORT_BYTES, UPLOAD_BYTES, Rate
from services.intake.model import Feedback
from services.intake.receiving import OtherPayload, Receiving
from services.intake.submissions import FILE_BYTES, Submission
from shared.clock import now
from shared.errors import NotFound
from shared.events.codes import Channel, Kind
from shared.ids import case_id, feedback_id
from shared.service import correlation_id
from shared.settings import StaffMember
from shared.taxonomy.codes import Codes
from shared.web.auth import StaffIfAny, require_role
from shared.web.openapi import may_answer
from shared.web.problems import FieldFault, Problem

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
Officer = Annotated[StaffMember, Depends(require_role("officer", "manager"))]
OfficerIfAny = Annotated[StaffMember | None, Depends(StaffIfAny("officer", "manager"))]
Importer = Annotated[StaffMember, Depends(require_role("import"))]


DryRun = Annotated[bool, Query(description="Check every row as the import would, and store nothing")]


class Accepted(BaseModel):
    """Feedback that is durable. `received_at` is UTC."""

    feedback_id: UUID
    case_id: UUID
    reference: str
    kind: Kind
    received_at: datetime


class Received(Accepted):
    """What was received, in codes. `acknowledgement` is none, pending, sent, failed or erased.

    `procedure_rule` is the council's rule that gave the procedure, and `procedure_why` its reason; None where it was named, or no
    rule fitted.
    """

    channel: Channel
    received_on: str
    service_area: str
    district: str
    complainant_type: str
    procedure: str | None
    procedure_rule: str | None
    procedure_why: str | None
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


def router(
    receiving: Receiving,
    importing: Importing,
    attachments: Attachments,
    codes: Codes,
    fingerprints: Fingerprints,
    rate: Rate,
) -> APIRouter:
    routes = APIRouter(prefix="/api/v1", tags=["intake"])
    _feedback(routes, receiving, codes, fingerprints)
    _attachments(routes, attachments, rate)
    _history(routes, importing)
    return routes


def _feedback(routes: APIRouter, receiving: Receiving, codes: Codes, fingerprints: Fingerprints) -> None:
    @routes.post(
        "/feedback",
        status_code=202,
        summary="Hand feedback in; 202 once it is durable",
        responses=may_answer(401, 403),
        # Without a token it is the public's; with one it is logged by staff.
        openapi_extra={"security": [{}]},
    )
    async def hand_in(
        body: Submission,
        response: Response,
        staff: OfficerIfAny,
        key: Annotated[
            str | None,
            Header(alias="Idempotency-Key", description="Makes a retry the same item; up to 255 characters"),
        ] = None,
    ) -> Accepted:
        if key is not None and not _KEY.fullmatch(key):
            raise _key_problem(
                400,
                "key-invalid",
                "An Idempotency-Key has 1 to 255 printable ASCII characters.",
                "not usable",
            )
        moment = now()
        body.check(codes, staff=staff is not None, now=moment)
        incoming = body.incoming(
            feedback_id("api" if staff is None else f"api/{staff.id}", key),
            channel=Channel.API,
            now=moment,
            fingerprint=fingerprints.of(body.payload()),
            correlation_id=correlation_id(),
        )
        try:
            receipt = await receiving.receive(incoming)
        except OtherPayload as other:
            raise _key_problem(
                422,
                "key-used-before",
                "This Idempotency-Key was used for another payload. Use a new key for new feedback.",
                "used before",
            ) from other
        if receipt.again:
            response.headers["Idempotent-Replay"] = "true"
        return _accepted(receipt.feedback)

    @routes.get("/feedback/{reference}", summary="What was received, codes only")
    async def one(reference: str) -> Received:
        return _received(await receiving.find(reference), codes)

    @routes.post("/feedback/{reference}/withdrawal", summary="Record that the person withdrew it")
    async def withdraw(reference: str, _: Officer) -> Withdrawn:
        feedback = await receiving.find(reference)
        at = await receiving.withdraw(feedback, correlation_id=correlation_id())
        return Withdrawn(reference=feedback.reference, withdrawn_at=at)


def _attachments(routes: APIRouter, attachments: Attachments, rate: Rate) -> None:
    @routes.post(
        "/attachments",
        status_code=201,
        summary="Upload a file, to be named when feedback is handed in",
        max_body_size=UPLOAD_BYTES,
        responses=may_answer(415, 429),
    )
    async def upload(request: Request, file: Annotated[UploadFile, File(description="Up to 10 MB")]) -> Uploaded:
        rate.check(request)
        if (file.size or 0) > FILE_BYTES:
            raise Problem(413, "file-too-large", "A file may have up to 10 MB.", limit=FILE_BYTES)
        accepted = read_file(await file.read(), file.content_type or "", file.filename)
        if accepted is None:
            endings = ", ".join(ALLOWED.values())
            raise Problem(415, "file-type", f"The file is of no type that is accepted, or is empty. Accepted are {endings}.")
        kept = await attachments.keep(accepted)
        return Uploaded(attachment_id=kept.ref.attachment_id, media_type=kept.ref.media_type, size=kept.ref.size)

    @routes.get(
        "/attachments/{attachment_id}",
        summary="Download an attachment",
        response_class=Response,
        responses={200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def download(attachment_id: UUID, _: Officer) -> Response:
        found = await attachments.read(attachment_id)
        if found is None:
            raise NotFound("no-attachment", "There is no attachment of that id.")
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


def _history(routes: APIRouter, importing: Importing) -> None:
    @routes.post(
        "/import",
        summary="Import history: JSON Lines in, one JSON line a row out",
        response_class=Response,
        max_body_size=IMPORT_BYTES,
        responses={200: {"content": {"application/x-ndjson": {"schema": RowAnswer.model_json_schema()}}}},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
            }
        },
    )
    async def import_rows(request: Request, _: Importer, dry_run: DryRun = False) -> Response:
        lines = lines_of(await request.body())
        if len(lines) > ROWS_LIMIT:
            raise Problem(
                413,
                "too-many-rows",
                f"{len(lines)} rows: send up to {ROWS_LIMIT} a request.",
                limit=ROWS_LIMIT,
            )
        if dry_run:
            answers = await importing.check_rows(lines)
        else:
            answers = await importing.import_rows(lines, correlation_id=correlation_id())
        body = "".join(f"{answer.model_dump_json()}\n" for answer in answers)
        return Response(body, media_type="application/x-ndjson")


def _key_problem(status: int, code: str, detail: str, fault: str) -> Problem:
    return Problem(status, code, detail, faults=[FieldFault(pointer="header/Idempotency-Key", detail=fault)])


def _accepted(feedback: Feedback) -> Accepted:
    return Accepted(
        feedback_id=feedback.feedback_id,
        case_id=case_id(feedback.feedback_id),
        reference=feedback.reference,
        kind=feedback.kind,
        received_at=feedback.received_at,
    )


def _received(feedback: Feedback, codes: Codes) -> Received:
    mail = feedback.acknowledgement
    return Received(
        **_accepted(feedback).model_dump(),
        channel=feedback.channel,
        received_on=feedback.received_on.isoformat(),
        service_area=feedback.service_area,
        district=feedback.district,
        complainant_type=feedback.complainant_type,
        procedure=feedback.procedure,
        procedure_rule=feedback.procedure_rule,
        procedure_why=codes.routing.why(feedback.procedure_rule),
        attachments=len(feedback.attachments),
        messages=len(feedback.messages),
        withdrawn_at=feedback.withdrawn_at,
        acknowledgement="none" if mail is None else mail.status.value,
    )
