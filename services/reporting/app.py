"""Builds the reporting service."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.reporting.api import figures_router
from services.reporting.consumers import Folder
from services.reporting.editions import Editions
from services.reporting.integrity import Watch
from services.reporting.metrics import ReportingMetrics
from services.reporting.operations import editions_router, operations_router
from services.reporting.pages.routes import pages_router
from services.reporting.projection.as_at import AsAt
from services.reporting.projection.rebuild import Rebuilder
from services.reporting.projection.snapshot import Reader
from services.reporting.projection.store import AggregateSlices
from services.reporting.queries import Parts
from services.reporting.settings import ReportingSettings
from shared.messaging.log import LogReader
from shared.service import Runtime, create_app_for
from shared.settings import Settings
from shared.web.pages import Pages


def create_app(settings: Settings) -> FastAPI:
    """The application; its consumers, background work and store start and stop with its lifespan."""
    runtime = Runtime("reporting", settings)
    metrics = ReportingMetrics(runtime.metrics)
    store = AggregateSlices(runtime.database)
    log = LogReader(settings, runtime.topics)
    parts = Parts(
        store=store,
        log=log,
        reader=Reader(store),
        as_at=AsAt(log),
        rebuilder=Rebuilder(runtime.database, store, log, metrics),
        editions=Editions(runtime.database),
    )

    async def prepare() -> None:
        await store.prepare()
        await parts.editions.aggregates.prepare()

    seconds = settings.balance_seconds if isinstance(settings, ReportingSettings) else 15.0
    watch = Watch(store, log, parts.rebuilder, metrics, seconds=seconds)
    runtime.on_prepare(prepare)
    runtime.subscribe(*Folder(store, log, metrics).subscriptions())
    runtime.relay(parts.editions.aggregates)
    runtime.background("balance", watch.balance_for_ever)
    runtime.background("log", watch.log_for_ever)
    runtime.check(watch.trouble)
    runtime.background("measures", watch.renew_for_ever)
    runtime.on_stop(parts.stop)

    pages = Pages(settings, Path(__file__).parent / "pages", service="reporting")
    app = create_app_for(
        runtime,
        title="Redress reporting",
        description="Annual figures of complaints, compliments and lessons, folded from the log of cases and lessons.",
        routers=[
            figures_router(parts),
            editions_router(parts),
            operations_router(parts),
            pages_router(parts, pages),
        ],
    )
    pages.mount(app)
    app.state.parts = parts
    return app
