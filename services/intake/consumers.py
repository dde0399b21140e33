"""Kafka in: a case that went under another procedure. The person is told what holds now, once for each such event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from services.intake.model import MailStatus, Notice
from services.intake.notices import NoticeStore
from services.intake.store import FeedbackStore
from shared.clock import now
from shared.events.cases import CaseReclassified
from shared.events.codes import Kind, Status
from shared.events.envelope import Envelope, Event
from shared.messaging.records import Batch, Subscription

TOLD_WITHIN: Final = timedelta(days=7)
"""How long after it was recorded a person is still told. Of what is older the days are mostly over, and whoever reads the log anew,
as after an upgrade, writes to nobody about it."""


_NOT_ANSWERED: Final = frozenset({Kind.COMPLIMENT, Kind.COMMENT})
"""What is passed on to a service, and has no day on which it is answered."""


class RerouteFollower:
    """Follows `cases`. `wake` is called when there is a mail to send."""

    def __init__(self, feedback: FeedbackStore, notices: NoticeStore, wake: Callable[[], None]) -> None:
        self._feedback = feedback
        self._notices = notices
        self._wake = wake

    def subscription(self) -> Subscription:
        # A batch, because nearly everything on `cases` is passed over.
        return Subscription(topic="cases", group="intake", handle_batch=self.handle, max_records=500)

    async def handle(self, batch: Batch) -> None:
        """Repeats change nothing. A case of no feedback of its own, such as one that was split off, is passed over."""
        for record in batch:
            event = record.envelope.data
            if isinstance(event, CaseReclassified) and event.moved:
                await self._moved(record.envelope, event)

    async def _moved(self, envelope: Envelope[Event], event: CaseReclassified) -> None:
        """Raises: StoreUnavailable."""
        feedback = await self._feedback.by_reference(event.reference)
        if feedback is None:
            return
        facts = event.after
        await self._feedback.reroute(feedback.feedback_id, facts.kind, facts.procedure, event.version)
        mail, moment = feedback.acknowledgement, now()
        if mail is None or mail.status in {MailStatus.FAILED, MailStatus.ERASED} or facts.status is not Status.OPEN:
            return
        if facts.kind in _NOT_ANSWERED:
            return
        if moment - envelope.recorded_at > TOLD_WITHIN:
            return
        stage = facts.stages[-1] if facts.stages else None
        notice = Notice(
            kind=facts.kind,
            procedure=facts.procedure,
            acknowledge_by=stage.acknowledgement_due_on if stage and stage.acknowledged_on is None else None,
            respond_by=stage.due_on if stage else None,
        )
        if await self._notices.add(envelope.id, feedback, notice, mail.to, moment):
            self._wake()
