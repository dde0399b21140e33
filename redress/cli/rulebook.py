"""`redress rulebook`: which procedures there are, and whether a draft may be used."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table


def register(app: typer.Typer) -> None:
    """Put `rulebook` on the command."""
    commands = typer.Typer(
        help="The procedures as rulebooks: list them, check a draft.", no_args_is_help=True
    )
    commands.command("list")(list_command)
    commands.command("check")(check_command)
    app.add_typer(commands, name="rulebook")


def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array in place of the table.")] = False,
) -> None:
    """List the rulebooks that come with Redress: what they serve, since when, and their clocks."""
    # Rulebooks bring the whole workflow model with them: no other command needs it.
    from services.workflow.rulebook.load import shipped

    rows: list[dict[str, Any]] = [
        {
            "id": book.id,
            "version": book.version,
            "title": book.title,
            "procedures": list(book.procedures),
            "kinds": [kind.value for kind in book.kinds],
            "effective_from": book.effective_from.isoformat(),
            "effective_until": book.effective_until.isoformat() if book.effective_until else None,
            "statutory": book.statutory,
            "stages": [stage.id for stage in book.stages],
            "clocks": {clock.id: f"{clock.limit} {clock.unit.replace('_', ' ')}" for clock in book.clocks},
        }
        for book in shipped()
    ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("rulebook", "procedures", "in force", "clocks")
    for row in rows:
        until = row["effective_until"] or ""
        table.add_row(
            f"{row['id']} v{row['version']}",
            ", ".join(row["procedures"]) or "any",
            f"{row['effective_from']} - {until}",
            "\n".join(f"{name}: {limit}" for name, limit in row["clocks"].items()),
        )
    Console(file=sys.stdout).print(table)


def check_command(
    file: Annotated[Path, typer.Argument(help="A rulebook in YAML.")],
    as_json: Annotated[bool, typer.Option("--json", help="The faults as one JSON array.")] = False,
) -> None:
    """Check a rulebook: each fault with its line. Exit 1 when there are any, 2 when the file cannot be read."""
    from services.workflow.rulebook.load import RulebookInvalid, load

    faults: tuple[tuple[int, str, str], ...] = ()
    try:
        load(file)
    except OSError as error:
        typer.echo(f"redress rulebook: {file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    except UnicodeDecodeError:
        typer.echo(f"redress rulebook: {file}: not UTF-8 text", err=True)
        raise typer.Exit(2) from None
    except RulebookInvalid as error:
        faults = error.faults
    if as_json:
        typer.echo(json.dumps([{"line": line, "code": code, "message": said} for line, code, said in faults]))
    else:
        for line, code, said in faults:
            typer.echo(f"{file.name}:{line}: {code}: {said}")
        if not faults:
            typer.echo(f"{file.name}: no faults")
    if faults:
        raise typer.Exit(1)
