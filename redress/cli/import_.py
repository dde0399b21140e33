"""`redress import`: a file of historic cases into intake, each row reported."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from redress.cli.local import checked_url
from redress.cli.progress import bar

if TYPE_CHECKING:
    from redress.importing.parsing import Format, Parsed, Row, RowError

_LINES_SHOWN = 200
_PATIENCE = 120.0
_DRY_PATIENCE = 10.0
"""How long one request is tried while intake does not answer, in seconds."""
_PLACE = re.compile(r"([a-z_]+(?:\.(?:[a-z_]+|[0-9]+))*): ")


def register(app: typer.Typer) -> None:
    """Put `import` on the command."""
    app.command("import")(import_)


@dataclass
class Tally:
    """What became of each row of a file, counted."""

    file: str
    encoding: str
    rows: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[RowError] = field(default_factory=list)

    def as_json(self, *, dry_run: bool) -> dict[str, Any]:
        wrong = [{"line": e.line, "column": e.column, "reason": e.reason} for e in self.wrong]
        counts = {name: self.answers[name] for name in ("created", "exists", "conflict", "refused")}
        return {
            "file": self.file,
            "encoding": self.encoding,
            "dry_run": dry_run,
            "rows": self.rows,
            **counts,
            "wrong": wrong,
        }


def import_(
    file: Annotated[Path, typer.Argument(help="A .csv or .jsonl file, one case a row; see docs/import.md.")],
    url: Annotated[str | None, typer.Option(help="Intake; REDRESS_INTAKE_URL, else the local run's, unless given.")] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(help="A file with the staff token; REDRESS_TOKEN, else the local run's, unless given."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Let intake check every row, and store none.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object in place of text.")] = False,
) -> None:
    """Import cases from before Redress, with their original dates and outcomes. Doing it twice changes nothing.

    A row that is wrong is reported with its line, and the others go in. Exit codes: 0 all rows are in (with --dry-run: can go
    in); 1 some are not; 2 the file holds no rows, or it or the options cannot be used; 5 intake does not answer or refuses.
    """
    from redress.importing.client import ImportFailed, IntakeClient
    from redress.importing.columns import HeaderError
    from redress.importing.files import encoding_of, format_of, lines
    from redress.importing.parsing import parse

    try:
        format_: Format = format_of(file)
        tally = Tally(str(file), encoding_of(file))
    except (OSError, ValueError) as error:
        _refuse(_strerror(error), 2)
    if tally.encoding == "cp1252":
        typer.echo(f"redress import: {file} is not UTF-8; it is read as Windows-1252", err=True)
    try:
        with bar(file.name, _lines(file), quiet=as_json) as progress:
            rows = _good(parse(lines(file, tally.encoding), format_), tally, progress)
            # A dry run asks the same intake, which alone knows the council's lists and what is in already.
            with IntakeClient(*_intake(url, token_file), patience=_DRY_PATIENCE if dry_run else _PATIENCE) as intake:
                _send(intake.deliver(rows, dry_run=dry_run), tally, nested=format_ == "jsonl")
    except HeaderError as error:
        _refuse(f"{file}: {error}", 2)
    except ImportFailed as error:
        _report(tally, as_json=as_json, dry_run=dry_run)
        asked = "intake could not be asked, so no row was checked against the council's lists: " if dry_run else ""
        _refuse(f"{asked}{error}", 5)
    _report(tally, as_json=as_json, dry_run=dry_run)
    if not tally.rows:
        _refuse(f"{file} holds no rows", 2)
    if tally.wrong:
        raise typer.Exit(1)


def _good(parsed: Iterator[Parsed], tally: Tally, progress: Callable[[int], None]) -> Iterator[Row]:
    """The rows that can go in; the others are added to `tally.wrong`."""
    from redress.importing.parsing import Row

    for item in parsed:
        tally.rows += 1
        progress(item.line)
        if isinstance(item, Row):
            yield item
        else:
            tally.wrong.append(item)


def _send(delivered: Iterator[tuple[Row, Any]], tally: Tally, *, nested: bool) -> None:
    from redress.importing.parsing import RowError

    for row, answer in delivered:
        tally.answers[answer.status] += 1
        if not answer.fine:
            what = {"conflict": "it is in already, and differs from this row"}.get(answer.status, "refused")
            column, message = _placed(answer.error or what, nested=nested)
            tally.wrong.append(RowError(row.line, column, f"{row.case.source_id!r}: {message}"))


def _placed(error: str, *, nested: bool) -> tuple[str, str]:
    """The column that intake's message names, and the rest of it: `stages.0.stage: …` is `stage_1_name`."""
    from redress.importing.columns import column_of

    found = _PLACE.match(error)
    if found is None:
        return "", error
    place = [int(part) if part.isdigit() else part for part in found[1].split(".")]
    return column_of(place, nested=nested), error[found.end() :]


def _report(tally: Tally, *, as_json: bool, dry_run: bool) -> None:
    tally.wrong.sort(key=lambda error: error.line)
    if as_json:
        typer.echo(json.dumps(tally.as_json(dry_run=dry_run)))
        return
    for error in tally.wrong[:_LINES_SHOWN]:
        typer.echo(str(error), err=True)
    if len(tally.wrong) > _LINES_SHOWN:
        typer.echo(f"and {len(tally.wrong) - _LINES_SHOWN} more; --json lists all", err=True)
    words = {"created": "can go in" if dry_run else "new", "exists": "in already", "conflict": "in conflict"}
    parts = [f"{tally.answers[name]:,} {word}" for name, word in words.items() if tally.answers[name]]
    left_out = len(tally.wrong) - tally.answers["conflict"]
    parts += [f"{left_out:,} wrong"] if left_out else []
    typer.echo(f"{tally.rows:,} rows: {', '.join(parts) or 'nothing to import'}")


def _intake(url: str | None, token_file: Path | None) -> tuple[str, str]:
    """Where intake is, and the token: as given, else from the environment, else of the local run."""
    state = _local_run()
    token = os.environ.get("REDRESS_TOKEN", "")
    file = token_file or (Path(state["staff_token_file"]) if state and not token else None)
    if file is not None:
        try:
            token = file.read_text().strip()
        except OSError as error:
            _refuse(_strerror(error), 2)
    if not token:
        _refuse("no staff token: give --token-file or set REDRESS_TOKEN", 2)
    local = state["urls"]["intake"] if state else "http://127.0.0.1:8081"
    return checked_url(url or os.environ.get("REDRESS_INTAKE_URL") or local, "REDRESS_INTAKE_URL"), token


def _local_run() -> dict[str, Any] | None:
    from importlib.util import find_spec

    from redress.cli.local import read_settings, ready_state

    # A production image has the command without what runs a platform on one machine.
    return ready_state(read_settings(None, None)) if find_spec("deploy") else None


def _lines(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))


def _strerror(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _refuse(why: str, code: int) -> NoReturn:
    typer.echo(f"redress import: {why}", err=True)
    raise typer.Exit(code)
