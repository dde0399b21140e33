"""Builds the reporting service."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI

from services.reporting.annual.labels import use_lists
from services.reporting.api import figures_router
from services.reporting.consumers import Folder
from services.reporting.editions import Editions
from services.reporting.integrity import Integrity
from services.reporting.metrics import ReportingMetrics
from services.reporting.operations import editions_router, operations_router
from services.reporting.pages.routes import pages_router
from services.reporting.projection.as_at import AsAt
from services.reporting.projection.rebuild import Rebuilder
from services.reporting.projection.snapshot import Reader
from services.reporting.projection.store import AggregateSlices
from services.reporting.queries import Queries
from services.reporting.settings import ReportingSettings
from shared.messaging.log import LogReader
from shared.service import Runtime, create_app_for
from shared.settings import Settings, named
from shared.web.pages import Pages


def create_app(settings: Settings) -> FastAPI:
    """The application; its consumers, background work and store start and stop with its lifespan.

    Raises:
        TaxonomyError: a code list of the council cannot be used.
    """
    with named("taxonomy"):
        use_lists(settings.taxonomy)
    runtime = Runtime("reporting", settings)
    metrics = ReportingMetrics(runtime.metrics)
    store = AggregateSlices(runtime.database)
    log = LogReader(settings, runtime.topics)
    editions = Editions(runtime.database)
    queries = Queries(store=store, reader=Reader(store), as_at=AsAt(log), editions=editions)
    seconds = settings.balance_seconds if isinstance(settings, ReportingSettings) else 15.0
    rebuilder = Rebuilder(runtime.database, store, log, metrics)
    integrity = Integrity(store, log, rebuilder, metrics, seconds=seconds)

    async def prepare() -> None:
        await store.prepare()
        await editions.aggregates.prepare()

    runtime.on_prepare(prepare)
    runtime.subscribe(*Folder(store, log, metrics).subscriptions())
    runtime.relay(editions.aggregates)
    runtime.background("balance", integrity.balance_for_ever)
    runtime.background("log", integrity.log_for_ever)
    runtime.check(integrity.trouble)
    runtime.background("measures", integrity.renew_for_ever)
    runtime.on_stop(integrity.stop)

    pages = Pages(settings, Path(__file__).parent / "pages", service="reporting")
    app = create_app_for(
        runtime,
        title="Redress reporting",
        description="Annual figures of complaints, compliments and lessons, folded from the log of cases and lessons.",
        routers=[
            figures_router(queries),
            editions_router(queries),
            operations_router(integrity),
            pages_router(queries, pages),
        ],
        pages=pages,
    )
    app.state.queries = queries
    app.state.integrity = integrity
    return app
