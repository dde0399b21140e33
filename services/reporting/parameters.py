"""Query parameters that several routes take."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from shared.calendar.written import Day

YearQuery = Annotated[str, Query(description="Financial year, `2022/23` or `2022-23`", examples=["2022/23"])]
ProcedureQuery = Annotated[
    str | None,
    Query(description="A procedure, or a part of the report such as `childrens`; left out: the council"),
]
AsAtQuery = Annotated[
    Day | None,
    Query(
        description="London day at whose end the figures stood; what happened later is left out",
        examples=["2023-03-31"],
    ),
]
