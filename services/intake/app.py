"""Builds the intake service."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from fastapi import FastAPI

from services.intake.api import router
from services.intake.attachments.keeping import ORPHANED_AFTER, Attachments
from services.intake.codes import Codes
from services.intake.counter import Counter
from services.intake.importing import Importer
from services.intake.limits import BodyLimit, Rate
from services.intake.metrics import IntakeMetrics, watch
from services.intake.model import Fingerprints
from services.intake.reception import Reception
from services.intake.settings import IntakeSettings
from services.intake.store import FeedbackStore
from shared.clock import now
from shared.service import Runtime, create_app_for
from shared.vault import Vault

_SWEEP_EVERY = timedelta(hours=1)


def create_app(settings: IntakeSettings) -> FastAPI:
    """The service as one application. Nothing is connected to before its lifespan begins.

    Raises:
        TaxonomyError: a code list of the council cannot be used.
        ValueError: no usable master key.
    """
    runtime = Runtime("intake", settings, needs_broker=False)
    master_key = settings.master_key_bytes()
    vault = Vault(runtime.store.database("vault"), master_key)
    store = FeedbackStore(runtime.database["feedback"])
    attachments = Attachments(runtime.database["attachments"], runtime.database.blobs("files"), vault, store)
    metrics = IntakeMetrics(runtime.metrics.registry)
    codes = Codes(settings.taxonomy)
    fingerprints = Fingerprints(master_key)
    relay = runtime.relay(store.aggregates)

    reception = Reception(store, vault, relay.wake)
    importer = Importer(store, codes, fingerprints)
    counter = Counter(store, reception, attachments, importer, codes, fingerprints, metrics)

    async def prepare() -> None:
        await store.prepare()
        await attachments.prepare()

    async def sweep() -> None:
        while True:
            metrics.swept.inc(await attachments.sweep(now() - ORPHANED_AFTER))
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())

    runtime.on_prepare(prepare)
    runtime.background("sweep of uploads", sweep)
    runtime.background("metrics", watch(store, metrics))
    app = create_app_for(
        runtime,
        title="Redress: intake",
        description="Where feedback comes in: web form, JSON API, email and history.",
        routers=[router(counter, Rate(settings.form_rate_per_minute))],
    )
    app.add_middleware(BodyLimit)
    return app
