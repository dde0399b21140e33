"""A query parameter that a route does not know is an error: a filter that was not understood never means everything."""

from __future__ import annotations

from difflib import get_close_matches

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from shared.web.problems import FieldFault, Problem


def only_known(request: Request) -> None:
    """A dependency of every route.

    Raises:
        Problem: 422 with each parameter that the route does not have, and those that it has.
    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    known = sorted(_names(route.dependant))
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        raise Problem(
            422,
            "unknown-parameter",
            f"This address accepts {_listed(known)}.",
            faults=[FieldFault(pointer=f"query/{name[:100]}", detail=_not_known(name, known)) for name in unknown[:50]],
        )


def _names(dependant: Dependant) -> set[str]:
    """The query parameters that a route declares, those of its dependencies among them."""
    return {field.alias for field in dependant.query_params}.union(*map(_names, dependant.dependencies))


def _listed(known: list[str]) -> str:
    return f"the parameters {', '.join(known)} and no others" if known else "no parameters"


def _not_known(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"There is no such parameter here; did you mean {near[0]}?" if near else "There is no such parameter here."
