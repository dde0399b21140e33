"""The report as one CSV table: a line a figure, and a line a cell of each table, section by section.

In the column `section` a figure has its section, `figures` for the general ones; a cell has its table. Breaks in the series come
first, the balance last.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from services.reporting.annual.figures import Figure
from services.reporting.annual.report import FilledReport

COLUMNS = (
    "year",
    "procedure",
    "section",
    "id",
    "label",
    "column",
    "value",
    "numerator",
    "denominator",
    "percentage",
    "mean",
    "previous_year",
    "previous_value",
    "previous_numerator",
    "previous_denominator",
    "previous_percentage",
    "previous_mean",
    "change",
    "change_percentage",
    "note",
)


def to_csv(filled: FilledReport) -> str:
    """CSV with a header line, RFC 4180 line ends. An empty field is a null. Text that a spreadsheet would take for a
    formula is led by an apostrophe."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for line in _lines(filled):
        writer.writerow({name: _safe(value) for name, value in line.items() if value is not None})
    return out.getvalue()


def _lines(filled: FilledReport) -> Iterator[dict[str, object]]:
    report = filled.document
    shared = {"year": report.year, "procedure": report.procedure or "all"}
    compared = {**shared, "previous_year": report.previous_year}
    for one in report.series_breaks:
        label = f"Not counted alike before and after {one.on}"
        yield {**compared, "section": "series-breaks", "id": one.after[0], "label": label, "note": one.text}
    for part in filled.sections:
        section = "figures" if part.section.general else part.section.id
        for figure in part.figures:
            yield {**compared, "section": section, **_figure(figure)}
    for part in filled.sections:
        for table in part.tables:
            for row in table.rows:
                base = {"section": table.id, "id": "/".join(row.codes), "label": row.label}
                if table.columns == [report.year, report.previous_year]:
                    value, before = row.values
                    yield {**compared, **base, "value": value, "previous_value": before}
                else:
                    for column, value in zip(table.columns, row.values, strict=True):
                        yield {**shared, **base, "column": column, "value": value}
    for line in report.balance.rows:
        for name in ("brought_forward", "received", "reopened", "closed", "carried_forward", "counted"):
            yield {
                **shared,
                "year": line.year,
                "procedure": line.procedure,
                "section": "balance",
                "id": line.kind,
                "column": name,
                "value": getattr(line, name),
            }


def _figure(figure: Figure) -> dict[str, object]:
    before = figure.previous
    return {
        "id": figure.id,
        "label": figure.label,
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "percentage": figure.percentage,
        "mean": figure.mean,
        "previous_value": before.value,
        "previous_numerator": before.numerator,
        "previous_denominator": before.denominator,
        "previous_percentage": before.percentage,
        "previous_mean": before.mean,
        "change": figure.change,
        "change_percentage": figure.change_percentage,
        "note": figure.note,
    }


def _safe(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
