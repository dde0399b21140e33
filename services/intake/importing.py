"""Takes in history: rows of `HistoricCase`, each once, however often they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ValidationError

from services.intake.codes import Codes
from services.intake.model import Fingerprints, outgoing
from services.intake.rows import fault
from services.intake.store import FeedbackStore
from shared import failpoints
from shared.calendar.london import start_of_day, today
from shared.clock import now
from shared.events.feedback import FeedbackImported
from shared.events.historic import HistoricCase
from shared.ids import feedback_id, reference
from shared.store import NewAggregate

ROWS_LIMIT = 500
Status = Literal["created", "exists", "conflict", "refused"]


class RowAnswer(BaseModel):
    """What became of one row. `line` counts the request's lines from 1; `error` says why it did not go in."""

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


class Importer:
    def __init__(self, store: FeedbackStore, codes: Codes, fingerprints: Fingerprints) -> None:
        self._store = store
        self._codes = codes
        self._fingerprints = fingerprints

    async def take(self, lines: Sequence[tuple[int, bytes]], *, correlation_id: str) -> list[RowAnswer]:
        """An answer for each line, in order. What is `created` is durable."""
        moment = now()
        read = [self._read(line, text, today(moment)) for line, text in lines]
        first: dict[UUID, _Row] = {}
        for row in read:
            if isinstance(row, _Row):
                first.setdefault(row.id, row)
        items = [self._aggregate(row, moment, correlation_id) for row in first.values()]
        failpoints.hit("intake.before-insert")
        created = await self._store.insert_history(items)
        failpoints.hit("intake.after-insert")
        there = await self._store.fingerprints([item.id for item in items if item.id not in created])
        return [
            row if isinstance(row, RowAnswer) else _answer(row, first[row.id], created, there) for row in read
        ]

    def _read(self, line: int, text: bytes, day: date) -> _Row | RowAnswer:
        try:
            # Strict, or a number would pass for a date (as seconds since 1970).
            case = HistoricCase.model_validate_json(text, strict=True)
        except ValidationError as error:
            return RowAnswer(line=line, source_id=_source_id(text), status="refused", error=_words(error))
        wrong = fault(case, self._codes, day)
        if wrong:
            return RowAnswer(line=line, source_id=case.source_id, status="refused", error=wrong)
        fingerprint = self._fingerprints.of(case.model_dump(mode="json", exclude_defaults=True))
        return _Row(line, case, feedback_id("import", case.source_id), fingerprint)

    @staticmethod
    def _aggregate(row: _Row, moment: Any, correlation_id: str) -> NewAggregate:
        case, named = row.case, reference(row.id)
        received_at = start_of_day(case.received_on)
        event = FeedbackImported(feedback_id=row.id, reference=named, imported_at=moment, row=case)
        fields = {
            "reference": named,
            "kind": case.kind.value,
            "channel": case.channel.value,
            "received_at": received_at,
            "received_on": case.received_on.isoformat(),
            "service_area": case.service_area,
            "district": case.district,
            "complainant_type": case.complainant_type,
            "procedure": case.procedure,
            "fingerprint": row.fingerprint,
            "imported_at": moment,
        }
        out = outgoing(
            row.id, event, version=1, time=received_at, recorded_at=moment, correlation_id=correlation_id
        )
        return NewAggregate(str(row.id), fields, [out])


def _answer(row: _Row, first: _Row, created: set[str], there: dict[str, str]) -> RowAnswer:
    known = {"line": row.line, "source_id": row.case.source_id}
    key = str(row.id)
    stored = first.fingerprint if key in created else there.get(key)
    if stored is None:
        # Its id is not there, so the unique reference refused it.
        return RowAnswer(**known, status="refused", error="source_id: its reference is taken by another row")
    status: Status = "exists"
    error = None
    if stored != row.fingerprint:
        status, error = "conflict", "source_id: a row with other content was imported under this id"
    elif key in created and row is first:
        status = "created"
    return RowAnswer(**known, status=status, feedback_id=row.id, reference=reference(row.id), error=error)


def _words(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    more = error.error_count() - 1
    said = first["msg"].removeprefix("Value error, ")
    return f"{place + ': ' if place else ''}{said}{f' (and {more} more)' if more else ''}"


def _source_id(text: bytes) -> str | None:
    """The id of a row that is otherwise wrong, so that its sender can find it."""
    try:
        found = _Identity.model_validate_json(text).source_id
    except ValidationError:
        return None
    return found if len(found) <= 100 else None


class _Identity(BaseModel):
    source_id: str
