"""Receives feedback from every channel: durable first, then a receipt. The same item handed in twice is the same item."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from services.intake.attachments.keeping import Attachments, Kept
from services.intake.metrics import IntakeMetrics
from services.intake.model import (
    Acknowledgement,
    Feedback,
    Message,
    Receipt,
    message_added,
    message_id_of,
    outgoing,
    received,
)
from services.intake.store import FeedbackStore
from services.intake.submissions import Incoming, IncomingMessage, routed
from shared import failpoints
from shared.clock import now
from shared.errors import Conflict, NotFound
from shared.events.feedback import FeedbackWithdrawn
from shared.references import readings, reference
from shared.taxonomy.codes import Codes
from shared.vault import Vault


class OtherPayload(Conflict):
    """Under this id something else was received before: a key was used for two different things."""

    def __init__(self, earlier: Feedback) -> None:
        super().__init__("other-payload", "Other feedback was received under this key before.")
        self.earlier = earlier


class Receiving:
    """The only entry for feedback: every channel calls `receive`. `wake_relay` is called when something new is durable."""

    def __init__(
        self,
        store: FeedbackStore,
        attachments: Attachments,
        vault: Vault,
        metrics: IntakeMetrics,
        wake_relay: Callable[[], None],
        codes: Codes,
    ) -> None:
        self._store = store
        self._attachments = attachments
        self._vault = vault
        self._metrics = metrics
        self._wake_relay = wake_relay
        self._codes = codes

    async def receive(self, incoming: Incoming) -> Receipt:
        """Durable when this returns, with its files and its acknowledgement; the relay publishes its event, now or later.

        Raises:
            OtherPayload: the id was used for something else.
            UnknownAttachments: an upload that it names is not there, or belongs to other feedback.
            StoreUnavailable: nothing is durable for certain; the same call may be made again.
        """
        if (earlier := await self._earlier(incoming)) is not None:
            return earlier
        incoming = routed(incoming, self._codes)
        owner = incoming.feedback_id
        files = await self._attachments.claim(incoming.uploads, owner)
        files += [await self._attachments.keep(file, owner=owner) for file in incoming.files]
        original = None
        if incoming.original is not None:
            original = await self._attachments.keep(incoming.original, owner=owner)
        moment = now()
        feedback = await self._seal(incoming, files, original, moment)
        event = outgoing(
            feedback,
            received(feedback),
            time=feedback.received_at,
            recorded_at=moment,
            correlation_id=incoming.correlation_id,
        )
        failpoints.hit("intake.before-insert")
        inserted = await self._store.insert(feedback, event)
        failpoints.hit("intake.after-insert")
        if not inserted:
            # Another attempt at the same moment was first.
            earlier = await self._earlier(incoming)
            assert earlier is not None
            return earlier
        self._wake_relay()
        await self._attachments.confirm(feedback.attachment_ids)
        self._metrics.received.labels(feedback.channel.value, feedback.kind.value).inc()
        return Receipt(feedback)

    async def add_message(self, feedback: Feedback, incoming: IncomingMessage) -> bool:
        """A later message on known feedback; False when the message of that key is there already.

        Raises:
            KeyDestroyed: the person was erased.
            StoreUnavailable: as in `receive`.
        """
        owner = feedback.feedback_id
        message_id = message_id_of(owner, incoming.key)
        if feedback.has_message(message_id):
            return False
        kept = [await self._attachments.keep(file, owner=owner) for file in incoming.files]
        content = incoming.content.model_copy(update={"attachment_names": _names(kept)})
        sealed = await self._vault.seal(owner, content, purpose="message")
        message = Message(message_id, incoming.channel, incoming.received_at, tuple(k.ref for k in kept))
        while not feedback.has_message(message_id):
            event = outgoing(
                feedback,
                message_added(feedback, message, sealed),
                time=message.received_at,
                recorded_at=now(),
                correlation_id=incoming.correlation_id,
            )
            failpoints.hit("intake.before-message")
            if await self._store.add_message(feedback, message, event):
                self._wake_relay()
                await self._attachments.confirm(ref.attachment_id for ref in message.attachments)
                return True
            feedback = await self._again(feedback)
        return False

    async def withdraw(self, feedback: Feedback, *, correlation_id: str) -> datetime:
        """The person withdrew it; when that was recorded, UTC. Called again, nothing changes."""
        while feedback.withdrawn_at is None:
            moment = now()
            event = outgoing(
                feedback,
                FeedbackWithdrawn(feedback_id=feedback.feedback_id, withdrawn_at=moment),
                time=moment,
                recorded_at=moment,
                correlation_id=correlation_id,
            )
            if await self._store.withdraw(feedback, moment, event):
                self._wake_relay()
                return moment
            feedback = await self._again(feedback)
        return feedback.withdrawn_at

    async def find(self, typed: str) -> Feedback:
        """Feedback by its reference as a person may type it.

        Raises:
            NotFound: nobody has this reference.
        """
        feedback = await self._store.by_reference(*readings(typed))
        if feedback is None:
            raise NotFound("no-feedback", "There is no feedback of that reference.")
        return feedback

    async def _earlier(self, incoming: Incoming) -> Receipt | None:
        """The receipt of an earlier attempt. Raises OtherPayload."""
        feedback = await self._store.load(incoming.feedback_id)
        if feedback is None:
            return None
        if feedback.fingerprint != incoming.fingerprint:
            raise OtherPayload(feedback)
        return Receipt(feedback, again=True)

    async def _seal(self, incoming: Incoming, files: list[Kept], original: Kept | None, moment: datetime) -> Feedback:
        """The feedback, its personal part under a key of its own."""
        owner = incoming.feedback_id
        await self._vault.create_key(owner)
        content = incoming.content.model_copy(update={"attachment_names": _names(files)})
        sealed = await self._vault.seal(owner, content, purpose="feedback")
        acknowledgement = None
        if incoming.acknowledge_to is not None:
            to = await self._vault.seal(owner, incoming.acknowledge_to, purpose="acknowledgement")
            acknowledgement = Acknowledgement(to, next_at=moment)
        return Feedback(
            feedback_id=owner,
            reference=reference(owner),
            kind=incoming.kind,
            channel=incoming.channel,
            received_at=incoming.received_at,
            fingerprint=incoming.fingerprint,
            service_area=incoming.service_area,
            district=incoming.district,
            complainant_type=incoming.complainant_type,
            procedure=incoming.procedure,
            procedure_rule=incoming.procedure_rule,
            sealed=sealed,
            attachments=tuple(k.ref for k in files),
            raw_message=original.ref if original else None,
            acknowledgement=acknowledgement,
        )

    async def _again(self, feedback: Feedback) -> Feedback:
        """The feedback as it is now. LookupError: it is there no longer."""
        current = await self._store.load(feedback.feedback_id)
        if current is None:
            raise LookupError(f"no feedback {feedback.feedback_id}")
        return current


def _names(kept: Iterable[Kept]) -> dict[str, str]:
    return {str(k.ref.attachment_id): k.name for k in kept}
