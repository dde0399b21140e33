"""Case events in: each batch is followed by case, and lands as one write a case that changed."""

from __future__ import annotations

from services.learning.executor import Executor, Followed
from shared.calendar.london import london_date
from shared.events.cases import CaseEvent, CaseStep
from shared.events.envelope import Envelope, Event
from shared.events.outgoing import Cause
from shared.messaging.records import Batch, Subscription
from shared.telemetry.logs import get

log = get(__name__)


class CaseFollower:
    """Keeps the decisions in step with `cases`."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def subscription(self) -> Subscription:
        return Subscription(topic="cases", group="learning", handle_batch=self.handle, max_records=500)

    async def handle(self, batch: Batch) -> None:
        """Follow a batch. A repeat changes nothing; a record that cannot be followed is parked, the rest go on."""
        found = [(r, followed) for r in batch if (followed := _followed(r.envelope)) is not None]
        failures = await self._executor.follow_many([followed for _, followed in found])
        for (record, followed), error in zip(found, failures, strict=True):
            if error is not None:
                type_ = followed.event.type
                log.error("a case event cannot be followed", type=type_, offset=record.offset, exc_info=error)
                batch.reject(record, type(error).__name__)


def _followed(envelope: Envelope[Event]) -> Followed | None:
    event = envelope.data
    if not isinstance(event, CaseEvent):
        return None
    on = event.on if isinstance(event, CaseStep) else london_date(envelope.time)
    return Followed(event, on, Cause.of(envelope))
