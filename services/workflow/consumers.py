"""Kafka in: feedback, lessons and what happened to other cases become commands. Idempotent: a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast
from uuid import UUID

from services.workflow.case.commands import AddMessage, Command, Import, Receive, RecordLearning, Withdraw
from services.workflow.case.reacting import concerns
from services.workflow.executor import Executor, Order
from services.workflow.related import RelatedCases
from services.workflow.rulebook.choose import NoRulebook
from shared.errors import NotFound
from shared.events.cases import CaseEvent
from shared.events.envelope import Envelope, Event
from shared.events.feedback import FeedbackImported, FeedbackMessageAdded, FeedbackReceived, FeedbackWithdrawn
from shared.events.lessons import LessonEvent, LessonImported
from shared.events.outgoing import Cause
from shared.ids import case_id
from shared.messaging.records import Batch, Record, Reject, Subscription
from shared.store import StoreUnavailable
from shared.telemetry.logs import get

log = get(__name__)

_COMMANDS: Final[dict[type[Event], Callable[[Any], Command]]] = {
    FeedbackReceived: Receive,
    FeedbackImported: Import,
    FeedbackMessageAdded: AddMessage,
    FeedbackWithdrawn: Withdraw,
}


class FeedbackFollower:
    """Turns feedback into cases, a batch at a time."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def subscription(self) -> Subscription:
        return Subscription(topic="feedback", group="workflow", handle_batch=self.handle, max_records=200)

    async def handle(self, batch: Batch) -> None:
        """A record of which no command can be executed is parked, the rest go on."""
        found = [(r, order) for r in batch if (order := _order(r.envelope)) is not None]
        failures = await self._executor.execute_many([order for _, order in found])
        for (record, _), error in zip(found, failures, strict=True):
            if error is not None:
                batch.reject(record, _reason(record, error))


def _order(envelope: Envelope[Event]) -> Order | None:
    """What an event on `feedback` asks of its case; None of one that asks nothing."""
    command = _COMMANDS.get(type(envelope.data))
    feedback: UUID | None = getattr(envelope.data, "feedback_id", None)
    if command is None or feedback is None:
        return None
    return Order(case_id(feedback), command(envelope), Cause.of(envelope))


def _reason(record: Record, error: Exception) -> str:
    """Why a record is parked, in codes only."""
    match error:
        case NotFound():
            return error.code
        case NoRulebook():
            return str(error)[:300]
    log.error(
        "feedback cannot become a case",
        type=record.envelope.data.type,
        offset=record.offset,
        exc_info=error,
    )
    return type(error).__name__


class LessonFollower:
    """Records on the case what was learnt from it."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def subscription(self) -> Subscription:
        return Subscription(topic="lessons", group="workflow-lessons", handle=self.handle)

    async def handle(self, record: Record) -> None:
        """Raises: Reject, when there is no such case."""
        lesson = record.envelope.data
        if not isinstance(lesson, LessonEvent) or isinstance(lesson, LessonImported):
            return
        command = RecordLearning(cast("Envelope[LessonEvent]", record.envelope))
        try:
            await self._executor.execute(str(lesson.case_id), command, Cause.of(record.envelope))
        except NotFound as error:
            raise Reject(error.code) from None


class RelatedCasesFollower:
    """Lets other cases react to what happened to one, where the request that it happened in did not get to do so."""

    def __init__(self, related: RelatedCases) -> None:
        self._related = related

    def subscription(self) -> Subscription:
        # A batch, because nearly everything on `cases` concerns no other case and is passed over.
        return Subscription(topic="cases", group="workflow-related", handle_batch=self.handle, max_records=500)

    async def handle(self, batch: Batch) -> None:
        """A record to which no case can react is parked, the rest go on."""
        for record in batch:
            event = record.envelope.data
            if not isinstance(event, CaseEvent) or not concerns(event):
                continue
            try:
                await self._related.react(event, record.envelope.id, record.envelope.correlation_id)
            except StoreUnavailable:
                raise
            except NotFound as error:
                batch.reject(record, error.code)
            except Exception as error:
                log.exception("the other case cannot react", type=event.type, offset=record.offset)
                batch.reject(record, type(error).__name__)
