"""What an application says of itself: FastAPI's description, and what holds for every route of ours.

A route needs to say only what is its own: `may_answer(415)` for a refusal, `with_etag()` where it answers with a version.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from shared.web.etags import IF_MATCH
from shared.web.problems import MEDIA_TYPE, FieldFault

LICENCE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
_REF: Final = "#/components/schemas/{model}"
_DOCUMENT: Final = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemDocument")}}}
_ETAG: Final = {
    "ETag": {
        "description": "The version; send it back as If-Match.",
        "required": True,
        "schema": {"type": "string", "examples": ['"7"']},
    }
}
_WHY: Final = {
    400: "The request cannot be read: its body is not JSON, or a header is not what it must be.",
    401: "Without a token, or with one that is not known.",
    403: "The member of staff has none of the roles that this needs.",
    404: "There is no such thing.",
    409: "As it stands, this cannot be done; the detail says why.",
    410: "The personal data was erased.",
    412: "It has changed since; ETag is its version now.",
    413: "The body is too large.",
    415: "The file is of no type that is accepted.",
    422: "A field, a parameter or a header does not fit; `errors` says which and why.",
    428: "If-Match is missing.",
    429: "Too much came from this address; Retry-After is in seconds.",
    500: "A fault here. It is logged under the correlation id.",
    503: "The store or the broker does not answer; try again after Retry-After seconds.",
}


class ProblemDocument(BaseModel):
    """An RFC 9457 problem document. `type` is one that a program can act on; some have further members."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"additionalProperties": True})

    type: str = Field(examples=["urn:redress:problem:invalid"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    errors: list[FieldFault] = Field(default=[], description="Where and what, when it is a matter of fields")


def may_answer(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the problem documents that it may answer with, beside those that every route may."""
    return {status: _problem(status) for status in statuses}


def with_etag(status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: it answers with an ETag."""
    return {status: {"headers": _ETAG}}


def describe(app: FastAPI) -> None:
    """Let `app.openapi()` give the whole description."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            document["info"]["license"] = LICENCE
            document["servers"] = [{"url": "/", "description": "Where this document comes from."}]
            _add_schemas(document)
            for path, operation in _operations(document):
                _complete(path, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = whole  # type: ignore[method-assign]


def _add_schemas(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for replaced in ("HTTPValidationError", "ValidationError"):
        schemas.pop(replaced, None)
    _, ours = models_json_schema([(ProblemDocument, "serialization")], ref_template=_REF)
    schemas.update(ours["$defs"])


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


def _complete(path: str, operation: dict[str, Any]) -> None:
    operation.setdefault("security", [])
    responses = operation["responses"]
    responses.pop("422", None)
    statuses = {422, 500}
    if "503" not in responses:
        statuses.add(503)
    if any(operation["security"]):
        statuses |= {401, 403}
    if "{" in path:
        statuses |= {404, 410}
    if "requestBody" in operation:
        statuses |= {400, 413}
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == IF_MATCH:
            parameter["required"] = True
            parameter["schema"] = {"type": "string"}
            statuses |= {400, 409, 412, 428}
            responses["200"].setdefault("headers", {}).update(_ETAG)
    for status in sorted(statuses):
        responses.setdefault(str(status), _problem(status))
    operation["responses"] = dict(sorted(responses.items()))


def _problem(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {"description": _WHY.get(status, HTTPStatus(status).phrase), "content": _DOCUMENT}
    if status == 412:
        found["headers"] = _ETAG
    return found
