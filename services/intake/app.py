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
from services.intake.consumers import RerouteFollower
from services.intake.email.receive import ReceiveMail
from services.intake.email.server import MailServer
from services.intake.fingerprints import Fingerprints
from services.intake.importing import Importing
from services.intake.limits import Rate
from services.intake.metrics import IntakeMetrics, refresh_gauges
from services.intake.notices import NoticeStore
from services.intake.pages import routes
from services.intake.receiving import Receiving
from services.intake.settings import IntakeSettings
from services.intake.store import FeedbackStore
from shared.clock import now
from shared.service import Runtime, create_app_for
from shared.settings import named
from shared.taxonomy.codes import Codes
from shared.web.pages import Pages

_SWEEP_EVERY = timedelta(hours=1)


def create_app(settings: IntakeSettings) -> FastAPI:
    """The service as one application. Nothing is connected to before its lifespan begins.

    Raises:
        SettingsFault: a code list of the council cannot be used.
        ValueError: no usable master key.
    """
    runtime = Runtime("intake", settings, needs_broker=False)
    master_key = settings.master_key_bytes()
    vault = runtime.vault
    store = FeedbackStore(runtime.database["feedback"])
    attachments = Attachments(runtime.database["attachments"], runtime.database.blobs("files"), vault, store)
    metrics = IntakeMetrics(runtime.metrics.registry)
    with named("taxonomy"):
        codes = Codes(settings.taxonomy)
    fingerprints = Fingerprints(master_key)
    relay = runtime.relay(store.aggregates)

    notices = NoticeStore(runtime.database["notices"], store)
    sender = Sender(store, vault, settings, codes, metrics.acknowledgements)
    notifier = Sender(notices, vault, settings, codes, metrics.notices)
    runtime.subscribe(RerouteFollower(store, notices, notifier.wake).subscription())

    def wake_relay() -> None:
        relay.wake()
        sender.wake()

    receiving = Receiving(store, attachments, vault, metrics, wake_relay, codes)
    importing = Importing(store, codes, fingerprints, metrics, settings.first_year)
    mail = ReceiveMail(settings, store, receiving, fingerprints, metrics)
    mail_server = MailServer(settings, mail, metrics)

    async def prepare() -> None:
        await store.prepare()
        await attachments.prepare()
        await notices.prepare()

    async def sweep() -> None:
        while True:
            metrics.swept.inc(await attachments.sweep(now() - ORPHANED_AFTER))
            await asyncio.sleep(_SWEEP_EVERY.total_seconds())

    pages = Pages(settings, routes.TEMPLATES, service="intake")
    rate = Rate(settings.form_rate_per_minute)
    runtime.on_prepare(prepare)
    runtime.background("sweep of uploads", sweep)
    runtime.background("acknowledgements", sender.run)
    runtime.background("notices", notifier.run)
    runtime.check(mail_server.trouble)
    runtime.background("metrics", refresh_gauges(store, notices, metrics))
    app = create_app_for(
        runtime,
        title="Redress: intake",
        description="Where feedback comes in: web form, JSON API, email and history.",
        routers=[
            api.router(receiving, importing, attachments, codes, fingerprints, rate),
            routes.router(routes.FormPages(settings, pages, receiving, codes, fingerprints, rate)),
        ],
        pages=pages,
        codes=codes,
    )
    app.state.mail_server = mail_server
    _listen_for_mail(app, mail_server)
    return app


def _listen_for_mail(app: FastAPI, mail_server: MailServer) -> None:
    """Listen before the store answers, so that mail meanwhile is answered "try again" and not refused."""
    serve = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app_: FastAPI) -> AsyncIterator[None]:
        async with mail_server.listening(), serve(app_):
            yield

    app.router.lifespan_context = lifespan
