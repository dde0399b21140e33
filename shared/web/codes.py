"""`GET /api/v1/codes`: the council's code lists, as a service holds what it takes against them."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from shared.events.codes import Kind
from shared.taxonomy import CodeList
from shared.taxonomy.codes import Codes


class CodeView(BaseModel):
    """One code. `retired`: it labels what is old and is taken for nothing new; `replaced_by` is the code to use in its place.

    `group` and `family` gather codes; `kind` is, of a procedure, a stage or a family, what its cases are.
    """

    code: str
    label: str
    retired: bool
    replaced_by: str | None
    group: str | None
    family: str | None
    kind: Kind | None


class CodeListView(BaseModel):
    """A list by its name. `version` rises with every change of it; `default` is the code where none is given."""

    list: str
    version: int
    default: str | None
    codes: tuple[CodeView, ...]

    @classmethod
    def of(cls, found: CodeList) -> CodeListView:
        codes = tuple(CodeView.model_validate(term, from_attributes=True) for term in found.terms)
        return cls(list=found.list, version=found.version, default=found.default, codes=codes)


class CodeListsView(BaseModel):
    lists: list[CodeListView]


def router(codes: Codes) -> APIRouter:
    """The route. What it answers is what the lists were when the service started: a change of them needs a restart."""
    routes = APIRouter(prefix="/api/v1", tags=["codes"])
    shown = CodeListsView(lists=[CodeListView.of(found) for found in codes])

    @routes.get("/codes", summary="The council's code lists: codes, labels, whether retired, versions")
    async def lists() -> CodeListsView:
        return shown

    return routes
