"""The metrics of intake, in addition to those of every service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from prometheus_client import CollectorRegistry, Counter, Gauge

from services.intake.model import MailStatus
from services.intake.notices import NoticeStore
from services.intake.store import FeedbackStore


class IntakeMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.received = Counter("redress_feedback_received", "Feedback received", ["channel", "kind"], registry=registry)
        self.imported = Counter("redress_rows_imported", "Rows of history, by what became of them", ["status"], registry=registry)
        self.mail_in = Counter(
            "redress_mail_in",
            "Emails, by what became of them: feedback, message, again, refused, deferred",
            ["result"],
            registry=registry,
        )
        self.acknowledgements = Counter(
            "redress_acknowledgements",
            "Attempts to send an acknowledgement: sent, retried, failed, erased",
            ["result"],
            registry=registry,
        )
        for result in ("sent", "retried", "failed", "erased"):
            # Each stands at 0 from the start: an alert asks how they rise, and what rises from nothing does not.
            self.acknowledgements.labels(result)
        self.waiting = Gauge("redress_acknowledgements_waiting", "Acknowledgements not yet sent", registry=registry)
        self.failed = Gauge(
            "redress_acknowledgements_failed",
            "Acknowledgements that a mail server refused for good",
            registry=registry,
        )
        self.notices = Counter(
            "redress_notices",
            "Attempts to tell a person that another procedure holds: sent, retried, failed, erased",
            ["result"],
            registry=registry,
        )
        self.notices_waiting = Gauge("redress_notices_waiting", "Notices of another procedure not yet sent", registry=registry)
        self.swept = Counter("redress_attachments_swept", "Uploads that no feedback named", registry=registry)


def refresh_gauges(
    store: FeedbackStore, notices: NoticeStore, metrics: IntakeMetrics, seconds: float = 5.0
) -> Callable[[], Awaitable[None]]:
    """Background work that sets the gauges every so many `seconds`."""

    async def run() -> None:
        while True:
            metrics.waiting.set(await store.count_mails(MailStatus.PENDING))
            metrics.failed.set(await store.count_mails(MailStatus.FAILED))
            metrics.notices_waiting.set(await notices.count_mails(MailStatus.PENDING))
            await asyncio.sleep(seconds)

    return run
