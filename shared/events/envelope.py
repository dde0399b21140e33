"""CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers, the data as JSON in the value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

_TRACE_ID = re.compile(r"[0-9a-f]{32}")


class UndecodableRecord(Exception):
    """A record that no consumer can read: not an event, not JSON, or not of its type's schema. `reason` names the fault."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownType(Exception):
    """A well-formed event of a type this release does not know: a newer writer's. Skipped and counted, never parked."""


class Event(BaseModel):
    """The data of one event. A concrete class declares its CloudEvents type, which ends in its version."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str] = ""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "type" in cls.__dict__:
            known = EVENT_TYPES.setdefault(cls.type, cls)
            if known.__qualname__ != cls.__qualname__:
                raise TypeError(f"two events are called {cls.type}: {known.__qualname__} and {cls.__qualname__}")


EVENT_TYPES: dict[str, type[Event]] = {}
"""Every concrete event that has been imported, by its CloudEvents type."""

SEQUENCE_DIGITS = 10
"""`sequence` is padded with zeros to so many, so that it compares as a string (CloudEvents, extension "sequence")."""

E = TypeVar("E", bound=Event, covariant=True)


@dataclass(frozen=True, slots=True)
class Envelope(Generic[E]):
    """An event with its attributes.

    `time` is when it happened (for imported history, then); `recorded_at` is when Redress recorded it. Both UTC.
    `sequence` is the version of the aggregate after this event.
    """

    id: UUID
    source: str
    time: datetime
    recorded_at: datetime
    subject: str
    data: E
    correlation_id: str
    sequence: int
    causation_id: str | None = None

    def headers(self) -> dict[str, str]:
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(self.id),
            "ce_source": self.source,
            "ce_type": self.data.type,
            "ce_time": _instant(self.time),
            "ce_subject": self.subject,
            "ce_dataschema": f"urn:redress:schema:{self.data.type}",
            "content-type": "application/json",
            "ce_correlationid": self.correlation_id,
            "ce_sequence": f"{self.sequence:0{SEQUENCE_DIGITS}}",
            "ce_recordedtime": _instant(self.recorded_at),
            "ce_traceparent": traceparent(self.correlation_id, self.id),
        }
        if self.causation_id is not None:
            headers["ce_causationid"] = self.causation_id
        return headers

    def value(self) -> bytes:
        return self.data.model_dump_json().encode()


def decode(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Envelope[Event]:
    """Read one record.

    Raises:
        UndecodableRecord: a tombstone, a record that is no event, not JSON, or not of its type's schema.
        UnknownType: a well-formed event of a type this release does not know.
    """
    attributes = _attributes(headers)
    if value is None:
        raise UndecodableRecord("tombstone: the record has no value")
    missing = [name for name in ("ce_id", "ce_type", "ce_time", "ce_source") if not attributes.get(name)]
    if missing:
        raise UndecodableRecord(f"not an event: header {', '.join(missing)} is missing")
    model = EVENT_TYPES.get(attributes["ce_type"])
    if model is None:
        raise UnknownType(attributes["ce_type"])
    try:
        data = model.model_validate_json(value)
        time = _parse(attributes["ce_time"])
        # `recordedat` is what releases before this called it; those records are kept for ever.
        recorded = attributes.get("ce_recordedtime") or attributes.get("ce_recordedat")
        return Envelope(
            id=UUID(attributes["ce_id"]),
            source=attributes["ce_source"],
            time=time,
            recorded_at=_parse(recorded) if recorded else time,
            subject=attributes.get("ce_subject", ""),
            data=data,
            correlation_id=attributes.get("ce_correlationid", attributes["ce_id"]),
            sequence=int(attributes.get("ce_sequence", "0")),
            causation_id=attributes.get("ce_causationid"),
        )
    except ValidationError as error:
        # The offending value may be personal data, so only the place and the kind of the fault are reported.
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['type']}" for e in error.errors()[:5])
        raise UndecodableRecord(f"wrong schema for {model.type}: {faults}") from None
    except ValueError as error:
        raise UndecodableRecord(f"a header cannot be read: {error}") from None


def traceparent(correlation_id: str, event: UUID) -> str:
    """The W3C trace context of an event: its trace is that of the correlation id, its parent id the first half of the event's.

    A correlation id that is no trace id (32 hexadecimal digits, not all 0) has the trace id that is the head of its SHA-256.
    Not sampled: no span of ours is recorded anywhere.
    """
    usable = _TRACE_ID.fullmatch(correlation_id) and correlation_id.strip("0")
    trace = correlation_id if usable else sha256(correlation_id.encode()).hexdigest()[:32]
    return f"00-{trace}-{event.hex[:16]}-00"


def _attributes(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    try:
        return {name: raw.decode() for name, raw in headers if raw is not None}
    except UnicodeDecodeError:
        raise UndecodableRecord("a header is not UTF-8") from None


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("an event's time needs a zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _parse(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return moment.astimezone(UTC)
