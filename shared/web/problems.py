"""Every error an API answers is an RFC 9457 problem document with what is wrong and where."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared.errors import ChangedMeanwhile, Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from shared.messaging.publisher import BrokerUnavailable
from shared.store.errors import StoreUnavailable
from shared.telemetry.logs import get
from shared.vault import KeyDestroyed, WrongMasterKey
from shared.web.body_limit import too_large

log = get(__name__)
MEDIA_TYPE = "application/problem+json"


_STATUS: Final[dict[type[DomainError], int]] = {
    NotFound: 404,
    Forbidden: 403,
    Conflict: 409,
    Invalid: 422,
    ChangedMeanwhile: 412,
    Unavailable: 503,
}


class FieldFault(BaseModel):
    """One thing wrong in a request. `pointer` is a JSON pointer into the body, or `query/name`, `header/name`."""

    pointer: str
    detail: str


class Problem(Exception):
    """An answer that is a problem document.

    Args:
        status: the HTTP status, 4xx or 5xx.
        code: the last part of the problem's type, a slug that a client can act on.
        detail: what is wrong, in words a person can act on.
        faults: where.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        faults: Sequence[FieldFault] = (),
        headers: dict[str, str] | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = headers or {}
        self.extra = extra

    def response(self) -> JSONResponse:
        body: dict[str, Any] = {
            "type": f"urn:redress:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }
        if self.faults:
            body["errors"] = [fault.model_dump() for fault in self.faults]
        return JSONResponse(body, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def etag(version: int) -> str:
    """The ETag of a version, as `shared.web.etags` reads it back."""
    return f'"{version}"'


def problem_of(error: DomainError) -> Problem:
    """The problem document that an error of the domain is answered with."""
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    faults = [FieldFault(pointer=fault.pointer, detail=fault.detail) for fault in error.faults]
    if isinstance(error, ChangedMeanwhile):
        return Problem(
            status,
            error.code,
            error.message,
            headers={"ETag": etag(error.current_version)},
            current_version=error.current_version,
        )
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Unavailable) else None
    return Problem(status, error.code, error.message, faults=faults, headers=headers)


def install(app: FastAPI) -> None:
    """Answer every error of this application with a problem document."""

    @app.exception_handler(Problem)
    async def problem(_: Request, error: Problem) -> Response:
        return error.response()

    @app.exception_handler(DomainError)
    async def refused(_: Request, error: DomainError) -> Response:
        return problem_of(error).response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        if any(e["type"] == "json_invalid" for e in error.errors()):
            return Problem(400, "not-json", "The body is not JSON.", faults=_faults(error)).response()
        return Problem(422, "invalid", "The request does not fit; see errors.", faults=_faults(error)).response()

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        detail = too_large(request.scope) if error.status_code == 413 else str(error.detail)
        return Problem(error.status_code, code, detail, headers=dict(error.headers or {})).response()

    @app.exception_handler(StoreUnavailable)
    async def no_store(_: Request, error: StoreUnavailable) -> Response:
        log.warning("store unavailable", error=str(error)[:200])
        return Problem(
            503,
            "store-unavailable",
            "The store does not answer. Nothing was changed for certain; try again.",
            headers={"Retry-After": "5"},
        ).response()

    @app.exception_handler(BrokerUnavailable)
    async def no_broker(_: Request, error: BrokerUnavailable) -> Response:
        return Problem(503, "broker-unavailable", "The broker does not answer; try again.", headers={"Retry-After": "5"}).response()

    @app.exception_handler(KeyDestroyed)
    async def erased(_: Request, __: KeyDestroyed) -> Response:
        return Problem(410, "erased", "The personal data of this case was erased.").response()

    @app.exception_handler(WrongMasterKey)
    async def wrong_key(_: Request, error: WrongMasterKey) -> Response:
        log.critical("wrong master key", error=str(error))
        return Problem(
            503,
            "not-ready",
            "This service cannot keep personal data safe at present. Nothing was recorded; try again later.",
            headers={"Retry-After": "60"},
        ).response()

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> Response:
        log.error("request failed", exc_info=error)
        return Problem(500, "internal", "Something went wrong here. It was logged under the correlation id.").response()


def _faults(error: RequestValidationError) -> list[FieldFault]:
    faults = []
    for e in error.errors()[:50]:
        place = [str(part) for part in e["loc"]]
        pointer = "/" + "/".join(place[1:]) if place and place[0] == "body" else "/".join(place)
        faults.append(FieldFault(pointer=pointer, detail=e["msg"]))
    return faults
