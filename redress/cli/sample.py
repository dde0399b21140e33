"""`redress sample`: the two sample years as a file, and the loading of them into a platform that runs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import httpx
    from rich.progress import Progress

    from shared.events.historic import HistoricCase

Report = Callable[[int, int, str], None]
"""Called with how far the loading is: done, total, label."""

_PATIENCE_SECONDS = 600.0


def register(app: typer.Typer) -> None:
    """Put `sample` on the command."""
    app.command("sample")(sample)


def sample(
    out: Annotated[Path | None, typer.Option(help="The file to write, .jsonl or .csv.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed gives other rows with the same figures.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Write a sample of 2021/22 and 2022/23 that `redress import` reads, and print its figures.

    The figures marked printed are those of a published annual report; the others are plausible and no more. No row holds
    personal data. Exit codes: 0 done, 2 the file cannot be written.
    """
    from redress.sample.generate import SEED, generate

    cases = generate(SEED if seed is None else seed)
    if out is not None:
        _write(cases, out)
    figures = _figures(cases)
    if as_json:
        typer.echo(json.dumps({"rows": len(cases), "file": str(out) if out else None, "figures": figures}))
        return
    for figure in figures:
        typer.echo(f"{figure['year']}  {figure['measure']:<54} {figure['number']:>6,}  {figure['source']}")
    typer.echo(f"{len(cases):,} rows" + (f" in {out}" if out else ""))


def load_sample(intake_url: str, reporting_url: str, token: str, progress: Progress | Report) -> None:
    """Import the sample through intake and wait until reporting shows all of it. Doing it twice changes nothing.

    Raises:
        ImportFailed: intake does not answer, or refuses a row.
        TimeoutError: reporting does not show it within ten minutes.
    """
    from redress.importing.client import ImportFailed, IntakeClient
    from redress.importing.parsing import Row
    from redress.sample.generate import generate

    report = progress if callable(progress) else _reporter(progress)
    cases = generate()
    report(0, len(cases), "sample: importing")
    with IntakeClient(intake_url, token) as intake:
        rows = (Row(n, case) for n, case in enumerate(cases, 1))
        for done, (row, answer) in enumerate(intake.deliver(rows), 1):
            if not answer.fine:
                raise ImportFailed(f"intake did not take {row.case.source_id}: {answer.error or answer.status}")
            report(done, len(cases), "sample: importing")
    _wait_until_shown(reporting_url, cases, report)


def _wait_until_shown(reporting_url: str, cases: list[HistoricCase], report: Report) -> None:
    import httpx

    until = time.monotonic() + _PATIENCE_SECONDS
    with httpx.Client(base_url=reporting_url, timeout=30.0, trust_env=False) as reporting:
        while (shown := _shown(reporting, cases)) < len(cases):
            if time.monotonic() > until:
                raise TimeoutError(f"after ten minutes reporting shows {shown:,} of {len(cases):,} cases")
            report(shown, len(cases), "sample: counting")
            time.sleep(1.0)
    report(len(cases), len(cases), "sample: counting")


def _shown(reporting: httpx.Client, cases: list[HistoricCase]) -> int:
    """How many of the sample's cases reporting has counted to their end: received, closed for good, seen by the Ombudsman, and
    every remedy done or given up.
    """
    import httpx

    from redress.sample.figures import YEARS, target
    from redress.sample.generate import LAST_DAY
    from shared.calendar.london import financial_year

    def fetched(route: str, **params: str) -> Any:
        return reporting.get(route, params=params).raise_for_status().json()

    try:
        report, later = (fetched("/api/v1/annual", year=y) for y in (YEARS[-1], financial_year(LAST_DAY)))
        rows = fetched("/api/v1/balance")["rows"]
    except httpx.HTTPError:
        return 0

    def figure(of: Any, id: str) -> Any:
        return next(f for f in of["figures"] if f["id"] == id)

    referrals = figure(report, "ombudsman.statutory_received")
    counted = zip(YEARS, ((referrals["previous"]["value"] or 0), (referrals["value"] or 0)), strict=True)
    missing = sum(max(0, target("ombudsman.statutory_received", year) - n) for year, n in counted)
    remedies = {
        "ombudsman.remedies.in_time": sum(len(o.remedies) for case in cases for o in case.ombudsman),
        "remedies.own.in_time": sum(len(case.remedies) for case in cases),
    }
    for name, many in remedies.items():
        ended, after = (figure(of, name) for of in (report, later))
        missing += max(0, many - sum(one["denominator"] or 0 for one in (ended["previous"], ended, after)))
    # A request that was reviewed is closed twice, and once is for good.
    closed: int = sum(row["closed"] - row["reopened"] for row in rows)
    received: int = report["provenance"]["sample"]
    return max(0, min(received, closed) - missing)


def _reporter(progress: Progress) -> Report:
    """Moves one bar of a `rich` progress for each label."""
    tasks: dict[str, Any] = {}

    def report(done: int, total: int, label: str) -> None:
        if label not in tasks:
            tasks[label] = progress.add_task(label, total=total)
        progress.update(tasks[label], completed=done, total=total)

    return report


def _figures(cases: list[HistoricCase]) -> list[dict[str, Any]]:
    from redress.sample.figures import YEARS, measure, source

    found = measure(cases)
    return [
        {"measure": name, "year": year, "number": found[name].get(year, 0), "source": source(name, year)}
        for name in sorted(found)
        for year in YEARS
    ]


def _write(cases: list[HistoricCase], out: Path) -> None:
    from redress.importing.files import format_of
    from redress.importing.writing import write_csv, write_json_lines

    try:
        write = write_csv if format_of(out) == "csv" else write_json_lines
        with out.open("w", encoding="utf-8", newline="") as stream:
            write(cases, stream)
    except OSError as error:
        typer.echo(f"redress sample: {out}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    except ValueError as error:
        typer.echo(f"redress sample: {error}", err=True)
        raise typer.Exit(2) from None
