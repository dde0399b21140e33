"""Keeps attachments: each sealed under a data key of its own, whose id is the attachment's.

An attachment comes before its feedback, and may never get one. Erasing feedback destroys its key and
those of the attachments that it names; an attachment that no feedback names within a day is swept.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from services.intake.store import FeedbackStore
from services.intake.submissions import File
from shared.clock import now
from shared.errors import Fault, Invalid
from shared.events.feedback import AttachmentRef
from shared.events.sealed import Sealed
from shared.store import Blobs, Collection, Document
from shared.telemetry.logs import get
from shared.vault import Vault

log = get(__name__)
ORPHANED_AFTER = timedelta(hours=24)


class _Name(BaseModel):
    name: str


class UnknownAttachments(Invalid):
    """Of the uploads that feedback names (`attachment_ids`), those at these positions cannot be had."""

    def __init__(self, positions: Iterable[int]) -> None:
        super().__init__(
            "unknown-attachment",
            "An attachment is not there, or belongs to other feedback. Upload it again.",
            [Fault(f"/attachment_ids/{n}", "unknown") for n in positions],
        )


@dataclass(frozen=True)
class Kept:
    """An attachment and the name its sender gave it, which is personal data."""

    ref: AttachmentRef
    name: str


class Attachments:
    def __init__(self, collection: Collection, blobs: Blobs, vault: Vault, feedback: FeedbackStore) -> None:
        self._collection = collection
        self._blobs = blobs
        self._vault = vault
        self._feedback = feedback

    async def prepare(self) -> None:
        """Create the index that orphans are found by. Idempotent."""
        await self._collection.create_index([("created_at", 1)], name="unconfirmed", partial={"confirmed": False})

    async def keep(self, file: File, *, owner: UUID | None = None) -> Kept:
        """Store it durably, for no feedback so far or for one that is about to be stored."""
        attachment_id = uuid.uuid4()
        await self._vault.create_key(attachment_id)
        sealed = await self._vault.seal_bytes(attachment_id, file.data, purpose=file.purpose)
        ref = AttachmentRef(
            attachment_id=attachment_id,
            media_type=file.media_type,
            size=len(file.data),
            # Of what is stored: that of the content would identify a known file even after erasure.
            sha256=hashlib.sha256(sealed).hexdigest(),
        )
        sealed_name = await self._vault.seal(attachment_id, _Name(name=file.name), purpose="attachment-name")
        # First the document, so that the sweep knows of every blob.
        await self._collection.insert_one(
            {
                "_id": str(attachment_id),
                "purpose": file.purpose,
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
        return Kept(ref, file.name)

    async def claim(self, ids: Sequence[UUID], feedback_id: UUID) -> list[Kept]:
        """Give attachments to feedback that is about to be stored. The same claim may be made again.

        Raises:
            UnknownAttachments: some are not there, or another feedback has them.
        """
        if not ids:
            return []
        wanted = {"_id": {"$in": [str(i) for i in ids]}, "feedback_id": {"$in": [None, str(feedback_id)]}}
        found = {UUID(d["_id"]): d async for d in self._collection.find({**wanted, "swept": None})}
        if missing := [n for n, i in enumerate(ids) if i not in found]:
            raise UnknownAttachments(missing)
        claimed = await self._collection.update_many(
            {**wanted, "swept": None}, {"$set": {"feedback_id": str(feedback_id), "created_at": now()}}
        )
        if claimed != len(found):
            raise UnknownAttachments(range(len(ids)))
        return [await self._kept(found[i]) for i in dict.fromkeys(ids)]

    async def confirm(self, ids: Iterable[UUID]) -> None:
        """Their feedback is durable: the sweep need not ask for it again."""
        if confirmed := [str(i) for i in ids]:
            await self._collection.update_many({"_id": {"$in": confirmed}}, {"$set": {"confirmed": True}})

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
            # Marked first, so that nothing can claim it from here on.
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
        feedback = await self._feedback.load(owner)
        return feedback is not None and attachment_id in feedback.attachment_ids

    async def _kept(self, document: Document) -> Kept:
        name = await self._vault.unseal(Sealed.model_validate(document["name"]), _Name, purpose="attachment-name")
        ref = AttachmentRef(
            attachment_id=UUID(document["_id"]),
            media_type=document["media_type"],
            size=document["size"],
            sha256=document["sha256"],
        )
        return Kept(ref, name.name)
