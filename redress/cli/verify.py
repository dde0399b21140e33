"""`redress verify`: the aggregates against the log, cell by cell."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from redress.cli.reporting_client import TokenOption, UrlOption, ask

_SHOWN = 50


def register(app: typer.Typer) -> None:
    """Put `verify` on the command."""
    app.command("verify")(verify)


def verify(
    url: UrlOption = None,
    token_file: TokenOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
) -> None:
    """Recompute the aggregates from the log, compare cell by cell, and check that the caseload balances.

    Exit codes: 0 everything agrees; 1 something differs; 2 the token is refused; 5 reporting does not answer.
    """
    found: dict[str, Any] = ask("POST", "/api/v1/verify", url=url, token_file=token_file, timeout=3600).json()
    balance: dict[str, Any] = ask("GET", "/api/v1/balance", url=url, token_file=token_file).json()
    differences, mismatches = found["differences"], balance["mismatches"]
    if as_json:
        typer.echo(json.dumps({**found, "balance_mismatches": mismatches}, indent=2))
    else:
        for one in differences[:_SHOWN]:
            place = f"{one['topic']}/{one['partition']} {one['year']} {one['cell']}"
            typer.echo(f"{place}: stored {one['stored']:,}, the log has {one['log']:,}")
        if len(differences) > _SHOWN:
            typer.echo(f"and {len(differences) - _SHOWN:,} more; --json lists all")
        typer.echo(
            f"{found['events']:,} events, {found['cells']:,} cells in {found['slices']:,} slices of generation "
            f"{found['generation']}: {len(differences):,} differ; the balance has {mismatches:,} mismatches"
        )
    if differences or mismatches:
        raise typer.Exit(1)
