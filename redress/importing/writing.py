"""Writes historic cases as a file that `redress import` reads."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from typing import IO, Any

from redress.importing.columns import COLUMNS, LIST_SEPARATOR, NESTED, REFERRALS, STAGES
from shared.events.historic import HistoricCase


def write_json_lines(cases: Iterable[HistoricCase], stream: IO[str]) -> None:
    """One case a line; what is at its default is left out."""
    for case in cases:
        stream.write(case.model_dump_json(exclude_defaults=True) + "\n")


def write_csv(cases: Iterable[HistoricCase], stream: IO[str]) -> None:
    """All columns of docs/import.md. ValueError for a case with more stages or referrals than columns."""
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for case in cases:
        if len(case.stages) > STAGES or len(case.ombudsman) > REFERRALS:
            raise ValueError(f"{case.source_id} has more stages or referrals than CSV has columns for")
        writer.writerow([_cell(_value(case, column)) for column in COLUMNS])


def _value(case: HistoricCase, column: str) -> Any:
    if column not in NESTED:
        return getattr(case, column)
    group, position, field = NESTED[column]
    items = getattr(case, group)
    return getattr(items[position], field) if position < len(items) else None


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
