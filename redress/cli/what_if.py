"""`redress what-if`: a closed year under another rulebook. Reads workflow's cases; writes nothing."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from redress.cli.reporting_client import TokenOption, ask, fail

if TYPE_CHECKING:
    from redress.what_if.replay import Comparison, Known, Response
    from services.workflow.rulebook.model import Rulebook

_PAGE = 200


def register(app: typer.Typer) -> None:
    """Put `what-if` on the command."""
    app.command("what-if")(what_if)


def what_if(
    year: Annotated[str, typer.Option(help="A financial year that is over, 2022/23 or 2022-23.")],
    procedure: Annotated[str, typer.Option(help="The procedure whose cases are replayed, such as corporate.")],
    rulebook: Annotated[str, typer.Option(help="A rulebook's id, as `redress rulebook list` shows it, or a file.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object in place of tables.")] = False,
    url: Annotated[
        str | None,
        typer.Option("--url", help="Workflow; REDRESS_WORKFLOW_URL, else the local run's, unless given."),
    ] = None,
    token_file: TokenOption = None,
) -> None:
    """Measure a closed year's responses by another rulebook, compared with what was recorded, with the cases that differ.

    Nothing is written. Exit codes: 0 shown; 1 the file is a faulty rulebook; 2 the year is not over, or there is no such year or
    rulebook, or workflow refuses; 5 workflow does not answer.
    """
    from redress.cli.rulebook import named
    from redress.what_if.replay import compare
    from shared.calendar.holidays import published
    from shared.calendar.london import fy_bounds, london_date
    from shared.calendar.written import read_financial_year
    from shared.clock import now

    try:
        label = read_financial_year(year)
        _, last = fy_bounds(label)
    except ValueError as error:
        fail(str(error), 2)
    if london_date(now()) <= last:
        fail(f"{label} is not over: what-if replays closed years", 2)
    book = named(rulebook)
    found = compare(_cases(procedure, url, token_file), label, book, published())
    result = _result(found, label, procedure, book)
    if as_json:
        typer.echo(json.dumps(result))
    else:
        _show(result)


def _cases(procedure: str, url: str | None, token_file: Path | None) -> Iterator[Known]:
    from redress.what_if.replay import Known
    from shared.events.facts import CaseFacts

    seen = page = 0
    while True:
        page += 1
        params = {"procedure": procedure, "kind": "complaint", "size": str(_PAGE), "page": str(page)}
        answer = ask("GET", "/api/v1/cases", url=url, token_file=token_file, params=params, service="workflow").json()
        for item in answer["items"]:
            yield Known(UUID(item["case_id"]), item["reference"], CaseFacts.model_validate(item["facts"]))
        seen += len(answer["items"])
        if not answer["items"] or seen >= answer["total"]:
            return


def _result(found: Comparison, year: str, procedure: str, book: Rulebook) -> dict[str, Any]:
    return {
        "year": year,
        "procedure": procedure,
        "rulebook": book.id,
        "rulebook_version": book.version,
        "cases": found.cases,
        "recorded": {stage: _compliance(counts) for stage, counts in sorted(found.recorded.items())},
        "replayed": {stage: _compliance(counts) for stage, counts in sorted(found.replayed.items())},
        "differences": [
            {
                "case_id": str(d.case_id),
                "reference": d.reference,
                "recorded": _answer(d.recorded),
                "replayed": _answer(d.replayed),
            }
            for d in found.differences
        ],
    }


def _compliance(counts: Counter[str]) -> dict[str, Any]:
    measured = sum(n for how, n in counts.items() if how != "no-timescale")
    in_time = counts["within-standard"] + counts["within-extension"]
    return {
        "responses": sum(counts.values()),
        "within_standard": counts["within-standard"],
        "within_extension": counts["within-extension"],
        "late": counts["late"],
        "no_timescale": counts["no-timescale"],
        "in_time_percent": round(100 * in_time / measured, 1) if measured else None,
    }


def _answer(answer: Response) -> dict[str, Any]:
    return {
        "stage": answer.stage,
        "answered_on": answer.answered_on.isoformat(),
        "due_on": answer.due_on.isoformat() if answer.due_on else None,
        "timeliness": answer.timeliness.value if answer.timeliness else None,
        "problem": answer.problem,
    }


def _show(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout)
    console.print(
        f"{result['procedure']} {result['year']}: {result['cases']} closed cases with a response, as recorded and under "
        f"{result['rulebook']} version {result['rulebook_version']}",
        highlight=False,
    )
    names = ("responses", "within_standard", "within_extension", "late", "no_timescale", "in_time_percent")
    table = Table("", "stage", *(name.replace("_", " ") for name in names))
    for side in ("recorded", "replayed"):
        for stage, row in result[side].items():
            table.add_row(side, stage, *("-" if row[name] is None else str(row[name]) for name in names))
    console.print(table)
    if not result["differences"]:
        console.print("No response is in time under one and late under the other.")
        return
    table = Table("case", "answered", "recorded", "due", "replayed", "due", title="Cases that differ")
    for d in result["differences"]:
        was, is_ = d["recorded"], d["replayed"]
        table.add_row(
            d["case_id"],
            was["answered_on"],
            f"{was['stage']}: {was['timeliness'] or 'no timescale'}",
            was["due_on"] or "",
            f"{is_['stage']}: {is_['timeliness'] or 'no timescale'}",
            is_["due_on"] or "",
        )
    console.print(table)
