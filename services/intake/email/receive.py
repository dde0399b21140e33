"""Turns an email into feedback, or into a later message on the feedback that it answers."""

from __future__ import annotations

import asyncio
import hashlib
import re
import uuid
from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

import structlog

from services.intake.attachments.files import read_file
from services.intake.email.parsing import Mail, Part, parse
from services.intake.fingerprints import Fingerprints
from services.intake.metrics import IntakeMetrics
from services.intake.model import Feedback, MailTo
from services.intake.receiving import OtherPayload, Receiving
from services.intake.settings import IntakeSettings
from services.intake.store import FeedbackStore
from services.intake.submissions import (
    ATTACHMENTS_LIMIT,
    File,
    Incoming,
    IncomingMessage,
    stored,
    usable_address,
)
from shared.clock import now
from shared.events.codes import Channel, Kind
from shared.events.feedback import FeedbackContent, MessageContent
from shared.ids import feedback_id
from shared.telemetry.logs import get
from shared.vault import KeyDestroyed

log = get(__name__)
MailResult = Literal["feedback", "message", "again"]
RAW: Final = "message/rfc822"
_RAW_NAME: Final = "original message.eml"
_NO_TEXT: Final = "[The message has no text.]"


class ReceiveMail:
    """Feedback and later messages by email. It parses and addresses; `Receiving` does the rest, as for every channel."""

    def __init__(
        self,
        settings: IntakeSettings,
        store: FeedbackStore,
        receiving: Receiving,
        fingerprints: Fingerprints,
        metrics: IntakeMetrics,
    ) -> None:
        self._settings = settings
        self._own = settings.addresses()
        self._store = store
        self._receiving = receiving
        self._fingerprints = fingerprints
        self._metrics = metrics

    def kind_for(self, recipient: str) -> Kind | None:
        """The kind of feedback that is received at an address; None for none. `name+anything@` is `name@`."""
        local, _, domain = recipient.lower().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return self._own.get(f"{local}@{domain}") or self._own.get(plain) or self._settings.mail_catch_all

    async def receive(self, raw: bytes, return_path: str, kinds: Sequence[Kind]) -> MailResult:
        """Durable when this returns. `kinds` are those of the addresses that it was sent to.

        Raises:
            StoreUnavailable: nothing is durable for certain; the sender is to try again.
        """
        correlation = uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(correlation_id=correlation)
        mail = await asyncio.to_thread(parse, raw, return_path, frozenset(self._own))
        if mail.unreadable:
            log.warning("an email could not be read in full", errors=mail.unreadable)
        key = mail.message_id or hashlib.sha256(raw).hexdigest()
        result = await self._receive(raw, mail, key, kinds, correlation)
        self._metrics.mail_in.labels(result).inc()
        log.info("email received", result=result, bytes=len(raw), files=len(mail.parts))
        return result

    async def _receive(self, raw: bytes, mail: Mail, key: str, kinds: Sequence[Kind], correlation: str) -> MailResult:
        fingerprint = self._fingerprints.of_bytes(mail.identity)
        answered = await self._answered(mail)
        if answered is not None:
            message = self._message(raw, mail, f"{key} {fingerprint}", correlation)
            try:
                return "message" if await self._receiving.add_message(answered, message) else "again"
            except KeyDestroyed:
                log.info("the feedback that an email answers was erased; it becomes new feedback")
        # A Message-ID that was used before for another message must not make this one vanish.
        for identity in (key, f"{key} {fingerprint}"):
            item = feedback_id("email", identity)
            incoming = self._incoming(raw, mail, item, fingerprint, kinds, correlation)
            try:
                receipt = await self._receiving.receive(incoming)
            except OtherPayload:
                continue
            return "again" if receipt.again else "feedback"
        return "again"

    async def _answered(self, mail: Mail) -> Feedback | None:
        """The feedback that a mail answers: by the Message-ID of our acknowledgement, else by a reference in its subject."""
        ending = f"@{self._settings.mail_domain}>"
        for answered in mail.answers:
            if answered.endswith(ending):
                try:
                    # Of a notice the id of the feedback is followed by that of the notice.
                    named = UUID(answered[1 : -len(ending)].partition(".")[0])
                except ValueError:
                    continue
                if (feedback := await self._store.load(named)) is not None:
                    return feedback
        for reference in mail.references:
            if (feedback := await self._store.by_reference(reference)) is not None:
                return feedback
        return None

    def _incoming(self, raw: bytes, mail: Mail, item: UUID, fingerprint: str, kinds: Sequence[Kind], correlation: str) -> Incoming:
        files, note = _files(mail)
        address = None if self._unanswerable(mail) else usable_address(mail.address)
        return Incoming(
            feedback_id=item,
            kind=next((kind for kind in Kind if kind in kinds), Kind.COMPLAINT),
            channel=Channel.EMAIL,
            content=FeedbackContent(
                name=mail.name,
                email=mail.address,
                subject=mail.subject,
                narrative=(mail.narrative or _NO_TEXT) + note,
            ),
            received_at=stored(now()),
            fingerprint=fingerprint,
            correlation_id=correlation,
            files=files,
            original=_original(raw),
            acknowledge_to=MailTo(address=address, in_reply_to=_quotable(mail.message_id)) if address else None,
        )

    def _message(self, raw: bytes, mail: Mail, key: str, correlation: str) -> IncomingMessage:
        files, note = _files(mail)
        return IncomingMessage(
            key=key,
            channel=Channel.EMAIL,
            content=MessageContent(sender=mail.address, subject=mail.subject, text=(mail.reply(self._own) or _NO_TEXT) + note),
            received_at=stored(now()),
            correlation_id=correlation,
            files=(_original(raw), *files),
        )

    def _unanswerable(self, mail: Mail) -> bool:
        return mail.automatic or (self.kind_for(mail.address) is not None and mail.address.lower() in self._own)


def _original(raw: bytes) -> File:
    """The email exactly as it came."""
    return File(_RAW_NAME, RAW, raw, purpose="raw-message")


def _files(mail: Mail) -> tuple[tuple[File, ...], str]:
    """The files of a mail that are accepted, and a note of the others, which are kept inside the original only."""
    files: list[File] = []
    others: list[Part] = []
    for part in mail.parts:
        file = read_file(part.data, part.declared, part.name)
        if file is None or len(files) == ATTACHMENTS_LIMIT:
            others.append(part)
        else:
            files.append(file)
    note = "".join(
        f"\n\n[Kept only inside the original message: {part.name or 'a file'}, {part.declared[:100]}]" for part in others[:20]
    )
    return tuple(files), note


def _quotable(message_id: str) -> str:
    """A Message-ID that can stand in a header of ours; a strange one is not answered by name."""
    return message_id if len(message_id) <= 200 and re.fullmatch(r"<[!-;=?-~]+>", message_id) else ""
