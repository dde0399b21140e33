"""What the poll loop brought, as a handler wants it: FastStream's parser without the headers, and our decoder.

FastStream's own parser decodes headers before a middleware's `consume_scope`, and a header that is not UTF-8 fails there:
a batch with one such record reaches no handler at all. So it is given none, and what is decoded is decoded here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError
from faststream.kafka.message import KafkaMessage

from shared.events.envelope import UndecodableRecord, UnknownType, decode
from shared.messaging.records import Batch, Record, Span
from shared.messaging.topics import Topics
from shared.telemetry.logs import get

log = get(__name__)

Raw: TypeAlias = "ConsumerRecord[Any, Any]"


async def parse(raw: Raw | tuple[Raw, ...], original: Callable[[Any], Awaitable[Any]]) -> KafkaMessage:
    """FastStream's message, with the records as they came and no header read."""
    bare = tuple(replace(r, headers=()) for r in raw) if isinstance(raw, tuple) else replace(raw, headers=())
    message: KafkaMessage = await original(bare)
    message.raw_message = raw
    return message


class Decoder:
    """Makes a `Record` of a message, or a `Batch` of a batch."""

    def __init__(self, topics: Topics) -> None:
        self._topics = topics

    async def decode(self, message: KafkaMessage) -> Record | Batch:
        """A record that cannot be read raises UndecodableRecord or UnknownType; in a batch it is among `unread`."""
        raw = message.raw_message
        return self._batch(raw, message.consumer) if isinstance(raw, tuple) else self._record(raw)

    def _record(self, raw: Raw) -> Record:
        envelope = decode(raw.headers, raw.value)
        return Record(envelope, self._topics.short(raw.topic), raw.partition, raw.offset, raw.timestamp)

    def _batch(self, raws: tuple[Raw, ...], consumer: Any) -> Batch:
        full = raws[0].topic

        def seek(partition: int, offset: int) -> None:
            try:
                consumer.seek(TopicPartition(full, partition), offset)
            except IllegalStateError:
                log.info("the partition has gone to another consumer", topic=full, partition=partition)

        batch = Batch(topic=self._topics.short(full), records=[], spans={}, unread=[], _seek=seek)
        for raw in raws:
            first = batch.spans[raw.partition].first if raw.partition in batch.spans else raw.offset
            batch.spans[raw.partition] = Span(first, raw.offset)
            try:
                batch.records.append(self._record(raw))
            except (UndecodableRecord, UnknownType) as error:
                batch.unread.append((raw, error))
        return batch
