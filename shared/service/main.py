"""Runs a service's application under uvicorn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from pydantic_settings import SettingsError

from shared.settings import Settings
from shared.telemetry import logs

S = TypeVar("S", bound=Settings)


def main(name: str, settings_class: type[S], create_app: Callable[[S], FastAPI]) -> None:
    """Read the settings, build the application, serve until a signal to stop.

    Exits with 2 and a line for each fault when the settings, or what they name, do not fit.
    """
    try:
        settings = settings_class()
    except ValidationError as error:
        for fault in error.errors():
            variable = "_".join(map(str, ("REDRESS", *fault["loc"]))).upper()
            sys.stderr.write(f"{name}: {variable}: {fault['msg']}\n")
        raise SystemExit(2) from None
    except SettingsError as error:
        sys.stderr.write(f"{name}: {error}\n")
        raise SystemExit(2) from None

    def build() -> FastAPI:
        try:
            return create_app(settings)
        except (ValueError, OSError) as error:
            sys.stderr.write(f"{name}: {error}\n")
            raise SystemExit(2) from None

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
