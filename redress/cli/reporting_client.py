"""How the commands that ask a service find it, and what they print when it does not answer."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    import httpx

UrlOption = Annotated[
    str | None,
    typer.Option("--url", help="Reporting; REDRESS_REPORTING_URL, else the local run's, unless given."),
]
TokenOption = Annotated[
    Path | None,
    typer.Option("--token-file", help="A file with the staff token; REDRESS_TOKEN, else the local run's, unless given."),
]
_DEFAULTS = {"reporting": "http://127.0.0.1:8084", "workflow": "http://127.0.0.1:8082"}


def ask(
    method: str,
    path: str,
    *,
    url: str | None,
    token_file: Path | None = None,
    params: dict[str, str] | None = None,
    timeout: float = 120.0,
    service: str = "reporting",
) -> httpx.Response:
    """One request to a service, reporting unless named. Exits with 5 when nothing answers, with 2 when it is refused."""
    import httpx

    from redress.cli.local import checked_url

    variable = f"REDRESS_{service.upper()}_URL"
    state = _local_run()
    local = str(state["urls"][service]) if state else _DEFAULTS[service]
    base = checked_url(url or os.environ.get(variable) or local, variable).rstrip("/")
    headers = {"Authorization": f"Bearer {token}"} if (token := _token(token_file, state)) else {}
    try:
        with httpx.Client(base_url=base, headers=headers, timeout=timeout, trust_env=False) as client:
            answer = client.request(method, path, params=params)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        fail(f"{service} at {base} does not answer ({type(error).__name__})", 5)
    if answer.status_code >= 400:
        fail(f"{service} at {base}: {_problem(answer)}", 5 if answer.status_code >= 500 else 2)
    return answer


def fail(why: str, code: int) -> NoReturn:
    """Print why on standard error and exit."""
    typer.echo(f"redress: {why}", err=True)
    raise typer.Exit(code)


def _problem(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"


def _token(token_file: Path | None, state: dict[str, Any] | None) -> str:
    given = os.environ.get("REDRESS_TOKEN") or os.environ.get("REDRESS_STAFF_TOKEN") or ""
    file = token_file or (Path(state["staff_token_file"]) if state and not given else None)
    if file is None:
        return given.strip()
    try:
        return file.read_text().strip()
    except OSError as error:
        fail(f"{file}: {error.strerror}", 2)


def _local_run() -> dict[str, Any] | None:
    from redress.cli.local import read_settings, ready_state

    # A production image has the command without what runs a platform on one machine.
    return ready_state(read_settings(None, None)) if find_spec("deploy") else None
