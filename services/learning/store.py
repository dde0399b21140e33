"""Learning decisions in MongoDB, one document a case, each with its unpublished events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.learning.decision.model import Decision
from shared.events.lessons import LessonEvent
from shared.events.outgoing import Cause, Outgoing, make_envelope
from shared.ids import event_id
from shared.store import AggregateStore, NewAggregate
from shared.store import Collection as StoreCollection

SOURCE = "redress/learning"


@dataclass(frozen=True, slots=True)
class Stored:
    """A decision and the revision of its document, which also moves when only the case's side changed."""

    decision: Decision
    revision: int


def outgoing(event: LessonEvent, cause: Cause, recorded_at: datetime) -> Outgoing:
    """The event on its way to `lessons`. Its id is the same whenever the same decision says it."""
    envelope = make_envelope(
        event,
        id=event_id(f"lesson:{event.case_id}", event.version),
        source=SOURCE,
        subject=event.case_id,
        sequence=event.version,
        cause=cause,
        time=cause.time or recorded_at,
        recorded_at=recorded_at,
    )
    return Outgoing("lessons", str(event.case_id), envelope)


class Decisions:
    def __init__(self, collection: StoreCollection) -> None:
        self.aggregates = AggregateStore(collection)
        self._collection = collection

    async def prepare(self) -> None:
        """Create the indexes. Idempotent."""
        await self.aggregates.prepare()
        await self._collection.create_index([("status", 1), ("requested_on", 1), ("_id", 1)], name="status")
        await self._collection.create_index([("reference", 1)], name="reference")

    async def load(self, case_id: UUID) -> Stored | None:
        return _stored(await self.aggregates.load(str(case_id)))

    async def by_reference(self, reference: str) -> Stored | None:
        return _stored(await self._collection.find_one({"reference": reference}))

    async def load_many(self, case_ids: Collection[UUID]) -> dict[UUID, Stored]:
        """Those that are there, by case."""
        found = self._collection.find({"_id": {"$in": [str(case_id) for case_id in case_ids]}})
        stored = [_stored(document) async for document in found]
        return {s.decision.case_id: s for s in stored if s is not None}

    async def create_many(self, made: Sequence[tuple[Decision, Sequence[Outgoing]]]) -> set[UUID]:
        """Store decisions of cases not known before; the cases that were new."""
        items = [NewAggregate(str(d.case_id), _fields(d), events, version=1) for d, events in made]
        return {UUID(id_) for id_ in await self.aggregates.insert_many(items)}

    async def save(self, decision: Decision, revision: int, events: Sequence[Outgoing]) -> bool:
        """False when somebody changed the document since `revision`; then nothing was written."""
        return await self.aggregates.save(str(decision.case_id), revision, _fields(decision), events)

    async def page(self, status: str | None, *, page: int, size: int) -> tuple[list[Decision], int]:
        """One page of decisions, the oldest request first, and how many there are. Pages count from 1."""
        query = {"status": status or {"$ne": "none"}}
        documents = self._collection.find(
            query, sort=[("requested_on", 1), ("_id", 1)], skip=(page - 1) * size, limit=size
        )
        stored = [_stored(document) async for document in documents]
        return [s.decision for s in stored if s is not None], await self._collection.count(query)

    async def count(self, status: str) -> int:
        """How many decisions have this status."""
        return await self._collection.count({"status": status})


def _fields(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.model_dump(mode="json"),
        "status": decision.status,
        "reference": decision.case.reference,
        "requested_on": decision.facts.requested_on.isoformat() if decision.facts else "",
    }


def _stored(document: dict[str, Any] | None) -> Stored | None:
    if document is None:
        return None
    return Stored(Decision.model_validate(document["decision"]), document["version"])
