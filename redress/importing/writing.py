"""Writes historic cases as a file that `redress import` reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from typing import IO, Any

from pydantic import BaseModel

from redress.importing.columns import COLUMNS, GROUPS, LIST_SEPARATOR, PLACES
from shared.events.historic import HistoricCase


def write_json_lines(cases: Iterable[HistoricCase], stream: IO[str]) -> None:
    """One case a line; what is at its default is left out."""
    for case in cases:
        stream.write(case.model_dump_json(exclude_defaults=True) + "\n")


def write_csv(cases: Iterable[HistoricCase], stream: IO[str]) -> None:
    """All columns of docs/import.md. ValueError for a case with more stages, referrals or remedies than columns."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for case in cases:
        if (group := _too_many(case)) is not None:
            raise ValueError(f"{case.source_id} has more {group} than CSV has columns for")
        writer.writerow([_cell(_value(case, column)) for column in COLUMNS])


def _too_many(part: BaseModel) -> str | None:
    """The name of a list that holds more than the columns do."""
    for group, (_, many, _) in GROUPS.get(type(part), {}).items():
        items: tuple[BaseModel, ...] = getattr(part, group)
        found = group if len(items) > many else next(filter(None, map(_too_many, items)), None)
        if found is not None:
            return found
    return None


def _value(case: HistoricCase, column: str) -> Any:
    here: Any = case
    for part in PLACES[column]:
        if isinstance(part, int):
            if part >= len(here):
                return None
            here = here[part]
        else:
            here = getattr(here, part)
    return here


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return LIST_SEPARATOR.join(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)
