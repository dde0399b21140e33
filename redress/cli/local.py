"""What the subcommands about a local run share: its settings from options and environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from deploy.local.settings import LocalSettings

HomeOption = Annotated[Path | None, typer.Option("--home", help="The run's folder; REDRESS_HOME, or .redress, unless given.")]
PortsOption = Annotated[
    int | None,
    typer.Option("--ports-from", metavar="N", help="Use the ten ports after N; 8080 unless given."),
]


def read_settings(home: Path | None, ports_from: int | None) -> LocalSettings:
    """Settings of a local run. Exits with 2, naming the variable, where one does not fit."""
    from deploy.local.settings import LocalSettings
    from shared.errors import SettingsFault
    from shared.settings import read

    given: dict[str, Any] = {"home": home, "ports_from": ports_from}
    try:
        return read(LocalSettings, **{name: value for name, value in given.items() if value is not None})
    except SettingsFault as fault:
        for line in fault.lines:
            typer.echo(f"redress: {line}", err=True)
        raise typer.Exit(2) from None


def checked_url(url: str, variable: str) -> str:
    """The address of a service. Exits with 2, naming the variable, where it is none."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        typer.echo(f"redress: --url or {variable}: {url[:80]!r} is no address such as http://127.0.0.1:8081", err=True)
        raise typer.Exit(2)
    return url


def ready_state(settings: LocalSettings) -> dict[str, Any] | None:
    """What a running `redress up` wrote when it was ready; None while none is."""
    try:
        state: dict[str, Any] = json.loads(settings.at().ready.read_text())
    except (OSError, ValueError):
        return None
    return state
