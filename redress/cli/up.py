"""`redress up`: the whole platform on this machine, until Ctrl-C or SIGTERM."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from redress.cli.local import HomeOption, PortsOption, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from deploy.local.settings import LocalSettings


def register(app: typer.Typer) -> None:
    """Put `up` on the command."""
    app.command("up")(up)


def up(
    home: HomeOption = None,
    ports_from: PortsOption = None,
    no_sample: Annotated[bool, typer.Option("--no-sample", help="Do not load the sample years on the first start.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="When ready, print one JSON object in place of the table.")] = False,
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C or SIGTERM.

    Exit codes: 0 stopped as asked, 2 settings that do not fit, 3 a port or the folder is
    taken, 4 something is not installed, 5 a part did not start.
    """
    from rich.console import Console

    from deploy.local.errors import LocalRunError
    from deploy.local.supervisor import Supervisor

    settings = with_lists_of_the_sample(read_settings(home, ports_from), no_sample=no_sample)
    console = Console(highlight=False, soft_wrap=True, stderr=as_json)

    def report(line: str) -> None:
        # A terminal that has gone away must not keep the platform from stopping cleanly.
        with suppress(OSError):
            console.print(line, markup=False)

    def when_ready(token: str) -> None:
        with suppress(OSError):
            if as_json:
                typer.echo(settings.at().ready.read_text(), nl=False)
            else:
                _show(console, settings, token)

    try:
        with settings.at().held():
            Supervisor(settings, report).run(when_ready, None if no_sample else _loader(settings, console))
    except LocalRunError as error:
        typer.echo(f"redress up: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    report("stopped")


def with_lists_of_the_sample(settings: LocalSettings, *, no_sample: bool) -> LocalSettings:
    """The settings with the code lists of the sample's council, where the sample is or will be there and no others are named."""
    if not find_spec("redress.sample"):
        return settings
    from redress.sample import LISTS

    if settings.taxonomy is not None or (no_sample and not settings.at().sample_loaded.exists()):
        return settings
    return settings.model_copy(update={"taxonomy": LISTS})


def _show(console: Console, settings: LocalSettings, token: str) -> None:
    from rich.table import Table

    urls, ports, home = settings.urls(), settings.ports(), settings.at()
    table = Table("Where", "Address", title="Redress is ready", title_justify="left")
    table.columns[1].no_wrap = True
    for where, address in (
        ("Web form", f"{urls['intake']}/"),
        ("Reports", f"{urls['reporting']}/"),
        ("Mail to the council", f"smtp://127.0.0.1:{ports.mail_in}"),
        ("Mail sent (caught)", f"{urls['mailbox']}/"),
        ("Staff API", f"{urls['workflow']}/api/v1/cases"),
        ("Learning API", f"{urls['learning']}/api/v1/decisions"),
        ("Staff token", token),
        ("Metrics", f"{urls['intake']}/metrics and so on to port {ports.reporting}"),
        ("API descriptions", f"{urls['workflow']}/openapi.json"),
        ("Logs and data", str(home.path)),
    ):
        table.add_row(where, address)
    console.print(table, soft_wrap=False, width=max(console.width, 100))
    console.print("Ctrl-C stops everything; what is recorded stays.")


def _loader(settings: LocalSettings, console: Console) -> Callable[[str], None] | None:
    """What loads the sample years, with a progress bar; None where this build has no sample."""
    if not find_spec("redress.cli.sample"):
        return None

    def load(token: str) -> None:
        from rich.progress import Progress

        load_sample = import_module("redress.cli.sample").load_sample
        urls = settings.urls()
        with Progress(console=console) as progress:
            load_sample(urls["intake"], urls["reporting"], token, progress)

    return load
