"""What happens to one case and concerns another: carried over at once, and by the log where that failed.

`cases` itself is what is followed, so that nothing is lost between two documents that cannot be written in one go. Whoever comes
second, the request or the follower, finds the event taken in already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from services.workflow.case.commands import ReactToCase
from services.workflow.case.decide import decide
from services.workflow.case.model import Case
from services.workflow.case.reacting import concerns
from services.workflow.change import change
from services.workflow.store import Cases
from shared import failpoints
from shared.clock import now
from shared.events.cases import CaseEvent, MessageAdded, MilestoneReached, RelatedStep
from shared.events.outgoing import Cause
from shared.messaging.records import Batch, Reject, Subscription
from shared.store import StoreUnavailable
from shared.telemetry.logs import get

log = get(__name__)

_TRIES: Final = 20


class Related:
    """`wake_relay` is called after a write that left events to publish."""

    def __init__(self, cases: Cases, wake_relay: Callable[[], None]) -> None:
        self._cases = cases
        self._wake_relay = wake_relay

    def subscription(self) -> Subscription:
        # A batch, because nearly everything on `cases` concerns no other case and is passed over.
        return Subscription(
            topic="cases", group="workflow-related", handle_batch=self.handle, max_records=500
        )

    async def handle(self, batch: Batch) -> None:
        """Carry over what concerns other cases. A record that cannot be is set aside, the rest go on."""
        for record in batch:
            event = record.envelope.data
            if not isinstance(event, CaseEvent) or not concerns(event):
                continue
            try:
                await self.follow(event, record.envelope.id, record.envelope.correlation_id)
            except StoreUnavailable:
                raise
            except Reject as error:
                batch.reject(record, error.reason)
            except Exception as error:
                log.exception("the other case cannot answer", type=event.type, offset=record.offset)
                batch.reject(record, type(error).__name__)

    async def follow(self, event: CaseEvent, event_id: UUID, correlation_id: str) -> None:
        """Let the other case answer. Idempotent.

        Raises:
            Reject: there is no such case.
        """
        origin = await self._cases.load(event.case_id)
        if origin is None:
            raise Reject("no-such-case")
        target = _other(event, origin.case)
        if target is None:
            return
        for _ in range(_TRIES):
            stored = await self._cases.load(target)
            case = stored.case if stored else None
            at = now()
            command = ReactToCase(event, event_id, origin.case)
            events = decide(case, command, self._cases.rulebooks, at, self._cases.register)
            if not events:
                return
            made = change(stored, events, at, Cause(correlation_id, str(event_id)))
            failpoints.hit("workflow.related-before-save")
            if stored is None:
                saved = bool(await self._cases.create_many([made]))
            else:
                saved = await self._cases.save(made)
            if saved:
                failpoints.hit("workflow.related-after-save")
                self._wake_relay()
                return
            origin = await self._cases.load(event.case_id) or origin
        raise RuntimeError(f"case {target} kept changing")


def _other(event: CaseEvent, origin: Case) -> UUID | None:
    """The case that an event concerns."""
    if isinstance(event, RelatedStep):
        return event.other
    if isinstance(event, MilestoneReached):
        return event.linked_case
    if isinstance(event, MessageAdded):
        return next((r.case_id for r in origin.related("merged-into")), None)
    return None
