"""Turns an email into feedback, or into a later message on feedback that it answers."""

from __future__ import annotations

import asyncio
import hashlib
import re
import uuid
from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

import structlog

from services.intake.attachments.keeping import Attachments, Kept
from services.intake.attachments.sniff import media_type
from services.intake.email.parsing import Mail, Part, parse
from services.intake.limits import FILE_BYTES
from services.intake.metrics import IntakeMetrics
from services.intake.model import ATTACHMENTS_LIMIT, Fingerprints, Incoming, MailTo, usable_address
from services.intake.receiving import OtherPayload, Reception, has_message, message_id_of
from services.intake.settings import IntakeSettings
from services.intake.store import FeedbackStore
from services.intake.submissions import clean_name, instant
from shared.events.codes import Channel, Kind
from shared.events.feedback import FeedbackContent, MessageContent
from shared.ids import feedback_id
from shared.store import Document
from shared.telemetry.logs import get
from shared.vault import KeyDestroyed

log = get(__name__)
Taken = Literal["feedback", "message", "again"]
RAW: Final = "message/rfc822"
_NAMES: Final = "original message.eml"


class MailDesk:
    def __init__(
        self,
        settings: IntakeSettings,
        store: FeedbackStore,
        reception: Reception,
        attachments: Attachments,
        fingerprints: Fingerprints,
        metrics: IntakeMetrics,
    ) -> None:
        self._settings = settings
        self._own = settings.addresses()
        self._store = store
        self._reception = reception
        self._attachments = attachments
        self._fingerprints = fingerprints
        self._metrics = metrics

    def kind_of(self, recipient: str) -> Kind | None:
        """The kind of feedback that an address takes; None when it takes none. `name+anything@` is `name@`."""
        local, _, domain = recipient.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return self._own.get(f"{local}@{domain}") or self._own.get(plain) or self._settings.mail_catch_all

    async def take(self, raw: bytes, return_path: str, kinds: Sequence[Kind]) -> Taken:
        """Durable when this returns.

        Raises:
            StoreUnavailable: nothing is durable for certain; the sender is to try again.
        """
        correlation = uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(correlation_id=correlation)
        mail = await asyncio.to_thread(parse, raw, return_path, frozenset(self._own))
        key = mail.message_id or hashlib.sha256(raw).hexdigest()
        fingerprint = self._fingerprints.of_bytes(mail.identity)
        taken = await self._take(raw, mail, key, fingerprint, kinds, correlation)
        self._metrics.mail_in.labels(taken).inc()
        log.info("email taken in", result=taken, bytes=len(raw), files=len(mail.parts))
        return taken

    async def _take(
        self, raw: bytes, mail: Mail, key: str, fingerprint: str, kinds: Sequence[Kind], correlation: str
    ) -> Taken:
        # A Message-ID that was used before for another message must not make this one vanish.
        for identity in (key, f"{key} {fingerprint}"):
            item = feedback_id("email", identity)
            try:
                if await self._reception.known(item, fingerprint):
                    return "again"
            except OtherPayload:
                continue
            answered = await self._answered(mail)
            if answered is not None:
                try:
                    return await self._message(raw, mail, answered, f"{key} {fingerprint}", correlation)
                except KeyDestroyed:
                    log.info("the feedback that an email answers was erased; it is taken as new")
            try:
                return await self._feedback(raw, mail, item, fingerprint, kinds, correlation)
            except OtherPayload:
                continue
        return "again"

    async def _answered(self, mail: Mail) -> Document | None:
        """The feedback that a mail answers: by the Message-ID of our acknowledgement, else by a reference in its subject."""
        ending = f"@{self._settings.mail_domain}>"
        for answered in mail.answers:
            if answered.endswith(ending):
                try:
                    named = UUID(answered[1 : -len(ending)])
                except ValueError:
                    continue
                if (document := await self._store.load(named)) is not None:
                    return document
        for reference in mail.references:
            if (document := await self._store.by_reference(reference)) is not None:
                return document
        return None

    async def _feedback(
        self, raw: bytes, mail: Mail, id: UUID, fingerprint: str, kinds: Sequence[Kind], correlation: str
    ) -> Taken:
        original, files, note = await self._keep(raw, mail, id)
        kind = next((k for k in Kind if k in kinds), Kind.COMPLAINT)
        address = None if self._unanswerable(mail) else usable_address(mail.address)
        receipt = await self._reception.accept(
            Incoming(
                feedback_id=id,
                kind=kind,
                channel=Channel.EMAIL,
                content=FeedbackContent(
                    name=mail.name,
                    email=mail.address,
                    subject=mail.subject,
                    narrative=(mail.narrative or "[The message has no text.]") + note,
                    attachment_names={str(k.ref.attachment_id): k.name for k in files},
                ),
                received_at=instant(),
                fingerprint=fingerprint,
                correlation_id=correlation,
                attachments=tuple(k.ref for k in files),
                raw_message=original.ref,
                acknowledge_to=MailTo(address=address, in_reply_to=_quotable(mail.message_id))
                if address
                else None,
            )
        )
        if receipt.again:
            return "again"
        await self._attachments.confirm([k.ref for k in (original, *files)])
        self._metrics.received.labels(Channel.EMAIL.value, kind.value).inc()
        return "feedback"

    async def _message(self, raw: bytes, mail: Mail, document: Document, key: str, correlation: str) -> Taken:
        owner = UUID(document["_id"])
        if has_message(document, message_id_of(owner, key)):
            return "again"
        original, files, note = await self._keep(raw, mail, owner)
        kept = (original, *files)
        content = MessageContent(
            sender=mail.address,
            subject=mail.subject,
            text=(mail.reply(self._own) or "[The message has no text.]") + note,
            attachment_names={str(k.ref.attachment_id): k.name for k in kept},
        )
        added = await self._reception.add_message(
            owner,
            key,
            content,
            channel=Channel.EMAIL,
            received_at=instant(),
            attachments=tuple(k.ref for k in kept),
            correlation_id=correlation,
        )
        if not added:
            return "again"
        await self._attachments.confirm([k.ref for k in kept])
        return "message"

    async def _keep(self, raw: bytes, mail: Mail, owner: UUID) -> tuple[Kept, list[Kept], str]:
        """The message as it came, its files of the types that are taken, and a note of the others."""
        original = await self._attachments.keep(raw, _NAMES, RAW, purpose="raw-message", owner=owner)
        files: list[Kept] = []
        left: list[Part] = []
        for part in mail.parts:
            found = media_type(part.data, part.declared, part.name)
            if found is None or len(part.data) > FILE_BYTES or len(files) == ATTACHMENTS_LIMIT:
                left.append(part)
            else:
                files.append(
                    await self._attachments.keep(part.data, clean_name(part.name, found), found, owner=owner)
                )
        note = "".join(
            f"\n\n[Kept only inside the original message: {part.name or 'a file'}, {part.declared[:100]}]"
            for part in left[:20]
        )
        return original, files, note

    def _unanswerable(self, mail: Mail) -> bool:
        return mail.automatic or (
            self.kind_of(mail.address) is not None and mail.address.lower() in self._own
        )


def _quotable(message_id: str) -> str:
    """A Message-ID that can stand in a header of ours; a strange one is not answered by name."""
    return message_id if len(message_id) <= 200 and re.fullmatch(r"<[!-;=?-~]+>", message_id) else ""
