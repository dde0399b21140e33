"""What a handler is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.events.envelope import Envelope, Event, UndecodableRecord, UnknownType


class Reject(Exception):
    """Raised by a handler for a record that can never be handled: it is parked with `reason`, which holds codes only."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Record:
    """One decoded record. `topic` is the short name; `timestamp_ms` is the broker's, milliseconds since 1970 UTC."""

    envelope: Envelope[Event]
    topic: str
    partition: int
    offset: int
    timestamp_ms: int


@dataclass(frozen=True, slots=True)
class Span:
    """The offsets of one partition that a batch covers, first and last included, unreadable records too."""

    first: int
    last: int


@dataclass
class Batch:
    """What one poll brought, decoded and in order within each partition.

    `spans` counts parked and skipped records as well, so that a fold's position moves past them. A relay that died between
    the broker's acknowledgement and its own note publishes an event again **at a new offset** with the same `envelope.id`:
    a fold must recognise that repeat by the version of the aggregate (`envelope.sequence`); an offset fence alone does not.

    `unread` are the client's records that could not be decoded, with why; they are set aside before the handler is called.
    """

    topic: str
    records: list[Record]
    spans: dict[int, Span]
    unread: list[tuple[Any, UndecodableRecord | UnknownType]]
    _seek: Callable[[int, int], None]
    rejected: list[tuple[Record, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def seek(self, partition: int, offset: int) -> None:
        """Read this partition from `offset` next. Call it instead of folding the partition's records."""
        self._seek(partition, offset)

    def reject(self, record: Record, reason: str) -> None:
        """Leave one record out for good: it is parked with `reason`, codes only, before the batch is acknowledged."""
        self.rejected.append((record, reason))


@dataclass(frozen=True)
class Subscription:
    """A consumer group's interest in one topic. Exactly one of `handle` and `handle_batch`.

    At least once, in order inside a partition, several partitions at a time only in several processes. Handlers are
    idempotent. `max_records` bounds a batch, so that a slow one stays inside the poll interval.
    """

    topic: str
    group: str
    handle: Callable[[Record], Awaitable[None]] | None = None
    handle_batch: Callable[[Batch], Awaitable[None]] | None = None
    max_records: int = 200

    def __post_init__(self) -> None:
        if (self.handle is None) == (self.handle_batch is None):
            raise ValueError("a subscription has either handle or handle_batch")
