"""Imports history: rows of `HistoricCase`, each once, however often they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ValidationError

from services.intake.fingerprints import Fingerprints
from services.intake.metrics import IntakeMetrics
from services.intake.model import Feedback, outgoing
from services.intake.rows import fault
from services.intake.store import FeedbackStore
from shared import failpoints
from shared.calendar.london import start_of_day, today
from shared.clock import now
from shared.events.feedback import FeedbackImported
from shared.events.historic import HistoricCase
from shared.events.outgoing import Outgoing
from shared.ids import feedback_id
from shared.references import reference
from shared.taxonomy.codes import Codes

ROWS_LIMIT = 500
Status = Literal["created", "exists", "conflict", "refused"]


class RowAnswer(BaseModel):
    """What became of one row. `line` counts the request's lines from 1; `error` is why it was not imported."""

    line: int
    source_id: str | None
    status: Status
    feedback_id: UUID | None = None
    reference: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class _Row:
    line: int
    case: HistoricCase
    id: UUID
    fingerprint: str


def lines_of(body: bytes) -> list[tuple[int, bytes]]:
    """The lines of a request that hold something, each with its number from 1."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    return [(n, line.strip()) for n, line in enumerate(body.split(b"\n"), 1) if line.strip()]


class Importing:
    """Receives history. Rows have nothing personal, so nothing is sealed and nobody is written to."""

    def __init__(
        self, store: FeedbackStore, codes: Codes, fingerprints: Fingerprints, metrics: IntakeMetrics, first_year: int
    ) -> None:
        self._first_year = first_year
        self._store = store
        self._codes = codes
        self._fingerprints = fingerprints
        self._metrics = metrics

    async def check_rows(self, lines: Sequence[tuple[int, bytes]]) -> list[RowAnswer]:
        """What `import_rows` would answer, and nothing is stored: `created` is what would be. Raises StoreUnavailable."""
        read = [self._read(line, text, today(now())) for line, text in lines]
        first: dict[UUID, _Row] = {}
        for row in read:
            if isinstance(row, _Row):
                first.setdefault(row.id, row)
        there = await self._store.known(list(first))
        created = {i for i in first if i not in there}
        return [row if isinstance(row, RowAnswer) else _answer(row, first[row.id], created, there) for row in read]

    async def import_rows(self, lines: Sequence[tuple[int, bytes]], *, correlation_id: str) -> list[RowAnswer]:
        """An answer for each line, in order. What is `created` is durable, and published later whatever happens.

        Raises:
            StoreUnavailable: nothing is durable for certain; the same call may be made again.
        """
        moment = now()
        read = [self._read(line, text, today(moment)) for line, text in lines]
        first: dict[UUID, _Row] = {}
        for row in read:
            if isinstance(row, _Row):
                first.setdefault(row.id, row)
        failpoints.hit("intake.before-insert")
        created = await self._store.insert_many(_new(row, moment, correlation_id) for row in first.values())
        failpoints.hit("intake.after-insert")
        there = await self._store.known([i for i in first if i not in created])
        answers = [row if isinstance(row, RowAnswer) else _answer(row, first[row.id], created, there) for row in read]
        for answer in answers:
            self._metrics.imported.labels(answer.status).inc()
        return answers

    def _read(self, line: int, text: bytes, day: date) -> _Row | RowAnswer:
        try:
            # Strict, or a number would pass for a date (as seconds since 1970).
            case = HistoricCase.model_validate_json(text, strict=True)
        except ValidationError as error:
            return RowAnswer(line=line, source_id=_source_id(text), status="refused", error=_words(error, self._codes))
        wrong = fault(case, self._codes, day, self._first_year)
        if wrong:
            return RowAnswer(line=line, source_id=case.source_id, status="refused", error=wrong)
        fingerprint = self._fingerprints.of(case.model_dump(mode="json", exclude_defaults=True))
        return _Row(line, case, feedback_id("import", case.source_id), fingerprint)


def _new(row: _Row, moment: datetime, correlation_id: str) -> tuple[Feedback, Outgoing]:
    """The feedback of a row, received at the start of its London day, with its first event."""
    case = row.case
    feedback = Feedback(
        feedback_id=row.id,
        reference=reference(row.id),
        kind=case.kind,
        channel=case.channel,
        received_at=start_of_day(case.received_on),
        fingerprint=row.fingerprint,
        service_area=case.service_area,
        district=case.district,
        complainant_type=case.complainant_type,
        procedure=case.procedure,
        imported_at=moment,
    )
    event = FeedbackImported(feedback_id=row.id, reference=feedback.reference, imported_at=moment, row=case)
    return feedback, outgoing(feedback, event, time=feedback.received_at, recorded_at=moment, correlation_id=correlation_id)


def _answer(row: _Row, first: _Row, created: set[UUID], there: dict[UUID, tuple[str, str]]) -> RowAnswer:
    known = {"line": row.line, "source_id": row.case.source_id}
    stored = (first.fingerprint, reference(row.id)) if row.id in created else there.get(row.id)
    if stored is None:
        # Its id is not there, so the unique reference refused it.
        return RowAnswer(**known, status="refused", error="source_id: its reference is in use by another row")
    fingerprint, named = stored
    status: Status = "exists"
    error = None
    if fingerprint != row.fingerprint:
        status, error = "conflict", "source_id: a row with other content was imported under this id"
    elif row.id in created and row is first:
        status = "created"
    return RowAnswer(**known, status=status, feedback_id=row.id, reference=named, error=error)


def _words(error: ValidationError, codes: Codes) -> str:
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    more = error.error_count() - 1
    reason = codes.words(first) or first["msg"].removeprefix("Value error, ")
    return f"{place + ': ' if place else ''}{reason}{f' (and {more} more)' if more else ''}"


def _source_id(text: bytes) -> str | None:
    """The id of a row that is otherwise wrong, so that its sender can find it."""
    try:
        found = _Identity.model_validate_json(text).source_id
    except ValidationError:
        return None
    return found if len(found) <= 100 else None


class _Identity(BaseModel):
    source_id: str
