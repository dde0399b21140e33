"""Keeps attachments: each sealed under a data key of its own, whose id is the attachment's.

An attachment comes before its feedback, and may never get one. Erasing feedback destroys its key and
those of the attachments that it names; an attachment that no feedback took within a day is swept away.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from services.intake.store import FeedbackStore
from shared.clock import now
from shared.events.feedback import AttachmentRef
from shared.events.sealed import Sealed
from shared.store import Blobs, Collection, Document
from shared.telemetry.logs import get
from shared.vault import Vault

log = get(__name__)
ORPHANED_AFTER = timedelta(hours=24)


class _Name(BaseModel):
    name: str


class UnknownAttachments(Exception):
    """These are not there, or belong to other feedback."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        super().__init__(", ".join(map(str, ids)))
        self.ids = tuple(ids)


@dataclass(frozen=True)
class Kept:
    """An attachment and the name its sender gave it, which is personal data."""

    ref: AttachmentRef
    name: str


class Attachments:
    """`purpose` binds what is sealed: `attachment`, or `raw-message` for an email as it came."""

    def __init__(self, collection: Collection, blobs: Blobs, vault: Vault, feedback: FeedbackStore) -> None:
        self._collection = collection
        self._blobs = blobs
        self._vault = vault
        self._feedback = feedback

    async def prepare(self) -> None:
        """Create the index that orphans are found by. Idempotent."""
        await self._collection.create_index(
            [("created_at", 1)], name="unconfirmed", partial={"confirmed": False}
        )

    async def keep(
        self,
        data: bytes,
        name: str,
        media_type: str,
        *,
        purpose: str = "attachment",
        owner: UUID | None = None,
    ) -> Kept:
        """Store it durably, for no feedback so far or for one that is about to be stored."""
        attachment_id = uuid.uuid4()
        await self._vault.create_key(attachment_id)
        sealed = await self._vault.seal_bytes(attachment_id, data, purpose=purpose)
        ref = AttachmentRef(
            attachment_id=attachment_id,
            media_type=media_type,
            size=len(data),
            # Of what is stored: that of the content would tell a known file again after erasure.
            sha256=hashlib.sha256(sealed).hexdigest(),
        )
        sealed_name = await self._vault.seal(attachment_id, _Name(name=name), purpose="attachment-name")
        # First the document, so that the sweep knows of every blob.
        await self._collection.insert_one(
            {
                "_id": str(attachment_id),
                "purpose": purpose,
                "media_type": ref.media_type,
                "size": ref.size,
                "sha256": ref.sha256,
                "name": sealed_name.model_dump(mode="json"),
                "created_at": now(),
                "feedback_id": None if owner is None else str(owner),
                "confirmed": False,
            }
        )
        await self._blobs.put(str(attachment_id), sealed)
        return Kept(ref, name)

    async def claim(self, ids: Sequence[UUID], feedback_id: UUID) -> list[Kept]:
        """Give attachments to feedback that is about to be stored. The same claim may be made again.

        Raises:
            UnknownAttachments: some are not there, or another feedback has them.
        """
        if not ids:
            return []
        wanted = {"_id": {"$in": [str(i) for i in ids]}, "feedback_id": {"$in": [None, str(feedback_id)]}}
        found = {UUID(d["_id"]): d async for d in self._collection.find({**wanted, "swept": None})}
        missing = [i for i in ids if i not in found]
        if missing:
            raise UnknownAttachments(missing)
        claimed = await self._collection.update_many(
            {**wanted, "swept": None}, {"$set": {"feedback_id": str(feedback_id), "created_at": now()}}
        )
        if claimed != len(found):
            raise UnknownAttachments(list(ids))
        return [await self._kept(found[i]) for i in dict.fromkeys(ids)]

    async def confirm(self, refs: Sequence[AttachmentRef]) -> None:
        """Their feedback is durable: the sweep need not ask for it again."""
        if refs:
            ids = [str(ref.attachment_id) for ref in refs]
            await self._collection.update_many({"_id": {"$in": ids}}, {"$set": {"confirmed": True}})

    async def read(self, attachment_id: UUID) -> tuple[Kept, bytes] | None:
        """An attachment with its bytes; None if there is no such.

        Raises:
            KeyDestroyed: it was erased.
        """
        document = await self._collection.find_one({"_id": str(attachment_id), "swept": None})
        if document is None or not await self._blobs.exists(str(attachment_id)):
            return None
        kept = await self._kept(document)
        sealed = await self._blobs.get(str(attachment_id))
        return kept, await self._vault.unseal_bytes(attachment_id, sealed, purpose=document["purpose"])

    async def sweep(self, before: datetime) -> int:
        """Destroy what was uploaded before an instant and belongs to no feedback; how many."""
        swept = 0
        old = {"confirmed": False, "created_at": {"$lt": before}}
        for document in await self._collection.find_list(old, limit=500):
            owner = document["feedback_id"]
            attachment_id = UUID(document["_id"])
            if owner is not None and await self._belongs(attachment_id, UUID(owner)):
                await self._collection.update_one({"_id": document["_id"]}, {"$set": {"confirmed": True}})
                continue
            # Marked first, so that no claim can take it from here on.
            if not await self._collection.update_one(
                {**old, "_id": document["_id"], "feedback_id": owner}, {"$set": {"swept": now()}}
            ):
                continue
            await self._vault.destroy_key(attachment_id)
            await self._blobs.delete(document["_id"])
            await self._collection.delete_one({"_id": document["_id"]})
            swept += 1
        return swept

    async def _belongs(self, attachment_id: UUID, owner: UUID) -> bool:
        document = await self._feedback.load(owner)
        return document is not None and str(attachment_id) in _named(document)

    async def _kept(self, document: Document) -> Kept:
        name = await self._vault.unseal(
            Sealed.model_validate(document["name"]), _Name, purpose="attachment-name"
        )
        ref = AttachmentRef(
            attachment_id=UUID(document["_id"]),
            media_type=document["media_type"],
            size=document["size"],
            sha256=document["sha256"],
        )
        return Kept(ref, name.name)


def _named(document: Document) -> set[str]:
    """The attachments that a feedback's document names, its messages' and the raw message among them."""
    refs = [*document.get("attachments", []), *filter(None, [document.get("raw_message")])]
    for message in document.get("messages", []):
        refs += message.get("attachments", [])
    return {ref["attachment_id"] for ref in refs}
