"""Kafka in: feedback becomes cases, and what was learnt comes back to them. Idempotent: a repeat changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from services.workflow.case.commands import AddMessage, Command, Import, Receive, RecordLearning, TakeBack
from services.workflow.case.decide import decide
from services.workflow.change import Change, Stored, change
from services.workflow.rulebook.choose import NoRulebook
from services.workflow.store import Cases
from shared import failpoints
from shared.clock import now
from shared.events.envelope import Envelope, Event
from shared.events.feedback import FeedbackImported, FeedbackMessageAdded, FeedbackReceived, FeedbackWithdrawn
from shared.events.lessons import LessonEvent, LessonImported
from shared.events.outgoing import Cause
from shared.ids import case_id
from shared.messaging.records import Batch, Record, Reject, Subscription
from shared.telemetry.logs import get

log = get(__name__)

_TRIES: Final = 20
_COMMANDS: Final[dict[type[Event], Callable[[Any], Command]]] = {
    FeedbackReceived: Receive,
    FeedbackImported: Import,
    FeedbackMessageAdded: AddMessage,
    FeedbackWithdrawn: TakeBack,
}


class UnknownCase(LookupError):
    """An event about a case that is not there."""


@dataclass
class _Told:
    """What a batch tells one case: the changes so far, and the records that cannot be taken in."""

    changes: list[Change] = field(default_factory=list)
    refused: list[tuple[Record, str]] = field(default_factory=list)

    def merged(self) -> Change | None:
        """All of it as one write."""
        if not self.changes:
            return None
        return Change(
            self.changes[-1].after,
            tuple(o for c in self.changes for o in c.outgoing),
            tuple(h for c in self.changes for h in c.history),
        )


class FeedbackFollower:
    """Turns feedback into cases, a batch at a time. `wake_relay` is called after a write that left events to publish."""

    def __init__(self, cases: Cases, wake_relay: Callable[[], None]) -> None:
        self._cases = cases
        self._wake_relay = wake_relay

    def subscription(self) -> Subscription:
        return Subscription(topic="feedback", group="workflow", handle_batch=self.handle, max_records=200)

    async def handle(self, batch: Batch) -> None:
        """New cases land in one write, known ones in one each. A record that cannot be taken in is set aside, the rest go on."""
        by_case: dict[UUID, list[Record]] = {}
        for record in batch:
            if (owner := _owner(record.envelope)) is not None:
                by_case.setdefault(owner, []).append(record)
        known = await self._cases.load_many(by_case)
        at = now()
        told: dict[UUID, _Told] = {}
        for owner, records in by_case.items():
            told[owner] = _tell(known.get(owner), records, self._cases, at)
            # A batch of imported history is seconds of work: heartbeats and requests come in between.
            await asyncio.sleep(0)
        failpoints.hit("workflow.handled-before-save")
        again = await self._write(known, told)
        failpoints.hit("workflow.after-save")
        for owner in again:
            told[owner] = await self._one(owner, by_case[owner])
        self._wake_relay()
        for outcome in told.values():
            for record, reason in outcome.refused:
                batch.reject(record, reason)

    async def _write(self, known: dict[UUID, Stored], told: dict[UUID, _Told]) -> list[UUID]:
        """Write what was decided; the cases that somebody else has changed or made meanwhile."""
        changes = {owner: merged for owner, t in told.items() if (merged := t.merged()) is not None}
        new = [c for owner, c in changes.items() if owner not in known]
        made = await self._cases.create_many(new) if new else set()
        again = [c.after.case.case_id for c in new if c.after.case.case_id not in made]
        for owner, c in changes.items():
            if owner in known and not await self._cases.save(c):
                again.append(owner)
        return again

    async def _one(self, owner: UUID, records: list[Record]) -> _Told:
        for _ in range(_TRIES):
            told = _tell(await self._cases.load(owner), records, self._cases, now())
            merged = told.merged()
            if merged is None or await self._cases.save(merged):
                return told
        raise RuntimeError(f"case {owner} kept changing")


class LessonFollower:
    """Records on the case what was learnt from it."""

    def __init__(self, cases: Cases, wake_relay: Callable[[], None]) -> None:
        self._cases = cases
        self._wake_relay = wake_relay

    def subscription(self) -> Subscription:
        return Subscription(topic="lessons", group="workflow-lessons", handle=self.handle)

    async def handle(self, record: Record) -> None:
        """Raises: Reject, when there is no such case."""
        lesson = record.envelope.data
        if not isinstance(lesson, LessonEvent) or isinstance(lesson, LessonImported):
            return
        for _ in range(_TRIES):
            stored = await self._cases.load(lesson.case_id)
            if stored is None:
                raise Reject("no-such-case")
            command = RecordLearning(cast("Envelope[LessonEvent]", record.envelope))
            at = now()
            events = decide(stored.case, command, self._cases.rulebooks, at, self._cases.register)
            if not events:
                return
            failpoints.hit("workflow.handled-before-save")
            if await self._cases.save(change(stored, events, at, _cause(record))):
                failpoints.hit("workflow.after-save")
                self._wake_relay()
                return
        raise RuntimeError(f"case {lesson.case_id} kept changing")


def _owner(envelope: Envelope[Event]) -> UUID | None:
    """The case that an event on `feedback` is about; None of one that is none of ours."""
    feedback = getattr(envelope.data, "feedback_id", None)
    return case_id(feedback) if type(envelope.data) in _COMMANDS and feedback is not None else None


def _tell(stored: Stored | None, records: Iterable[Record], cases: Cases, at: datetime) -> _Told:
    """Take the records in, one after the other. What cannot be is refused with a reason of codes only."""
    told = _Told()
    for record in records:
        command = _COMMANDS[type(record.envelope.data)](record.envelope)
        try:
            if stored is None and not isinstance(command, Receive | Import):
                raise UnknownCase("no-such-case")
            events = decide(stored.case if stored else None, command, cases.rulebooks, at, cases.register)
            if events:
                made = change(stored, events, at, _cause(record))
                told.changes.append(made)
                stored = made.after
        except (NoRulebook, UnknownCase) as error:
            told.refused.append((record, str(error)[:300]))
        except Exception as error:
            log.exception(
                "feedback cannot become a case", type=record.envelope.data.type, offset=record.offset
            )
            told.refused.append((record, type(error).__name__))
    return told


def _cause(record: Record) -> Cause:
    envelope = record.envelope
    return Cause.of(envelope)
