"""Builds the intake service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI

from services.intake import api
from services.intake.acknowledgement.sending import Sender
from services.intake.attachments.keeping import ORPHANED_AFTER, Attachments
from services.intake.codes import Codes
from services.intake.email.receive import MailDesk
from services.intake.email.server import MailIn
from services.intake.importing import Importer
from services.intake.limits import BodyLimit, Rate
from services.intake.metrics import IntakeMetrics, refresh_gauges
from services.intake.model import Fingerprints
from services.intake.pages import routes
from services.intake.receiving import Reception
from services.intake.settings import IntakeSettings
from services.intake.store import FeedbackStore
from services.intake.submissions import Submissions
from shared.clock import now
from shared.service import Runtime, create_app_for
from shared.web.pages import Pages

_SWEEP_EVERY = timedelta(hours=1)


def create_app(settings: IntakeSettings) -> FastAPI:
    """The service as one application. Nothing is connected to before its lifespan begins.

    Raises:
        TaxonomyError: a code list of the council cannot be used.
        ValueError: no usable master key.
    """
    runtime = Runtime("intake", settings, needs_broker=False)
    master_key = settings.master_key_bytes()
    vault = runtime.vault
    store = FeedbackStore(runtime.database["feedback"])
    attachments = Attachments(runtime.database["attachments"], runtime.database.blobs("files"), vault, store)
    metrics = IntakeMetrics(runtime.metrics.registry)
    codes = Codes(settings.taxonomy)
    fingerprints = Fingerprints(master_key)
    relay = runtime.relay(store.aggregates)

    sender = Sender(store, vault, settings, metrics)

    def wake_relay() -> None:
        relay.wake()
        sender.wake()

    reception = Reception(store, vault, wake_relay)
    importer = Importer(store, codes, fingerprints)
    submissions = Submissions(store, reception, attachments, importer, codes, fingerprints, metrics)

    desk = MailDesk(settings, store, reception, attachments, fingerprints, metrics)
    mail_in = MailIn(settings, desk, metrics)

    async def prepare() -> None:
        await store.prepare()
        await attachments.prepare()

    async def sweep() -> None:
        while True:
            metrics.swept.inc(await attachments.sweep(now() - ORPHANED_AFTER))
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())

    pages = Pages(settings, routes.TEMPLATES, service="intake")
    rate = Rate(settings.form_rate_per_minute)
    runtime.on_prepare(prepare)
    runtime.background("sweep of uploads", sweep)
    runtime.background("acknowledgements", sender.run)
    runtime.check(mail_in.trouble)
    runtime.background("metrics", refresh_gauges(store, metrics))
    app = create_app_for(
        runtime,
        title="Redress: intake",
        description="Where feedback comes in: web form, JSON API, email and history.",
        routers=[
            api.router(submissions, rate),
            routes.router(routes.Site(settings, pages, submissions, fingerprints, rate)),
        ],
    )
    pages.mount(app)
    app.add_middleware(BodyLimit)
    app.state.mail_in = mail_in
    _listen_for_mail(app, mail_in)
    return app


def _listen_for_mail(app: FastAPI, mail_in: MailIn) -> None:
    """Before the store answers, so that mail meanwhile is answered "try again" and not refused."""
    serve = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app_: FastAPI) -> AsyncIterator[None]:
        async with mail_in.listening(), serve(app_):
            yield

    app.router.lifespan_context = lifespan
