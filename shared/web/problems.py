"""Every error an API answers is an RFC 9457 problem document with what is wrong and where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from shared.errors import ChangedMeanwhile, Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from shared.messaging.publisher import BrokerUnavailable
from shared.store.errors import StoreUnavailable
from shared.taxonomy.codes import Codes
from shared.telemetry.logs import get
from shared.vault import KeyDestroyed, WrongMasterKey
from shared.web.accept import wants_page
from shared.web.body_limit import too_large

log = get(__name__)
MEDIA_TYPE = "application/problem+json"
_HEADINGS: Final = {
    401: "Sign in to see this page",
    403: "You may not see this page",
    404: "Page not found",
    405: "This address cannot be used like that",
    500: "Sorry, there is a problem with the service",
    503: "Sorry, the service is unavailable",
}
"""What the page of a problem is called, where the name of its HTTP status says little."""
_DETAILS: Final = {
    "Not Found": "There is nothing at this address.",
    "Method Not Allowed": "This address has no such method; Allow names those that it has.",
}
"""What the framework's own refusals say, in words."""

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


METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OURS: Final = "Value error, "
"""What pydantic puts before the words of a validator of ours."""
ShowPage = Callable[[Request, int, str, str, Sequence[str]], Response]
"""Makes the page of a problem from its status, heading, detail and faults."""


def install(app: FastAPI, page: ShowPage) -> None:
    """Answer every error of this application with a problem document, and with a page where a person's browser asked."""

    async def answer(request: Request, error: Exception) -> Response:
        problem = _problem(request, error)
        if not wants_page(request):
            response: Response = problem.response()
        else:
            heading = _HEADINGS.get(problem.status, HTTPStatus(problem.status).phrase)
            response = page(request, problem.status, heading, problem.detail, [fault.detail for fault in problem.faults])
            response.headers.update(problem.headers)
        response.headers.append("Vary", "Accept")
        return response

    for kind in (*_ANSWERED, Exception):
        app.add_exception_handler(kind, answer)


_ANSWERED: Final = (
    *(Problem, DomainError, RequestValidationError, HTTPException),
    *(StoreUnavailable, BrokerUnavailable, KeyDestroyed, WrongMasterKey),
)


def _problem(request: Request, error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case DomainError():
            return problem_of(error)
        case RequestValidationError():
            return _invalid(request, error)
        case HTTPException():
            return _of_framework(request, error)
    return _outage(error)


def _invalid(request: Request, error: RequestValidationError) -> Problem:
    if any(e["type"] == "json_invalid" for e in error.errors()):
        return Problem(400, "not-json", "The body is not JSON.", faults=_faults(request, error))
    return Problem(422, "invalid", "The request does not fit; see errors.", faults=_faults(request, error))


def _of_framework(request: Request, error: HTTPException) -> Problem:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    detail = too_large(request.scope) if error.status_code == 413 else _DETAILS.get(error.detail, str(error.detail))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods_here(request))
    return Problem(error.status_code, code, detail, headers=headers)


def _methods_here(request: Request) -> list[str]:
    """The methods of every route at this address: the framework names only those of the first."""
    routes = request.app.router.routes
    return [m for m in METHODS if any(route.matches({**request.scope, "method": m})[0] == Match.FULL for route in routes)]


def _outage(error: Exception) -> Problem:
    """Something that we need is away or gone, or a fault of ours."""
    match error:
        case StoreUnavailable():
            log.warning("store unavailable", error=str(error)[:200])
            return _unavailable("store-unavailable", "The store does not answer. Nothing was changed for certain; try again.", 5)
        case BrokerUnavailable():
            return _unavailable("broker-unavailable", "The broker does not answer; try again.", 5)
        case KeyDestroyed():
            return Problem(410, "erased", "The personal data of this case was erased.")
        case WrongMasterKey():
            log.critical("wrong master key", error=str(error))
            detail = "This service cannot keep personal data safe at present. Nothing was recorded; try again later."
            return _unavailable("not-ready", detail, 60)
    log.error("request failed", exc_info=error)
    return Problem(500, "internal", "Something went wrong here. It was logged under the correlation id.")


def _unavailable(code: str, detail: str, seconds: int) -> Problem:
    return Problem(503, code, detail, headers={"Retry-After": str(seconds)})


def _faults(request: Request, error: RequestValidationError) -> list[FieldFault]:
    codes: Codes | None = getattr(request.app.state, "codes", None)
    faults = []
    for e in error.errors()[:50]:
        place = [str(part) for part in e["loc"]]
        pointer = "/" + "/".join(place[1:]) if place and place[0] == "body" else "/".join(place)
        words = codes.words(e) if codes is not None else None
        faults.append(FieldFault(pointer=pointer, detail=words or e["msg"].removeprefix(OURS)))
    return faults
