"""`redress report`: the annual figures, as JSON, CSV or a page."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from redress.cli.reporting_client import TokenOption, UrlOption, ask, fail


class Format(StrEnum):
    """How the report is written."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"


def register(app: typer.Typer) -> None:
    """Put `report annual` on the command."""
    report = typer.Typer(no_args_is_help=True, help="Print reports.")
    report.command("annual")(annual)
    app.add_typer(report, name="report")


def annual(
    year: Annotated[str, typer.Option(help="Financial year, 2022/23 or 2022-23.")],
    procedure: Annotated[
        str | None,
        typer.Option(help="A procedure, such as corporate, or a part of the report, such as childrens; the council unless given."),
    ] = None,
    as_at: Annotated[
        str | None,
        typer.Option(
            "--as-at",
            metavar="DAY",
            help="As the figures stood at the end of that London day, 2023-03-31 or 31/03/2023; now unless given.",
        ),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="json, csv or html.")] = Format.JSON,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="A file in place of standard output.")] = None,
    url: UrlOption = None,
    token_file: TokenOption = None,
) -> None:
    """Print a financial year with the year before, each percentage with its numerator and denominator.

    Exit codes: 0 printed; 2 the year, the day or the procedure is not known; 5 reporting does not answer.
    """
    from shared.calendar.written import read_day, read_financial_year

    try:
        params = {"year": read_financial_year(year)}
        day = None if as_at is None else read_day(as_at)
    except ValueError as error:
        fail(str(error), 2)
    if procedure is not None:
        params["procedure"] = procedure
    if day is not None:
        params["as_at"] = day.isoformat()
    format_ = Format.JSON if as_json else format_
    if format_ is Format.JSON:
        answer = ask("GET", "/api/v1/annual", params=params, url=url, token_file=token_file)
        text = json.dumps(answer.json(), indent=2, ensure_ascii=False) + "\n"
    elif format_ is Format.CSV:
        text = ask("GET", "/api/v1/annual.csv", params=params, url=url, token_file=token_file).text
    else:
        page = f"/years/{params.pop('year').replace('/', '-')}"
        text = ask("GET", page, params=params, url=url, token_file=token_file).text
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        fail(f"{output}: {error.strerror}", 2)
