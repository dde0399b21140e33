"""A command changes one document, and the document carries its own unpublished events (DESIGN, idea 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.clock import now
from shared.events.outgoing import Outgoing
from shared.store.collection import Collection, Document
from shared.store.errors import DuplicateKey


@dataclass(frozen=True, slots=True)
class NewAggregate:
    id: str
    fields: Document
    events: Sequence[Outgoing] = field(default_factory=tuple)
    version: int | None = None


class AggregateStore:
    """Aggregates, one document each: `_id, version, outbox` and the caller's own fields.

    `version` is the number of the aggregate's events so far. An outbox entry is removed only when the broker has
    acknowledged it, so a process may die at any line: an event is published late or twice, never lost.
    """

    def __init__(self, collection: Collection) -> None:
        self.collection = collection

    async def prepare(self) -> None:
        """Create the index that the relay finds its work by. Idempotent."""
        await self.collection.create_index([("outbox.0.at", 1)], name="outbox", partial={"outbox.0.at": {"$exists": True}})

    async def insert(self, id: str, fields: Document, events: Sequence[Outgoing], *, version: int | None = None) -> bool:
        """Create an aggregate with its first events; False when it is there already, and then nothing is changed.

        `version` is the number of its events; left out, the number of `events`.
        """
        try:
            await self.collection.insert_one(_document(NewAggregate(id, fields, events, version)))
        except DuplicateKey:
            if await self.collection.find_one({"_id": id}, projection={"_id": 1}) is None:
                raise  # another unique index of the collection refused it
            return False
        return True

    async def insert_many(self, items: Sequence[NewAggregate]) -> set[str]:
        """Create those that are not there yet, in one round trip; the ids that were new."""
        return await self.collection.insert_many([_document(item) for item in items])

    async def load(self, id: str) -> Document | None:
        return await self.collection.find_one({"_id": id})

    async def save(
        self,
        id: str,
        expected_version: int,
        fields: Document,
        events: Sequence[Outgoing],
        *,
        steps: int = 1,
        push: dict[str, Sequence[Any]] | None = None,
    ) -> bool:
        """Replace `fields`, append `events` to the outbox and `push` to lists, and move the version on by `steps`.

        False when the version is no longer `expected_version`: somebody was first, and nothing was changed.
        """
        update: dict[str, Any] = {"$set": dict(fields), "$inc": {"version": steps}}
        if not fields:
            del update["$set"]
        pushes = {name: {"$each": list(values)} for name, values in (push or {}).items() if values}
        if events:
            pushes["outbox"] = {"$each": [_entry(event) for event in events]}
        if pushes:
            update["$push"] = pushes
        return await self.collection.update_one({"_id": id, "version": expected_version}, update)


def _entry(event: Outgoing) -> Document:
    """How an event stands in an outbox: the record as it will be published."""
    return {
        "id": f"{event.topic}:{event.envelope.id}",
        "topic": event.topic,
        "key": event.key,
        "headers": event.headers(),
        "value": event.envelope.value(),
        "at": now(),
    }


def _document(item: NewAggregate) -> Document:
    version = len(item.events) if item.version is None else item.version
    return {
        "_id": item.id,
        **item.fields,
        "version": version,
        "outbox": [_entry(event) for event in item.events],
    }
