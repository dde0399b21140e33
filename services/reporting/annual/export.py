"""The report as one CSV table: a line a figure, and a line a cell of each breakdown.

The section of a figure is the one it stands in, else `figures`; that of a cell is its table. Breaks in the series come first.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from services.reporting.annual.figures import Figure
from services.reporting.annual.report import AnnualReport

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


def to_csv(report: AnnualReport) -> str:
    """CSV with a header line, RFC 4180 line ends. An empty field is a null. Text that a spreadsheet would take for a
    formula is led by an apostrophe."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="")
    writer.writeheader()
    for line in _lines(report):
        writer.writerow({name: _safe(value) for name, value in line.items() if value is not None})
    return out.getvalue()


def _lines(report: AnnualReport) -> Iterator[dict[str, object]]:
    shared = {"year": report.year, "procedure": report.procedure or "all"}
    sections = {name: one.id for one in report.sections for group in one.groups for name in group.figures}
    for one in report.series_breaks:
        base = {**shared, "section": "series-breaks", "previous_year": report.previous_year}
        yield {
            **base,
            "id": one.after[0],
            "label": f"Not counted alike before and after {one.on}",
            "note": one.text,
        }
    for figure in report.figures:
        section = sections.get(figure.id, "figures")
        yield {**shared, "section": section, "previous_year": report.previous_year, **_figure(figure)}
    for table in report.tables:
        compares = table.columns == [report.year, report.previous_year]
        for row in table.rows:
            base = {**shared, "section": table.id, "id": "/".join(row.codes), "label": row.label}
            if compares:
                value, before = row.values
                yield {
                    **base,
                    "value": value,
                    "previous_year": report.previous_year,
                    "previous_value": before,
                }
            else:
                for column, value in zip(table.columns, row.values, strict=True):
                    yield {**base, "column": column, "value": value}
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
