"""`redress contracts`: write docs/asyncapi.json and docs/openapi/*.json, or check that they are up to date."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Annotated

import typer

_DOCS = Path(__file__).resolve().parents[2] / "docs"


def register(app: typer.Typer) -> None:
    """Put `contracts` on the command."""
    app.command("contracts")(contracts)


def contracts(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; print how the committed files differ.")] = False,
    docs: Annotated[Path, typer.Option(help="The folder of asyncapi.json and openapi/.")] = _DOCS,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Generate the descriptions of the topics and the HTTP APIs from the code.

    Exit codes: 0 written, or all as generated; 1 with --check when a file differs, with the
    difference; 2 they could not be generated.
    """
    from redress.contracts import ContractError, generate

    try:
        files = generate()
    except ContractError as error:
        typer.echo(f"redress contracts: {error}", err=True)
        raise typer.Exit(2) from None
    committed = {name: _read(docs / name) for name in files}
    # A description of a service that is no more is as wrong as one that is out of date.
    stray = {f"openapi/{path.name}" for path in (docs / "openapi").glob("*.json")} - set(files)
    differ = sorted({name for name, text in files.items() if committed[name] != text} | stray)
    if not check:
        for name, text in files.items():
            if name in differ:
                (docs / name).parent.mkdir(parents=True, exist_ok=True)
                (docs / name).write_text(text)
        for name in stray:
            (docs / name).unlink()
    if as_json:
        typer.echo(json.dumps({"checked": check, "files": sorted(files), "differ": differ}, indent=2))
    elif not check:
        typer.echo(f"written: {', '.join(differ)}" if differ else "unchanged")
    else:
        for name in differ:
            typer.echo(_difference(name, committed.get(name) or _read(docs / name), files.get(name, "")))
        if differ:
            typer.echo(f"not as generated: {', '.join(differ)}; run `redress contracts`", err=True)
    if check and differ:
        raise typer.Exit(1)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _difference(name: str, committed: str, generated: str) -> str:
    lines = difflib.unified_diff(
        committed.splitlines(), generated.splitlines(), f"committed/{name}", f"generated/{name}", lineterm=""
    )
    return "\n".join(lines)
