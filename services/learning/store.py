"""Learning decisions in MongoDB, one document a case, each with its unpublished events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from services.learning.change import Change, Stored
from services.learning.decision.model import Decision
from shared.errors import NotFound
from shared.references import readings
from shared.store import AggregateStore, NewAggregate
from shared.store import Collection as StoreCollection


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

    async def find(self, key: str) -> Stored | None:
        """The decision on a case by the case's id, or its reference as a person may have typed it."""
        try:
            return await self.load(UUID(key))
        except ValueError:
            typed = readings(key)
        return _stored(await self._collection.find_one({"reference": {"$in": typed}})) if typed else None

    async def load_many(self, case_ids: Collection[UUID]) -> dict[UUID, Stored]:
        """Those that are there, by case."""
        found = self._collection.find({"_id": {"$in": [str(case_id) for case_id in case_ids]}})
        stored = [_stored(document) async for document in found]
        return {s.decision.case_id: s for s in stored if s is not None}

    async def save_many(self, changes: Sequence[Change]) -> set[UUID]:
        """Write changes: new decisions in one round trip, known ones in one each. The cases at which somebody was first."""
        new = [change for change in changes if change.revision is None]
        lost = {change.case_id for change in new} - await self._create_many(new)
        for change in changes:
            if change.revision is not None and not await self.save(change):
                lost.add(change.case_id)
        return lost

    async def save(self, change: Change) -> bool:
        """False when somebody changed the document since it was decided on; then nothing was written."""
        if change.revision is None:
            return bool(await self._create_many([change]))
        return await self.aggregates.save(str(change.case_id), change.revision, _fields(change.after), change.outgoing)

    async def _create_many(self, changes: Sequence[Change]) -> set[UUID]:
        items = [NewAggregate(str(c.case_id), _fields(c.after), c.outgoing, version=1) for c in changes]
        return {UUID(id_) for id_ in await self.aggregates.insert_many(items)}

    async def page(self, status: str | None, *, page: int, size: int) -> tuple[list[Decision], int]:
        """One page of decisions, the oldest request first, and how many there are. Pages count from 1."""
        query = {"status": status or {"$ne": "none"}}
        documents = self._collection.find(query, sort=[("requested_on", 1), ("_id", 1)], skip=(page - 1) * size, limit=size)
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


def requested_decision(stored: Stored | None) -> Stored:
    """The decision, where one was requested. Raises: NotFound."""
    if stored is None or stored.decision.facts is None:
        raise NotFound("no-decision", "No learning decision is asked for under this id or reference.")
    return stored
