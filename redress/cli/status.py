"""`redress status`: whether each service is alive and ready, and what it waits for when not."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from redress.cli.local import HomeOption, PortsOption, read_settings, ready_state

if TYPE_CHECKING:
    import httpx

    from deploy.local.settings import LocalSettings


def register(app: typer.Typer) -> None:
    """Put `status` on the command."""
    app.command("status")(status)


def status(
    home: HomeOption = None,
    ports_from: PortsOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answers as JSON.")] = False,
) -> None:
    """Ask every part whether it is alive and ready. Exit code 1 if any is not ready."""
    answers = asyncio.run(_ask_all(_addresses(read_settings(home, ports_from))))
    if as_json:
        typer.echo(json.dumps({"ready": all(a["ready"] for a in answers), "services": answers}, indent=2))
    else:
        _show(answers)
    if not all(a["ready"] for a in answers):
        raise typer.Exit(1)


def _addresses(settings: LocalSettings) -> dict[str, str]:
    """The addresses of the run that is ready in this home, else where the settings would put them."""
    state = ready_state(settings)
    return settings.urls() if state is None else {str(n): str(u) for n, u in state["urls"].items()}


async def _ask_all(addresses: dict[str, str]) -> list[dict[str, Any]]:
    import httpx

    async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:
        return await asyncio.gather(*(_ask(client, name, url) for name, url in addresses.items()))


async def _ask(client: httpx.AsyncClient, name: str, url: str) -> dict[str, Any]:
    import httpx

    try:
        live = (await client.get(f"{url}/livez")).status_code == 200
        answer = await client.get(f"{url}/readyz")
    except httpx.HTTPError as error:
        trouble = f"no answer ({type(error).__name__})"
        return {"service": name, "url": url, "live": False, "ready": False, "troubles": [trouble]}
    ready = answer.status_code == 200
    troubles: list[str] = []
    if not ready:
        try:
            troubles = [str(t) for t in answer.json()["troubles"]]
        except (ValueError, KeyError, TypeError):
            troubles = [f"/readyz answered {answer.status_code}"]
    return {"service": name, "url": url, "live": live, "ready": ready, "troubles": troubles}


def _show(answers: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Service", "Address", "Alive", "Ready", "Waits for")
    for a in answers:
        yes_no = ["yes" if a[key] else "no" for key in ("live", "ready")]
        table.add_row(a["service"], a["url"], *yes_no, "; ".join(a["troubles"]))
    Console().print(table)
