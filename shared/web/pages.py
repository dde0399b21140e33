"""Pages in the GOV.UK Design System's markup, without its crown or its font. Assets are served by our own process."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
)
from starlette.staticfiles import StaticFiles

from shared.settings import Settings

_HERE = Path(__file__).parent / "templates"

_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def environment(*folders: Path) -> Environment:
    """Templates of a service's own `folders`, the shared ones, and govuk-frontend's components."""
    return Environment(
        loader=ChoiceLoader(
            [
                *(FileSystemLoader(folder) for folder in folders),
                FileSystemLoader(_HERE),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        # The components read parameters that a caller may leave out.
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Pages:
    """Renders a service's templates. `render` gives each the navigation, the assets' names and the request."""

    def __init__(self, settings: Settings, *folders: Path, service: str) -> None:
        self._settings = settings
        self._service = service
        self._env = environment(*folders)

    @property
    def env(self) -> Environment:
        return self._env

    def mount(self, app: FastAPI) -> None:
        """Serve the built assets under /assets."""
        app.mount("/assets", _Assets(directory=self._settings.assets, check_dir=False), name="assets")

    def problem(self, request: Request, status: int, heading: str, detail: str, errors: Sequence[str] = ()) -> HTMLResponse:
        """The page that explains why something cannot be done."""
        return self.render(request, "redress/problem.html", status=status, heading=heading, detail=detail, errors=errors)

    def render(self, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        nonce = secrets.token_urlsafe(16)
        html = self._env.get_template(template).render(
            request=request,
            links=self._settings.links,
            service=self._service,
            cspNonce=nonce,
            asset=lambda name: f"/assets/{_manifest(self._settings.assets).get(name, name)}",
            **context,
        )
        policy = f"{_POLICY}; script-src 'self' 'nonce-{nonce}'"
        return HTMLResponse(html, status, headers={**SECURITY_HEADERS, "Content-Security-Policy": policy})


class _Assets(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().file_response(*args, **kwargs)
        # The name carries a hash of the content, so it never changes.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


@lru_cache(maxsize=4)
def _manifest(assets: Path) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((assets / "manifest.json").read_text())
    except FileNotFoundError:
        return {}
    return found
