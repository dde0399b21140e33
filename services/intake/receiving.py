"""Takes feedback in: durable first, then a receipt. The same item handed in twice is the same item."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from services.intake.model import Incoming, Receipt, outgoing, received
from services.intake.store import FeedbackStore, pending_mail, receipt
from shared import failpoints
from shared.clock import now
from shared.events.codes import Channel
from shared.events.feedback import AttachmentRef, FeedbackMessageAdded, FeedbackWithdrawn, MessageContent
from shared.events.outgoing import Outgoing
from shared.ids import reference
from shared.store import Document
from shared.vault import Vault

_MESSAGE = uuid.UUID("1d9b8a52-6b0b-5f7e-9a35-9f0f4a1a7a06")


class OtherPayload(Exception):
    """Under this id something else was taken in before: a key was used for two different things."""

    def __init__(self, earlier: Receipt) -> None:
        super().__init__("the key was used before for another payload")
        self.earlier = earlier


class Reception:
    """What every channel hands its feedback to. `wake_relay` is called when something new is durable."""

    def __init__(self, store: FeedbackStore, vault: Vault, wake_relay: Callable[[], None]) -> None:
        self._store = store
        self._vault = vault
        self._wake_relay = wake_relay

    async def known(self, feedback_id: UUID, fingerprint: str) -> Receipt | None:
        """The receipt of an earlier attempt. Raises OtherPayload."""
        document = await self._store.load(feedback_id)
        if document is None:
            return None
        found = receipt(document, again=True)
        if document.get("fingerprint") != fingerprint:
            raise OtherPayload(found)
        return found

    async def accept(self, incoming: Incoming) -> Receipt:
        """Durable when this returns, and published later whatever happens.

        Raises:
            OtherPayload: the id was used for something else.
            StoreUnavailable: nothing is durable for certain; the same call may be made again.
        """
        await self._vault.create_key(incoming.feedback_id)
        sealed = await self._vault.seal(incoming.feedback_id, incoming.content, purpose="feedback")
        moment = now()
        mails = []
        if incoming.acknowledge_to is not None:
            to = await self._vault.seal(
                incoming.feedback_id, incoming.acknowledge_to, purpose="acknowledgement"
            )
            mails.append(pending_mail(to, moment))
        event = outgoing(
            incoming.feedback_id,
            received(incoming, sealed),
            version=1,
            time=incoming.received_at,
            recorded_at=moment,
            correlation_id=incoming.correlation_id,
        )
        failpoints.hit("intake.before-insert")
        inserted = await self._store.insert(incoming, sealed, mails, event)
        failpoints.hit("intake.after-insert")
        if not inserted:
            known = await self.known(incoming.feedback_id, incoming.fingerprint)
            assert known is not None
            return known
        self._wake_relay()
        return Receipt(
            incoming.feedback_id, reference(incoming.feedback_id), incoming.kind, incoming.received_at
        )

    async def add_message(
        self,
        feedback_id: UUID,
        key: str,
        content: MessageContent,
        *,
        channel: Channel,
        received_at: datetime,
        attachments: tuple[AttachmentRef, ...],
        correlation_id: str,
    ) -> bool:
        """A later message on known feedback; False when the message of that `key` is there already.

        Raises:
            KeyDestroyed: the person was erased.
        """
        message_id = message_id_of(feedback_id, key)
        sealed = await self._vault.seal(feedback_id, content, purpose="message")
        event = FeedbackMessageAdded(
            feedback_id=feedback_id,
            message_id=message_id,
            channel=channel,
            received_at=received_at,
            sealed=sealed,
            attachments=attachments,
        )
        message = {
            "message_id": str(message_id),
            "received_at": received_at,
            "channel": channel.value,
            "attachments": [ref.model_dump(mode="json") for ref in attachments],
        }
        while True:
            document = await self._store.load(feedback_id)
            if document is None:
                raise LookupError(f"no feedback {feedback_id}")
            if has_message(document, message_id):
                return False
            out = self._next(document, event, received_at, correlation_id)
            failpoints.hit("intake.before-message")
            if await self._store.append(document, {}, out, message=message):
                self._wake_relay()
                return True

    async def withdraw(self, document: Document, *, correlation_id: str) -> datetime:
        """The person took it back; when that was recorded. Asked for again, nothing changes."""
        current: Document | None = document
        while current is not None and current.get("withdrawn_at") is None:
            moment = now()
            event = FeedbackWithdrawn(feedback_id=UUID(current["_id"]), withdrawn_at=moment)
            out = self._next(current, event, moment, correlation_id)
            if await self._store.append(current, {"withdrawn_at": moment}, out):
                self._wake_relay()
                return moment
            current = await self._store.load(UUID(current["_id"]))
        assert current is not None
        at: datetime = current["withdrawn_at"]
        return at

    @staticmethod
    def _next(
        document: Document,
        event: FeedbackMessageAdded | FeedbackWithdrawn,
        time: datetime,
        correlation_id: str,
    ) -> Outgoing:
        return outgoing(
            UUID(document["_id"]),
            event,
            version=document["version"] + 1,
            time=time,
            recorded_at=now(),
            correlation_id=correlation_id,
        )


def message_id_of(feedback_id: UUID, key: str) -> UUID:
    """The id of a later message: the same for the same key, so that a retry adds nothing."""
    return uuid.uuid5(_MESSAGE, f"{feedback_id}:{key}")


def has_message(document: Document, message_id: UUID) -> bool:
    return any(m["message_id"] == str(message_id) for m in document.get("messages", []))
