"""What the person is told after their feedback went under another procedure: mails of their own, one for each such event.

What stands in a document is known here alone. Days are London days.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake.model import Acknowledgement, Due, Feedback, MailStatus, Notice
from services.intake.store import FeedbackStore
from shared.events.codes import Kind
from shared.events.sealed import Sealed
from shared.store import Collection, Document, DuplicateKey


class NoticeStore:
    """`_id` is that of the event which the notice tells of: the same event again makes no second mail."""

    def __init__(self, collection: Collection, feedback: FeedbackStore) -> None:
        self._collection = collection
        self._feedback = feedback

    async def prepare(self) -> None:
        """Create the index. Idempotent."""
        pending = {"status": MailStatus.PENDING.value}
        await self._collection.create_index([("next_at", 1)], name="next", partial=pending)

    async def add(self, event_id: UUID, feedback: Feedback, notice: Notice, to: Sealed, at: datetime) -> bool:
        """Have it sent from `at` (UTC) on; False when the event has its notice already."""
        document: Document = {
            "_id": str(event_id),
            "feedback_id": str(feedback.feedback_id),
            "status": MailStatus.PENDING.value,
            "next_at": at,
            "attempts": 0,
            "to": to.model_dump(mode="json"),
            "notice": _fields(notice),
        }
        try:
            await self._collection.insert_one(document)
        except DuplicateKey:
            return False
        return True

    async def lease_mail(self, now: datetime, lease: timedelta) -> Due | None:
        """The notice that has been due longest. No other instance gets it until `lease` is over."""
        found = await self._collection.find_one_and_update(
            {"status": MailStatus.PENDING.value, "next_at": {"$lte": now}},
            {"$set": {"next_at": now + lease}, "$inc": {"attempts": 1}},
            sort=[("next_at", 1)],
        )
        if found is None:
            return None
        feedback = await self._feedback.load(UUID(found["feedback_id"]))
        assert feedback is not None, "feedback is never deleted"
        mail = Acknowledgement(
            to=Sealed.model_validate(found["to"]),
            next_at=found["next_at"],
            status=MailStatus(found["status"]),
            attempts=found["attempts"],
        )
        return Due(found["_id"], feedback, mail, _notice(found["notice"]))

    async def postpone_mail(self, key: str, until: datetime, *, error: str) -> None:
        """It could not be sent now; `error` is why."""
        await self._collection.update_one({"_id": key}, {"$set": {"next_at": until, "error": error}})

    async def settle_mail(self, key: str, status: MailStatus, at: datetime, *, error: str | None = None) -> None:
        """Record what became of it."""
        fields: Document = {"status": status.value, "settled_at": at}
        await self._collection.update_one({"_id": key}, {"$set": fields if error is None else {**fields, "error": error}})

    async def count_mails(self, status: MailStatus) -> int:
        return await self._collection.count({"status": status.value})


def _fields(notice: Notice) -> Document:
    days = {name: getattr(notice, name) for name in ("acknowledge_by", "respond_by")}
    return {
        "kind": notice.kind.value,
        "procedure": notice.procedure,
        **{name: day.isoformat() if day else None for name, day in days.items()},
    }


def _notice(document: Mapping[str, Any]) -> Notice:
    days = {n: date.fromisoformat(document[n]) if document[n] else None for n in ("acknowledge_by", "respond_by")}
    return Notice(Kind(document["kind"]), document["procedure"], **days)
