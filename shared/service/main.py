"""Runs a service's application under uvicorn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar
from wsgiref.simple_server import WSGIServer

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

from shared.errors import SettingsFault
from shared.settings import Settings, named, read
from shared.telemetry import logs

S = TypeVar("S", bound=Settings)


def main(name: str, settings_class: type[S], create_app: Callable[[S], FastAPI]) -> None:
    """Read the settings, build the application, serve until a signal to stop.

    Exits with 2 and a line for each fault when the settings, or what they name, do not fit.
    """
    try:
        settings = read(settings_class)
    except SettingsFault as fault:
        _refuse(name, fault.lines)

    def build() -> FastAPI:
        try:
            app = create_app(settings)
            serve_metrics(settings, app)
        except SettingsFault as fault:
            _refuse(name, fault.lines)
        except (ValueError, OSError) as error:
            _refuse(name, [str(error)])
        return app

    logs.configure(name, settings.log_level)
    uvicorn.run(
        # Built inside uvicorn's event loop: the driver binds itself to the loop that it first sees.
        build,
        factory=True,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=15,
        # Longer than proxies keep an idle connection, so that the proxy and not the service closes it.
        timeout_keep_alive=75,
        proxy_headers=False,
    )


def serve_metrics(settings: Settings, app: FastAPI) -> WSGIServer | None:
    """Answer /metrics on a port of its own, in a thread, where one is set. Raises SettingsFault when it is taken."""
    if settings.metrics_port is None:
        return None
    with named("metrics_port"):
        server, _ = start_http_server(settings.metrics_port, settings.host, app.state.runtime.metrics.registry)
        return server


def _refuse(name: str, lines: list[str]) -> NoReturn:
    for line in lines:
        sys.stderr.write(f"{name}: {line}\n")
    raise SystemExit(2)
