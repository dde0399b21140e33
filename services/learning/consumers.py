"""Case events in: each batch is folded by case, and lands as one write a case that changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from services.learning.decision.follow import follow
from services.learning.decision.model import Decision
from services.learning.store import Decisions, Stored, outgoing
from shared import failpoints
from shared.calendar.london import london_date, start_of_day
from shared.clock import now
from shared.events.cases import CaseEvent, CaseStep
from shared.events.lessons import LessonEvent, LessonImported
from shared.events.outgoing import Cause, Outgoing
from shared.messaging.records import Batch, Record, Subscription
from shared.telemetry.logs import get

log = get(__name__)

_TRIES: Final = 20


@dataclass
class _Followed:
    decision: Decision | None
    events: list[Outgoing] = field(default_factory=list)
    refused: list[tuple[Record, str]] = field(default_factory=list)


class CaseFollower:
    """Keeps the decisions in step with `cases`. `wake_relay` is called after a write that left events to publish."""

    def __init__(self, decisions: Decisions, wake_relay: Callable[[], None]) -> None:
        self._decisions = decisions
        self._wake_relay = wake_relay

    def subscription(self) -> Subscription:
        return Subscription(topic="cases", group="learning", handle_batch=self.handle, max_records=500)

    async def handle(self, batch: Batch) -> None:
        """Fold a batch. A repeat changes nothing; a record that cannot be followed is set aside, the rest go on."""
        by_case: dict[UUID, list[Record]] = {}
        for record in batch:
            if isinstance(record.envelope.data, CaseEvent):
                by_case.setdefault(record.envelope.data.case_id, []).append(record)
        known = await self._decisions.load_many(by_case)
        new: list[tuple[Decision, list[Outgoing]]] = []
        again: list[UUID] = []
        refused: list[tuple[Record, str]] = []
        failpoints.hit("learning.before-save")
        for case_id, records in by_case.items():
            followed = _follow(known.get(case_id), records)
            refused += followed.refused
            if case_id not in known:
                if followed.decision is not None:
                    new.append((followed.decision, followed.events))
            elif not await self._save(known[case_id], followed):
                again.append(case_id)
        made = await self._decisions.create_many(new)
        again += [decision.case_id for decision, _ in new if decision.case_id not in made]
        for case_id in again:
            await self._one(case_id, by_case[case_id])
        failpoints.hit("learning.after-save")
        self._wake_relay()
        for record, reason in refused:
            batch.reject(record, reason)

    async def _save(self, stored: Stored, followed: _Followed) -> bool:
        decision = followed.decision
        if decision is None or _unchanged(stored.decision, decision):
            return True
        return await self._decisions.save(decision, stored.revision, followed.events)

    async def _one(self, case_id: UUID, records: Sequence[Record]) -> None:
        """Somebody changed the decision meanwhile, staff or another consumer: read it again and follow anew."""
        for _ in range(_TRIES):
            stored = await self._decisions.load(case_id)
            if stored is not None and await self._save(stored, _follow(stored, records)):
                return
        raise RuntimeError(f"the decision on {case_id} kept changing")


def _follow(stored: Stored | None, records: Sequence[Record]) -> _Followed:
    followed = _Followed(stored.decision if stored else None)
    for record in records:
        event = record.envelope.data
        assert isinstance(event, CaseEvent)
        on = event.on if isinstance(event, CaseStep) else london_date(record.envelope.time)
        try:
            followed.decision, said = follow(followed.decision, event, on)
        except Exception as error:
            log.exception("a case event cannot be followed", type=event.type, offset=record.offset)
            followed.refused.append((record, type(error).__name__))
            continue
        followed.events += [outgoing(lesson, _cause(record, lesson), now()) for lesson in said]
    return followed


def _cause(record: Record, event: LessonEvent) -> Cause:
    envelope = record.envelope
    time = start_of_day(event.on) if isinstance(event, LessonImported) else envelope.time
    return Cause(envelope.correlation_id, str(envelope.id), time)


def _unchanged(before: Decision, after: Decision) -> bool:
    """Nothing but the case's version moved. Following such an event again changes nothing, so it needs no write."""
    seen = after.case.model_copy(update={"version": before.case.version})
    return after.model_copy(update={"case": seen}) == before
