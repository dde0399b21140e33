"""The submissions at which the API and the form hand in: checks a submission, then has it taken in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any
from uuid import UUID

from services.intake.attachments.keeping import Attachments, Kept, UnknownAttachments
from services.intake.attachments.sniff import ALLOWED
from services.intake.codes import LISTS, Codes
from services.intake.importing import Importer, RowAnswer
from services.intake.metrics import IntakeMetrics
from services.intake.model import Fingerprints, Incoming, MailTo, Receipt, Submission, usable_address
from services.intake.receiving import OtherPayload, Reception
from services.intake.store import FeedbackStore
from shared.clock import now
from shared.events.codes import Channel
from shared.ids import feedback_id, normalise_reference
from shared.settings import StaffMember
from shared.store import Document
from shared.web.problems import FieldFault, Problem

_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_PUBLIC = frozenset({Channel.WEB, Channel.API})


class Submissions:
    def __init__(
        self,
        store: FeedbackStore,
        reception: Reception,
        attachments: Attachments,
        importer: Importer,
        codes: Codes,
        fingerprints: Fingerprints,
        metrics: IntakeMetrics,
    ) -> None:
        self.store = store
        self.reception = reception
        self.attachments = attachments
        self.codes = codes
        self._importer = importer
        self._fingerprints = fingerprints
        self._metrics = metrics

    async def hand_in(
        self, submission: Submission, *, key: str | None, staff: StaffMember | None, correlation_id: str
    ) -> Receipt:
        """Take in what the JSON API was given.

        Raises:
            Problem: what is wrong with it.
        """
        moment = instant()
        self._check(submission, key, staff, moment)
        scope = "api" if staff is None else f"api/{staff.id}"
        payload = submission.model_dump(mode="json", exclude_defaults=True)
        try:
            return await self.take_in(
                submission,
                feedback_id(scope, key),
                channel=submission.channel or Channel.API,
                received_at=instant(submission.received_at) if submission.received_at else moment,
                fingerprint=self._fingerprints.of(payload),
                correlation_id=correlation_id,
            )
        except OtherPayload as other:
            raise Problem(
                422,
                "key-used-before",
                "This Idempotency-Key was used for another payload. Use a new key for new feedback.",
                faults=[FieldFault(pointer="header/Idempotency-Key", detail="used before")],
            ) from other
        except UnknownAttachments as unknown:
            raise Problem(
                422,
                "unknown-attachment",
                "An attachment is not there, or belongs to other feedback. Upload it again.",
                faults=[
                    FieldFault(pointer=f"/attachment_ids/{n}", detail="unknown")
                    for n, i in enumerate(submission.attachment_ids)
                    if i in unknown.ids
                ],
            ) from unknown

    async def take_in(
        self,
        submission: Submission,
        id: UUID,
        *,
        channel: Channel,
        received_at: datetime,
        fingerprint: str,
        correlation_id: str,
        kept: Sequence[Kept] = (),
    ) -> Receipt:
        """Take in a submission that has been checked, with the attachments it names and those `kept` for it.

        Raises:
            OtherPayload, UnknownAttachments.
        """
        known = await self.reception.known(id, fingerprint)
        if known is not None:
            return known
        attached = [*await self.attachments.claim(submission.attachment_ids, id), *kept]
        refs = tuple(k.ref for k in attached)
        address = usable_address(submission.email) if submission.email else None
        receipt = await self.reception.accept(
            Incoming(
                feedback_id=id,
                kind=submission.kind,
                channel=channel,
                content=submission.content({str(k.ref.attachment_id): k.name for k in attached}),
                received_at=received_at,
                fingerprint=fingerprint,
                correlation_id=correlation_id,
                service_area=submission.service_area,
                district=submission.district,
                complainant_type=submission.complainant_type,
                procedure=submission.procedure,
                attachments=refs,
                acknowledge_to=MailTo(address=address) if address else None,
            )
        )
        if not receipt.again:
            await self.attachments.confirm(refs)
            self._metrics.received.labels(channel.value, submission.kind.value).inc()
        return receipt

    async def find(self, text: str) -> Document:
        """Feedback by its reference as a person may type it. Raises Problem 404."""
        normal = normalise_reference(text)
        document = await self.store.by_reference(normal) if normal else None
        if document is None:
            raise Problem(404, "no-feedback", "There is no feedback of that reference.")
        return document

    async def import_rows(
        self, lines: Sequence[tuple[int, bytes]], *, correlation_id: str
    ) -> list[RowAnswer]:
        answers = await self._importer.take(lines, correlation_id=correlation_id)
        for answer in answers:
            self._metrics.imported.labels(answer.status).inc()
        return answers

    def faults(self, submission: Submission) -> list[FieldFault]:
        """What is wrong with the codes of a submission."""
        found = ((f, self.codes.fault(f, getattr(submission, f))) for f in LISTS)
        return [FieldFault(pointer=f"/{f}", detail=fault) for f, fault in found if fault]

    def _check(
        self, submission: Submission, key: str | None, staff: StaffMember | None, moment: datetime
    ) -> None:
        if key is not None and not _KEY.fullmatch(key):
            raise Problem(
                400,
                "key-invalid",
                "An Idempotency-Key has 1 to 255 printable ASCII characters.",
                faults=[FieldFault(pointer="header/Idempotency-Key", detail="not usable")],
            )
        faults = self.faults(submission)
        if staff is None:
            if submission.channel is not None and submission.channel not in _PUBLIC:
                faults.append(FieldFault(pointer="/channel", detail="only staff may log this channel"))
            if submission.received_at is not None:
                faults.append(FieldFault(pointer="/received_at", detail="only staff may say when it arrived"))
        if submission.received_at is not None and submission.received_at > moment:
            faults.append(FieldFault(pointer="/received_at", detail="it is in the future"))
        if submission.received_at is not None and submission.received_at.year < 1990:
            faults.append(FieldFault(pointer="/received_at", detail="it is before 1990"))
        if faults:
            raise Problem(422, "invalid", "The request does not fit; see errors.", faults=faults)


def instant(moment: datetime | None = None) -> datetime:
    """`moment`, or now, as the store keeps it: UTC, to the millisecond. So a retry is answered the same."""
    moment = moment or now()
    return moment.astimezone(now().tzinfo).replace(microsecond=moment.microsecond // 1000 * 1000)


def clean_name(name: Any, media_type: str) -> str:
    """A file's name without folders and control characters, up to 150 characters."""
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", "", str(name or ""))
    plain = PurePath(plain.replace("\\", "/")).name.strip(" .")
    if len(plain) > 150:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[:140]}{dot}{ending[:9]}" if dot else plain[:150]
    return plain or f"attachment{ALLOWED.get(media_type, '')}"
