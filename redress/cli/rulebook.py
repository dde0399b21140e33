"""`redress rulebook`: which procedures there are, what one holds, and whether a draft may be used."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from redress.cli.progress import bar

if TYPE_CHECKING:
    from services.workflow.rulebook.model import Rulebook


def register(app: typer.Typer) -> None:
    """Put `rulebook` on the command."""
    commands = typer.Typer(help="The procedures as rulebooks: list them, show one, check a draft.", no_args_is_help=True)
    commands.command("list")(list_command)
    commands.command("show")(show_command)
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


def show_command(
    name: Annotated[str, typer.Argument(help="A rulebook's id, as `list` shows it, or a file.")],
    svg: Annotated[Path | None, typer.Option(help="Write the state diagram to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole procedure as one JSON object.")] = False,
) -> None:
    """Show a procedure: its stages, clocks and steps as tables, and its states as a diagram.

    Exit 1 when the file is faulty, 2 when there is no such rulebook or a file cannot be read or written.
    """
    from services.workflow.rulebook import diagram, table

    book = named(name)
    if svg is not None:
        try:
            svg.write_text(diagram.svg(book), encoding="utf-8")
        except OSError as error:
            typer.echo(f"redress rulebook: {svg}: {error.strerror}", err=True)
            raise typer.Exit(2) from None
    rows = table.rows(book)
    if as_json:
        typer.echo(json.dumps(rows))
        return
    console = Console(file=sys.stdout)
    until = rows["effective_until"] or "further notice"
    console.print(f"[bold]{escape(rows['title'])}[/bold]  {rows['id']} version {rows['version']}", highlight=False)
    served = ", ".join(rows["procedures"]) or "any procedure"
    console.print(f"{served}; {', '.join(rows['kinds'])}. From {rows['effective_from']} until {until}.", highlight=False)
    tracks = [_tracks(rows)] if rows["tracks"] else []
    for titled in (_stages(rows), *tracks, _clocks(rows), _steps(rows)):
        console.print()
        console.print(titled)
    console.print()
    for what, source in rows["sources"].items():
        console.print(f"{escape(what)}: {escape(source)}", highlight=False)


def _table(title: str, *columns: str) -> Table:
    return Table(*columns, title=title, title_justify="left", show_lines=True)


def _stages(rows: dict[str, Any]) -> Table:
    table = _table("Stages", "stage", "states")
    for stage in rows["stages"]:
        if stage["track"]:
            continue
        states = [s["title"] for s in rows["states"] if s["stage"] == stage["stage"]]
        formal = "" if stage["formal"] else " (outside the formal procedure)"
        table.add_row(escape(stage["title"] + formal), escape("\n".join(states)))
    closing = [s["title"] for s in rows["states"] if s["stage"] is None]
    if closing:
        table.add_row("whichever it was", escape("\n".join(closing)))
    return table


def _tracks(rows: dict[str, Any]) -> Table:
    table = _table("In parallel with the procedure", "track", "kinds", "states", "source")
    for track in rows["tracks"]:
        stages = {s["stage"] for s in rows["stages"] if s["track"] == track["track"]}
        states = [s["title"] for s in rows["states"] if s["stage"] in stages]
        cells = (track["title"], "\n".join(track["kinds"].values()), "\n".join(states), track["source"])
        table.add_row(*map(escape, cells))
    return table


def _clocks(rows: dict[str, Any]) -> Table:
    table = _table("Clocks", "clock", "limit", "runs", "extension", "source")
    for clock in rows["clocks"]:
        rolled = "" if clock["roll"] == "none" else ", then to the next working day"
        runs = [f"from: {clock['starts']}"]
        if clock["provisionally"]:
            runs.append(f"until that has happened, {clock['provisionally']}")
        runs.append(f"until: {', '.join(clock['stops'])}")
        if clock["anew"]:
            runs.append(f"counted anew from: {', '.join(clock['anew'])}")
        if clock["party"] != "council":
            runs.append("limits what the person may ask for")
        if clock["pauses"]:
            runs.append(f"paused by: {', '.join(clock['pauses'])}; on again: {', '.join(clock['restarts'])}")
        limit = f"{clock['limit']}\n{clock['calendar']} ({clock['convention']}: {clock['counted']}){rolled}"
        table.add_row(*(escape(x) for x in (clock["title"], limit, "\n".join(runs), clock["extension"], clock["source"])))
    return table


def _steps(rows: dict[str, Any]) -> Table:
    table = _table("Steps", "step", "open in", "leads to", "requires", "source")
    for step in rows["steps"]:
        cells = (
            step["title"],
            "\n".join(step["from"]),
            "\n".join(_leads(step)),
            "\n".join(step["requires"]),
            step["source"],
        )
        table.add_row(*map(escape, cells))
    return table


def _leads(step: dict[str, Any]) -> list[str]:
    found = list(step["to"])
    if step["begins"]:
        found.append(f"begins in parallel: {step['begins']}")
    if step["carries"]:
        found.append(f"takes along, to: {step['carries']}")
    return found


def named(name: str) -> Rulebook:
    """The shipped rulebook of that id, its latest version, or the one in that file. Exits with 1 or 2, as `show` does."""
    from services.workflow.rulebook.load import shipped

    found = sorted((book for book in shipped() if book.id == name), key=lambda book: book.version)
    if found:
        return found[-1]
    file = Path(name)
    if not file.is_file():
        known = ", ".join(sorted({book.id for book in shipped()}))
        typer.echo(f"redress rulebook: there is no rulebook or file {name!r}; there are {known}", err=True)
        raise typer.Exit(2)
    book, faults = _read(file)
    if book is None:
        for line, code, message in faults:
            typer.echo(f"{file.name}:{line}: {code}: {message}", err=True)
        raise typer.Exit(1)
    return book


def check_command(
    file: Annotated[Path, typer.Argument(help="A rulebook in YAML.")],
    as_json: Annotated[bool, typer.Option("--json", help="The faults as one JSON array.")] = False,
    seed: Annotated[int, typer.Option(help="Which made-up cases the laws are tried on.")] = 2024,
    cases: Annotated[int, typer.Option(min=0, max=100_000, help="Made-up cases for each clock and law; 0: none.")] = 100,
) -> None:
    """Check a rulebook: each fault with its line, and the laws of clocks and steps on made-up cases.

    Exit 1 when there are faults, 2 when the file cannot be read.
    """
    from redress.rulebook_check import LAWS, run
    from shared.calendar.holidays import published

    book, faults = _read(file)
    faults_found: list[dict[str, Any]] = [{"line": n, "code": code, "message": message} for n, code, message in faults]
    lines = [f"{file.name}:{n}: {code}: {message}" for n, code, message in faults]
    notes = []
    if book is not None and cases:
        with bar(f"{file.name}: made-up cases", cases, quiet=as_json) as progress:
            result = run(book, register=published(), seed=seed, cases=cases, simulated=cases, progress=progress)
        for broken in result.broken:
            faults_found.append({"line": None, "code": broken.law, "message": broken.words()})
            lines.append(f"{file.name}: {broken.law}: {broken.words()}")
        tried = sum(result.tried.values())
        laws = sum(1 for law in LAWS if result.tried[law])
        notes.append(f"{laws} laws tried {tried} times (seed {seed})")
        notes += [f"no made-up case, or too few, came to {state}: {result.why[state]}" for state in result.unreached]
        notes += [f"no made-up case took the step {step}" for step in result.untaken]
    if as_json:
        typer.echo(json.dumps(faults_found))
    else:
        for line in lines or [f"{file.name}: no faults"]:
            typer.echo(line)
        for note in notes:
            typer.echo(note)
    if faults_found:
        raise typer.Exit(1)


def _read(file: Path) -> tuple[Rulebook | None, tuple[tuple[int, str, str], ...]]:
    """The rulebook in a file, or its faults. Exits with 2 when it cannot be read."""
    from services.workflow.rulebook.load import RulebookInvalid, load

    try:
        return load(file), ()
    except OSError as error:
        typer.echo(f"redress rulebook: {file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    except UnicodeDecodeError:
        typer.echo(f"redress rulebook: {file}: not UTF-8 text", err=True)
        raise typer.Exit(2) from None
    except RulebookInvalid as error:
        return None, error.faults
