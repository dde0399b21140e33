"""Feedback in MongoDB, one document each, with its unpublished events and the mail that is still to go out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.model import Incoming, Receipt
from shared.calendar.london import london_date
from shared.events.codes import Kind
from shared.events.outgoing import Outgoing
from shared.events.sealed import Sealed
from shared.ids import reference
from shared.store import AggregateStore, Collection, Document, NewAggregate

ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True)
class PendingMail:
    """A mail that this process has taken on to send, for as long as its lease runs."""

    feedback_id: UUID
    document: Document
    to: Sealed
    attempts: int


class FeedbackStore:
    """`_id` is the feedback id as a string; `version` counts the events of the feedback."""

    def __init__(self, collection: Collection) -> None:
        self.aggregates = AggregateStore(collection)
        self._collection = collection

    async def prepare(self) -> None:
        """Create the indexes. Idempotent."""
        await self.aggregates.prepare()
        await self._collection.create_index([("reference", 1)], name="reference", unique=True)
        await self._collection.create_index(
            [("mails.next_at", 1)], name="mails", partial={"mails.status": "pending"}
        )

    async def load(self, feedback_id: UUID) -> Document | None:
        return await self.aggregates.load(str(feedback_id))

    async def by_reference(self, text: str) -> Document | None:
        """By a reference in its normal form."""
        return await self._collection.find_one({"reference": text})

    async def exists(self, feedback_id: UUID) -> bool:
        return await self._collection.count({"_id": str(feedback_id)}, limit=1) > 0

    async def insert(
        self, incoming: Incoming, sealed: Sealed, mails: Sequence[Document], event: Outgoing
    ) -> bool:
        """False when it is there already."""
        fields = {
            "reference": reference(incoming.feedback_id),
            "kind": incoming.kind.value,
            "channel": incoming.channel.value,
            "received_at": incoming.received_at,
            "received_on": london_date(incoming.received_at).isoformat(),
            "service_area": incoming.service_area,
            "district": incoming.district,
            "complainant_type": incoming.complainant_type,
            "procedure": incoming.procedure,
            "sealed": sealed.model_dump(mode="json"),
            "attachments": [ref.model_dump(mode="json") for ref in incoming.attachments],
            "raw_message": incoming.raw_message.model_dump(mode="json") if incoming.raw_message else None,
            "fingerprint": incoming.fingerprint,
            "mails": list(mails),
            "messages": [],
        }
        return await self.aggregates.insert(str(incoming.feedback_id), fields, [event])

    async def append(
        self, document: Document, fields: Document, event: Outgoing, *, message: Document | None = None
    ) -> bool:
        """One more event of known feedback; False when somebody was first."""
        return await self.aggregates.save(
            document["_id"],
            document["version"],
            fields,
            [event],
            push={"messages": [message] if message else []},
        )

    async def insert_history(self, items: Sequence[NewAggregate]) -> set[str]:
        return await self.aggregates.insert_many(items)

    async def fingerprints(self, ids: Sequence[str]) -> dict[str, str]:
        """Of those that are there."""
        found = self._collection.find({"_id": {"$in": list(ids)}}, projection={"fingerprint": 1})
        return {document["_id"]: document["fingerprint"] async for document in found}

    async def take_mail(self, now: datetime, lease: timedelta) -> PendingMail | None:
        """The mail that has been due longest. Nobody else takes it until `lease` is over."""
        due = {"$elemMatch": {"status": "pending", "next_at": {"$lte": now}}}
        found = await self._collection.find_one_and_update(
            {"mails.status": "pending", "mails": due},
            {"$set": {"mails.$.next_at": now + lease}, "$inc": {"mails.$.attempts": 1}},
            sort=[("mails.next_at", 1)],
        )
        if found is None:
            return None
        mail = next(m for m in found["mails"] if m["status"] == "pending")
        return PendingMail(UUID(found["_id"]), found, Sealed.model_validate(mail["to"]), mail["attempts"])

    async def settle_mail(self, feedback_id: UUID, **fields: Any) -> None:
        """Say what became of the acknowledgement."""
        await self._collection.update_one(
            {"_id": str(feedback_id), "mails.id": ACKNOWLEDGEMENT},
            {"$set": {f"mails.$.{name}": value for name, value in fields.items()}},
        )

    async def count_mails(self, status: str) -> int:
        return await self._collection.count({"mails.status": status})


def pending_mail(to: Sealed, due: datetime) -> Document:
    """The acknowledgement as it stands in the feedback's document until it is sent."""
    return {
        "id": ACKNOWLEDGEMENT,
        "status": "pending",
        "next_at": due,
        "attempts": 0,
        "to": to.model_dump(mode="json"),
    }


def receipt(document: Document, *, again: bool) -> Receipt:
    return Receipt(
        feedback_id=UUID(document["_id"]),
        reference=document["reference"],
        kind=Kind(document["kind"]),
        received_at=document["received_at"],
        again=again,
    )
