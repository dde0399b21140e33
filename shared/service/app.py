"""The HTTP side that every service shares: probes, metrics, problem documents, correlation ids, an access log."""

from __future__ import annotations

import contextlib
import re
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence

import structlog
from fastapi import APIRouter, Depends, FastAPI, Response
from fastapi.routing import iter_route_contexts
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.service.runtime import Runtime
from shared.taxonomy.codes import Codes
from shared.telemetry.logs import get
from shared.web import codes as code_lists
from shared.web import openapi, problems
from shared.web.body_limit import MAX_BODY_BYTES, CountedBody
from shared.web.pages import Pages
from shared.web.query_parameters import only_known

log = get("access")
_PROBES = frozenset({"/metrics", "/livez", "/readyz"})
_CORRELATION = re.compile(r"[A-Za-z0-9._-]{1,100}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


class Live(BaseModel):
    """Whether the process should keep running; `troubles` says why not."""

    live: bool
    troubles: list[str]


class Ready(BaseModel):
    """Whether the service does its work; `troubles` says what it waits for."""

    ready: bool
    troubles: list[str]


def create_app_for(
    runtime: Runtime,
    *,
    title: str,
    description: str = "",
    routers: Sequence[APIRouter] = (),
    pages: Pages | None = None,
    codes: Codes | None = None,
) -> FastAPI:
    """A FastAPI application around a runtime, with /metrics, /livez and /readyz.

    `pages` are those of the service, where it has any; what goes wrong is shown in the same look. `codes` are the council's lists,
    of a service that takes codes: it shows them, and names the nearest of them where something is no code.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with runtime.running():
            yield

    app = FastAPI(
        title=title,
        description=description,
        version="1",
        lifespan=lifespan,
        # The interactive pages load scripts from elsewhere; the contract is committed under docs/openapi.
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        dependencies=[Depends(only_known)],
    )
    app.state.runtime = runtime
    app.state.settings = runtime.settings
    shown = pages or Pages(runtime.settings, service=runtime.name)
    problems.install(app, shown.problem)
    openapi.describe(app)
    # Of the router: a limit of the application stands outside every middleware, and `CountedBody` would come too late.
    app.router.max_body_size = MAX_BODY_BYTES
    app.include_router(_operations(runtime))
    if codes is not None:
        app.state.codes = codes
        app.include_router(code_lists.router(codes))
    for router in routers:
        app.include_router(router)
    shown.mount(app)
    app.add_middleware(CountedBody)
    known = _routes(app)
    for route, methods in known.items():
        for method in methods if route not in _PROBES else ():
            runtime.metrics.begin_route(method, route)
    app.add_middleware(_Observed, runtime=runtime, known=frozenset(known))
    return app


def _routes(app: FastAPI) -> dict[str, set[str]]:
    """The pattern of each route that there is, with its methods."""
    found: dict[str, set[str]] = {}
    for route in iter_route_contexts(app.router.routes):
        if path := getattr(route, "path", ""):
            found.setdefault(path, set()).update(getattr(route, "methods", None) or ())
    return found


def correlation_id() -> str:
    """The id that ties the log lines and events of one request together."""
    found = structlog.contextvars.get_contextvars().get("correlation_id")
    return str(found) if found else uuid.uuid4().hex


def _operations(runtime: Runtime) -> APIRouter:
    router = APIRouter(tags=["operations"])

    if runtime.settings.metrics_port is None:

        @router.get("/metrics", include_in_schema=False)
        async def metrics() -> Response:
            return Response(generate_latest(runtime.metrics.registry), media_type=CONTENT_TYPE_LATEST)

    @router.get("/livez", summary="Whether the process should keep running", responses={503: {"model": Live}})
    async def livez(response: Response) -> Live:
        dead = runtime.dead()
        response.status_code = 503 if dead else 200
        return Live(live=dead is None, troubles=[dead] if dead else [])

    @router.get(
        "/readyz", summary="Whether the service does its work, and what it waits for when not", responses={503: {"model": Ready}}
    )
    async def readyz(response: Response) -> Ready:
        troubles = await runtime.troubles()
        response.status_code = 503 if troubles else 200
        return Ready(ready=not troubles, troubles=troubles)

    return router


class _Observed:
    """Gives each request a correlation id, counts and times it, and writes one access line without the query."""

    def __init__(self, app: ASGIApp, runtime: Runtime, known: frozenset[str]) -> None:
        self._app = app
        self._metrics = runtime.metrics
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation = _correlation(dict(scope["headers"]))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=correlation)
        status = 500

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-correlation-id", correlation.encode()))
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, answered)
        finally:
            seconds = time.perf_counter() - started
            route = self._route(scope)
            # Anybody may send any word as a method: a label value of its own for each would fill the metrics.
            method = scope["method"] if scope["method"] in problems.METHODS else "other"
            self._metrics.http_requests.labels(method, route, status).inc()
            self._metrics.http_seconds.labels(method, route).observe(seconds)
            if route not in _PROBES:
                log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))

    def _route(self, scope: Scope) -> str:
        # The route's pattern, not the path: a path holds references, and a label is one of the routes that there are.
        path = getattr(scope.get("route"), "path", None)
        return path if path in self._known else "unmatched"


def _correlation(headers: Mapping[bytes, bytes]) -> str:
    """The caller's X-Correlation-ID, else the trace id of its `traceparent` (W3C Trace Context), else a new one."""
    given = headers.get(b"x-correlation-id", b"").decode("latin-1")
    if _CORRELATION.fullmatch(given):
        return given
    trace = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b"").decode("latin-1"))
    return trace[1] if trace else uuid.uuid4().hex
