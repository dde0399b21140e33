"""Reads a file of historic cases. Pure: a stream in, rows and faults out, in the order of the file.

A wrong row never hides the ones after it. Only a header that cannot be read ends the reading.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from redress.importing.columns import (
    FLAGS,
    LIST_SEPARATOR,
    LISTS,
    PLACES,
    HeaderError,
    Place,
    check_header,
    column_of,
)
from shared.calendar.written import read_day
from shared.events.historic import HistoricCase

Format = Literal["csv", "jsonl"]

_TRUE: Final = frozenset({"true", "yes", "y", "1"})
_FALSE: Final = frozenset({"false", "no", "n", "0"})


@dataclass(frozen=True, slots=True)
class Row:
    """A case that can go in. `line` counts from 1, the header included."""

    line: int
    case: HistoricCase


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that cannot. `column` is empty when the fault is of the row as a whole."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.column + ': ' if self.column else ''}{self.reason}"


Parsed = Row | RowError


def parse(stream: Iterable[str], format_: Format) -> Iterator[Parsed]:
    """Every row of a file of text lines, as a case or as what is wrong with it.

    Raises:
        HeaderError: the first line of a CSV file does not name the columns.
    """
    seen: dict[str, int] = {}
    for parsed in _csv(stream) if format_ == "csv" else _json_lines(stream):
        if isinstance(parsed, Row):
            first = seen.setdefault(parsed.case.source_id, parsed.line)
            if first != parsed.line:
                yield RowError(
                    parsed.line,
                    "source_id",
                    f"{_quoted(parsed.case.source_id)} stands on line {first} already",
                )
                continue
        yield parsed


def _json_lines(stream: Iterable[str]) -> Iterator[Parsed]:
    for number, text in enumerate(stream, 1):
        line = text.removeprefix("\ufeff").strip() if number == 1 else text.strip()
        if not line:
            continue
        try:
            # Strict, or a number would pass for a date (as seconds since 1970).
            yield Row(number, HistoricCase.model_validate_json(line, strict=True))
        except ValidationError as error:
            yield _fault(number, error, nested=True)


def _csv(stream: Iterable[str]) -> Iterator[Parsed]:
    columns: tuple[str, ...] = ()
    for number, text in enumerate(stream, 1):
        line = text.removeprefix("\ufeff") if number == 1 else text
        if not line.strip(", \t\r\n"):
            continue
        try:
            # No cell of a case holds a line break, so each line stands alone: a quotation mark left open
            # spoils its own row and not the rest of the file.
            cells = next(csv.reader([line], strict=True))
        except csv.Error as error:
            if not columns:
                raise HeaderError(f"line {number} is not readable as CSV: {error}") from None
            yield RowError(number, "", f"not readable as CSV: {error}")
            continue
        if columns:
            yield _csv_row(number, columns, cells)
        else:
            columns = check_header(cells)


def _csv_row(line: int, columns: tuple[str, ...], cells: list[str]) -> Parsed:
    while len(cells) > len(columns) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != len(columns):
        return RowError(line, "", f"it has {len(cells)} cells, the header has {len(columns)}")
    try:
        values = {name: _value(name, cell.strip()) for name, cell in zip(columns, cells, strict=True) if cell.strip()}
        case = _nest(values)
    except _CellError as error:
        return RowError(line, error.column, error.reason)
    try:
        return Row(line, HistoricCase.model_validate(case))
    except ValidationError as error:
        return _fault(line, error, nested=False)


class _CellError(ValueError):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def _value(column: str, cell: str) -> Any:
    if column in LISTS:
        return [part.strip() for part in cell.split(LIST_SEPARATOR) if part.strip()]
    if PLACES[column][-1] in FLAGS:
        if (word := cell.lower()) in _TRUE | _FALSE:
            return word in _TRUE
        raise _CellError(column, f"{_quoted(cell)} is neither yes nor no")
    if column.endswith(("_on", "_to")):
        return _day(column, cell)
    return cell


def _day(column: str, cell: str) -> date:
    try:
        return read_day(cell)
    except ValueError as error:
        raise _CellError(column, str(error)) from None


def _nest(values: dict[str, Any]) -> dict[str, Any]:
    """The flat cells of a row as the nested case. Positions must be filled from the first on."""
    case: dict[int | str, Any] = {}
    for column, value in values.items():
        *groups, field = PLACES[column]
        here = case
        for part in groups:
            here = here.setdefault(part, {})
        here[field] = value
    return {str(name): _listed(value, (name,)) for name, value in case.items()}


def _listed(value: Any, at: Place) -> Any:
    """A value with every group in it as a list. Groups are dictionaries by position until all their cells are read."""
    if not isinstance(value, dict):
        return value
    if not all(isinstance(key, int) for key in value):
        return {key: _listed(inner, (*at, key)) for key, inner in value.items()}
    for position in range(len(value)):
        if position not in value:
            raise _CellError(column_of((*at, position), nested=False), "it is empty, but a later one is filled")
    return [_listed(value[position], (*at, position)) for position in sorted(value)]


def _fault(line: int, error: ValidationError, *, nested: bool) -> RowError:
    first = error.errors(include_url=False)[0]
    more = error.error_count() - 1
    reason = _reason(first) + (f" (and {more} more)" if more else "")
    return RowError(line, column_of(first["loc"], nested=nested), reason)


def _reason(fault: ErrorDetails) -> str:
    given = _quoted(fault["input"])
    context = fault.get("ctx", {})
    messages = {
        "missing": "it is missing",
        "extra_forbidden": "it is not known",
        "value_error": str(context.get("error")),
        "enum": f"{given} is not one of {context.get('expected')}",
        "string_pattern_mismatch": f"{given} is not of the form {context.get('pattern')}",
        "json_invalid": f"not readable as JSON: {context.get('error')}",
    }
    return messages.get(fault["type"], f"{given}: {fault['msg']}")


def _quoted(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")
