"""Feedback in MongoDB, one document each, with its unpublished events and the mail that is still to go out.

What stands in a document is known here alone: everything else works with `Feedback`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.model import Acknowledgement, Due, Feedback, MailStatus, Message
from shared.events.codes import Channel, Kind
from shared.events.feedback import AttachmentRef
from shared.events.outgoing import Outgoing
from shared.events.sealed import Sealed
from shared.store import AggregateStore, Collection, Document, NewAggregate

_ACKNOWLEDGEMENT = "acknowledgement"


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
            [("mails.next_at", 1)], name="mails", partial={"mails.status": MailStatus.PENDING.value}
        )

    async def load(self, feedback_id: UUID) -> Feedback | None:
        document = await self.aggregates.load(str(feedback_id))
        return None if document is None else _feedback(document)

    async def by_reference(self, *references: str) -> Feedback | None:
        """By one of these references in their normal form."""
        document = await self._collection.find_one({"reference": {"$in": references}}) if references else None
        return None if document is None else _feedback(document)

    async def insert(self, feedback: Feedback, event: Outgoing) -> bool:
        """Store new feedback with its first event; False when it is there already."""
        return await self.aggregates.insert(str(feedback.feedback_id), _fields(feedback), [event])

    async def insert_many(self, items: Iterable[tuple[Feedback, Outgoing]]) -> set[UUID]:
        """As `insert`, in one round trip; the ids that were new."""
        new = [NewAggregate(str(item.feedback_id), _fields(item), [event]) for item, event in items]
        return {UUID(key) for key in await self.aggregates.insert_many(new)}

    async def known(self, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
        """The fingerprint and the reference of those that are there."""
        wanted = {"_id": {"$in": [str(i) for i in ids]}}
        found = self._collection.find(wanted, projection={"fingerprint": 1, "reference": 1})
        return {UUID(document["_id"]): (document["fingerprint"], document["reference"]) async for document in found}

    async def add_message(self, feedback: Feedback, message: Message, event: Outgoing) -> bool:
        """Append a message; False when `feedback` has changed meanwhile, and then nothing is stored."""
        return await self._save(feedback, {}, event, {"messages": [_message_fields(message)]})

    async def withdraw(self, feedback: Feedback, at: datetime, event: Outgoing) -> bool:
        """Record a withdrawal; False as in `add_message`."""
        return await self._save(feedback, {"withdrawn_at": at}, event, {})

    async def reroute(self, feedback_id: UUID, kind: Kind, procedure: str, version: int) -> None:
        """Staff put it under another kind or procedure, by the event `version` of its case; an older one changes nothing."""
        newer = {"$or": [{"rerouted": {"$exists": False}}, {"rerouted.version": {"$lt": version}}]}
        fields = {"kind": kind.value, "procedure": procedure, "version": version}
        await self._collection.update_one({"_id": str(feedback_id), **newer}, {"$set": {"rerouted": fields}})

    async def lease_mail(self, now: datetime, lease: timedelta) -> Due | None:
        """The acknowledgement that has been due longest. No other instance gets it until `lease` is over."""
        pending = MailStatus.PENDING.value
        due = {"$elemMatch": {"status": pending, "next_at": {"$lte": now}}}
        found = await self._collection.find_one_and_update(
            {"mails.status": pending, "mails": due},
            {"$set": {"mails.$.next_at": now + lease}, "$inc": {"mails.$.attempts": 1}},
            sort=[("mails.next_at", 1)],
        )
        if found is None:
            return None
        feedback = _feedback(found)
        assert feedback.acknowledgement is not None
        return Due(str(feedback.feedback_id), feedback, feedback.acknowledgement)

    async def postpone_mail(self, key: str, until: datetime, *, error: str) -> None:
        """The acknowledgement could not be sent now; `error` is why."""
        await self._update_mail(key, {"next_at": until, "error": error})

    async def settle_mail(self, key: str, status: MailStatus, at: datetime, *, error: str | None = None) -> None:
        """Record what became of the acknowledgement."""
        fields: Document = {"status": status.value, "settled_at": at}
        await self._update_mail(key, fields if error is None else {**fields, "error": error})

    async def count_mails(self, status: MailStatus) -> int:
        return await self._collection.count({"mails.status": status.value})

    async def _save(self, feedback: Feedback, fields: Document, event: Outgoing, push: dict[str, Sequence[Any]]) -> bool:
        key = str(feedback.feedback_id)
        return await self.aggregates.save(key, feedback.version, fields, [event], push=push)

    async def _update_mail(self, key: str, fields: Document) -> None:
        await self._collection.update_one(
            {"_id": key, "mails.id": _ACKNOWLEDGEMENT},
            {"$set": {f"mails.$.{name}": value for name, value in fields.items()}},
        )


def _fields(feedback: Feedback) -> Document:
    """New feedback as its document holds it."""
    fields: Document = {
        "reference": feedback.reference,
        "kind": feedback.kind.value,
        "channel": feedback.channel.value,
        "received_at": feedback.received_at,
        "received_on": feedback.received_on.isoformat(),
        "service_area": feedback.service_area,
        "district": feedback.district,
        "complainant_type": feedback.complainant_type,
        "procedure": feedback.procedure,
        "procedure_rule": feedback.procedure_rule,
        "fingerprint": feedback.fingerprint,
    }
    if feedback.imported_at is not None:
        return {**fields, "imported_at": feedback.imported_at}
    mail, raw = feedback.acknowledgement, feedback.raw_message
    return {
        **fields,
        "sealed": feedback.sealed and feedback.sealed.model_dump(mode="json"),
        "attachments": [ref.model_dump(mode="json") for ref in feedback.attachments],
        "raw_message": raw and raw.model_dump(mode="json"),
        "mails": [_mail_fields(mail)] if mail else [],
        "messages": [],
    }


def _mail_fields(mail: Acknowledgement) -> Document:
    return {
        "id": _ACKNOWLEDGEMENT,
        "status": mail.status.value,
        "next_at": mail.next_at,
        "attempts": mail.attempts,
        "to": mail.to.model_dump(mode="json"),
    }


def _message_fields(message: Message) -> Document:
    return {
        "message_id": str(message.message_id),
        "received_at": message.received_at,
        "channel": message.channel.value,
        "attachments": [ref.model_dump(mode="json") for ref in message.attachments],
    }


def _feedback(document: Document) -> Feedback:
    sealed, raw = document.get("sealed"), document.get("raw_message")
    mail = next(iter(document.get("mails", ())), None)
    rerouted = document.get("rerouted")
    return Feedback(
        feedback_id=UUID(document["_id"]),
        reference=document["reference"],
        kind=Kind(document["kind"]),
        channel=Channel(document["channel"]),
        received_at=document["received_at"],
        fingerprint=document["fingerprint"],
        service_area=document["service_area"],
        district=document["district"],
        complainant_type=document["complainant_type"],
        procedure=document["procedure"],
        procedure_rule=document.get("procedure_rule"),
        sealed=Sealed.model_validate(sealed) if sealed else None,
        attachments=_refs(document),
        raw_message=AttachmentRef.model_validate(raw) if raw else None,
        acknowledgement=_acknowledgement(mail) if mail else None,
        messages=tuple(_message(message) for message in document.get("messages", ())),
        withdrawn_at=document.get("withdrawn_at"),
        imported_at=document.get("imported_at"),
        rerouted_to=(Kind(rerouted["kind"]), rerouted["procedure"]) if rerouted else None,
        version=document["version"],
    )


def _acknowledgement(mail: Document) -> Acknowledgement:
    return Acknowledgement(
        to=Sealed.model_validate(mail["to"]),
        next_at=mail["next_at"],
        status=MailStatus(mail["status"]),
        attempts=mail["attempts"],
    )


def _message(message: Document) -> Message:
    return Message(
        message_id=UUID(message["message_id"]),
        channel=Channel(message["channel"]),
        received_at=message["received_at"],
        attachments=_refs(message),
    )


def _refs(document: Document) -> tuple[AttachmentRef, ...]:
    return tuple(AttachmentRef.model_validate(ref) for ref in document.get("attachments", ()))
