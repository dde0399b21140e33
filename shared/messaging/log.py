"""The log itself, read from any offset without a group: for rebuilds, checks and figures as at a day."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from shared.events.envelope import Envelope, Event, UndecodableRecord, UnknownType, decode
from shared.messaging.connection import client_options
from shared.messaging.finishing import finishing
from shared.messaging.publisher import BrokerUnavailable
from shared.messaging.topics import Topics
from shared.settings import KafkaSettings

_STALLED_SECONDS = 30.0
_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Chunk:
    """A contiguous span of one partition, offsets first and last included; `records` are the readable ones."""

    partition: int
    first: int
    last: int
    records: list[tuple[int, Envelope[Event]]]


class LogReader:
    """Reads topics by their short names. Raises BrokerUnavailable when the broker does not answer."""

    def __init__(self, settings: KafkaSettings, topics: Topics) -> None:
        self._settings = settings
        self._topics = topics

    async def ends(self, topic: str) -> dict[int, int]:
        """For each partition the offset that the next record will have."""
        async with self._consumer(topic) as consumer:
            return {tp.partition: end for tp, end in (await consumer.end_offsets(consumer.assignment())).items()}

    async def incarnations(self, topic: str) -> dict[int, str]:
        """A mark for each partition that has records, which distinguishes the topic from another one of its name.

        It is the digest of the partition's first record: the client cannot ask for Kafka's topic id, a deleted and
        re-created topic begins with another record, and a mirrored one, which carries the same offsets on, begins
        with the same. A partition whose beginning has been cut off has the mark `cut`.
        """
        async with self._consumer(topic) as consumer:
            assigned = consumer.assignment()
            begin, end = await consumer.beginning_offsets(assigned), await consumer.end_offsets(assigned)
            marks = {tp.partition: "cut" for tp in assigned if begin[tp] > 0}
            wanted = {tp for tp in assigned if begin[tp] == 0 < end[tp]}
            for tp in assigned:
                consumer.seek(tp, begin[tp])
            until = time.monotonic() + _STALLED_SECONDS
            while wanted:
                for tp, records in (await consumer.getmany(*wanted, timeout_ms=500, max_records=1)).items():
                    marks[tp.partition] = _mark(records[0])
                    wanted.discard(tp)
                if time.monotonic() > until:
                    raise BrokerUnavailable(f"{topic}: the first record of partition {min(wanted).partition} does not come")
            return marks

    async def read(self, topic: str, starts: Mapping[int, int], ends: Mapping[int, int]) -> AsyncIterator[Chunk]:
        """Each partition from its start up to, and without, its end. What nobody can read is left out, as a fold does."""
        left = {partition: end for partition, end in ends.items() if starts.get(partition, 0) < end}
        if not left:
            return
        async with self._consumer(topic) as consumer:
            for tp in consumer.assignment():
                if tp.partition in left:
                    consumer.seek(tp, starts.get(tp.partition, 0))
                else:
                    consumer.pause(tp)
            moved = time.monotonic()
            while left:
                got = await consumer.getmany(timeout_ms=500, max_records=_CHUNK)
                for tp, raws in got.items():
                    moved = time.monotonic()
                    wanted = [raw for raw in raws if raw.offset < left.get(tp.partition, 0)]
                    if wanted:
                        yield _chunk(tp.partition, wanted)
                    if tp.partition in left and raws[-1].offset + 1 >= left[tp.partition]:
                        del left[tp.partition]
                        consumer.pause(tp)
                    # Decoding thousands of records holds the loop: others may go first.
                    await asyncio.sleep(0)
                if time.monotonic() - moved > _STALLED_SECONDS:
                    raise BrokerUnavailable(f"{topic}: no record has come for {_STALLED_SECONDS:.0f} seconds")

    @asynccontextmanager
    async def _consumer(self, topic: str) -> AsyncIterator[Any]:
        consumer = AIOKafkaConsumer(
            self._topics.name(topic),
            **client_options(self._settings),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            client_id="redress-log",
            max_partition_fetch_bytes=4 * 1024 * 1024,
        )
        try:
            await finishing(consumer.start())
            yield consumer
        except (KafkaError, OSError) as error:
            raise BrokerUnavailable(f"{topic}: {error}") from error
        finally:
            # The client mistakes a cancellation that comes while it stops for that of its own task, and swallows it.
            await finishing(consumer.stop())


def _mark(raw: Any) -> str:
    digest = hashlib.sha256()
    for part in (str(raw.timestamp).encode(), raw.key or b"", raw.value or b""):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.hexdigest()[:12]


def _chunk(partition: int, raws: list[Any]) -> Chunk:
    records = []
    for raw in raws:
        try:
            records.append((int(raw.offset), decode(raw.headers, raw.value)))
        except (UndecodableRecord, UnknownType):
            continue
    return Chunk(partition, raws[0].offset, raws[-1].offset, records)
