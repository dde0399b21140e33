"""Subscriptions on FastStream, with none of the defaults that lose messages.

FastStream's own parser decodes headers before any middleware sees the record, its default acknowledges first, and a
negative acknowledgement seeks back without a pause. So: our parser reads nothing, a batch is acknowledged when each of its
records was handled or parked, and what cannot be done now is waited for before the batch is read again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage

from shared.events.envelope import UndecodableRecord, UnknownType, decode
from shared.messaging.parking import park
from shared.messaging.publisher import BrokerUnavailable, Publisher
from shared.messaging.records import Batch, Record, Reject, Span, Subscription
from shared.messaging.topics import Topics
from shared.store.errors import StoreUnavailable
from shared.telemetry.logs import get
from shared.telemetry.metrics import Metrics

log = get(__name__)

ATTEMPTS = 3
PATIENCE_SECONDS = 120.0
"""How long one record waits for the store before its batch is given back: well inside the poll interval of 300 s."""

_PASSES = (StoreUnavailable, BrokerUnavailable)


class Consumer:
    """One subscription at work: its FastStream subscriber, and what readiness asks of it."""

    def __init__(
        self,
        subscription: Subscription,
        topics: Topics,
        publisher: Publisher,
        metrics: Metrics,
        instance: str | None = None,
    ) -> None:
        self.subscription = subscription
        self.assigned: frozenset[int] | None = None
        self._instance = instance
        self._topics = topics
        self._publisher = publisher
        self._metrics = metrics
        self._subscriber: Any = None
        self._handled_ms: dict[int, int] = {}
        self._labels = (subscription.topic, subscription.group)

    def attach(self, broker: KafkaBroker) -> None:
        """Declare the subscriber on a broker that is not started yet."""
        self.assigned = None
        subscriber: Any = broker.subscriber(
            self._topics.name(self.subscription.topic),
            group_id=f"{self._topics.prefix}{self.subscription.group}",
            # A named member that comes back inside the session's time gets its partitions again without a rebalance.
            group_instance_id=self._instance,
            batch=True,
            max_records=self.subscription.max_records,
            batch_timeout_ms=25,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            listener=_Assignments(self),
            parser=self._parse,
            decoder=_undecoded,
            no_reply=True,
        )

        @subscriber  # type: ignore[untyped-decorator]
        async def consume(message: KafkaMessage) -> None:
            await self._consume(message)

        self._subscriber = subscriber

    def trouble(self) -> str | None:
        """Why this consumer is not at work, or None."""
        name = f"{self.subscription.topic}/{self.subscription.group}"
        if self._subscriber is None or self._subscriber.consumer is None:
            return f"{name}: not started"
        if not any(not task.done() for task in self._subscriber.tasks):
            return f"{name}: the consumer task is dead"
        if self.assigned is None:
            return f"{name}: no partitions assigned yet"
        return None

    async def measure_lag(self) -> None:
        """Set the lag gauges of the partitions this process has."""
        consumer = self._subscriber.consumer if self._subscriber else None
        if consumer is None:
            return
        now_ms = time.time() * 1000
        for tp in consumer.assignment():
            end = consumer.highwater(tp)
            position = await consumer.position(tp)
            lag = max(0, (end or position) - position)
            self._metrics.lag_records.labels(*self._labels, tp.partition).set(lag)
            handled = self._handled_ms.get(tp.partition, now_ms)
            self._metrics.lag_seconds.labels(*self._labels, tp.partition).set(
                max(0.0, (now_ms - handled) / 1000) if lag else 0
            )

    async def _parse(self, records: Any) -> KafkaAckableMessage:
        return KafkaAckableMessage(
            body=b"",
            raw_message=records,
            message_id=f"{records[0].partition}:{records[0].offset}",
            consumer=self._subscriber.consumer,
        )

    async def _consume(self, message: KafkaMessage) -> None:
        raws: tuple[ConsumerRecord[Any, Any], ...] = message.raw_message
        try:
            if self.subscription.handle_batch is not None:
                await self._handle_batch(raws, message.consumer)
            else:
                for raw in raws:
                    await self._one(raw)
        except _PASSES as error:
            log.warning("batch given back", topic=self._labels[0], group=self._labels[1], error=str(error))
            await asyncio.sleep(1)
            raise
        for raw in raws:
            self._handled_ms[raw.partition] = raw.timestamp

    async def _decoded(self, raw: Any) -> Record | None:
        topic, group = self._labels
        try:
            envelope = decode(raw.headers, raw.value)
        except UnknownType as unknown:
            log.info("unknown event type skipped", topic=topic, group=group, type=str(unknown)[:120])
            self._metrics.consumed.labels(topic, group, "skipped").inc()
            return None
        except UndecodableRecord as error:
            await self._set_aside(raw, "undecodable", error.reason)
            return None
        return Record(envelope, topic, raw.partition, raw.offset, raw.timestamp)

    async def _set_aside(self, raw: Any, why: str, reason: str) -> None:
        await self._patiently(
            lambda: park(
                self._publisher,
                self._metrics,
                raw,
                topic=self._topics.name(self._labels[0]),
                group=self._labels[1],
                why=why,
                reason=reason,
            )
        )
        self._metrics.consumed.labels(*self._labels, "parked").inc()

    async def _one(self, raw: Any) -> None:
        record = await self._decoded(raw)
        if record is None or self.subscription.handle is None:
            return
        handle = self.subscription.handle
        try:
            with (
                structlog.contextvars.bound_contextvars(correlation_id=record.envelope.correlation_id),
                self._metrics.handler_seconds.labels(*self._labels).time(),
            ):
                await self._attempts(lambda: handle(record))
        except Reject as refusal:
            await self._set_aside(raw, "refused", refusal.reason)
        except _PASSES:
            raise
        except Exception as error:
            log.exception("handler failed", topic=self._labels[0], offset=raw.offset, partition=raw.partition)
            await self._set_aside(raw, "failed", type(error).__name__)
        else:
            self._metrics.consumed.labels(*self._labels, "handled").inc()

    async def _handle_batch(self, raws: tuple[Any, ...], consumer: Any) -> None:
        handle = self.subscription.handle_batch
        if handle is None:
            return
        spans: dict[int, Span] = {}
        records: list[Record] = []
        by_place: dict[tuple[int, int], Any] = {}
        for raw in raws:
            first = spans[raw.partition].first if raw.partition in spans else raw.offset
            spans[raw.partition] = Span(first, raw.offset)
            record = await self._decoded(raw)
            if record is not None:
                records.append(record)
                by_place[raw.partition, raw.offset] = raw

        async def set_aside(record: Record, reason: str) -> None:
            await self._set_aside(by_place[record.partition, record.offset], "refused", reason)

        name = self._topics.name(self._labels[0])
        batch = Batch(
            topic=self._labels[0],
            records=records,
            spans=spans,
            _seek=lambda partition, offset: consumer.seek(TopicPartition(name, partition), offset),
            _park=set_aside,
        )
        with self._metrics.handler_seconds.labels(*self._labels).time():
            try:
                await self._attempts(lambda: handle(batch))
            except _PASSES:
                raise
            except Exception:
                log.exception("fold failed; the batch is read again", topic=self._labels[0])
                await asyncio.sleep(5)
                raise
        self._metrics.consumed.labels(*self._labels, "handled").inc(len(records))

    async def _attempts(self, work: Callable[[], Awaitable[None]]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._patiently(work)
                return
            except (Reject, *_PASSES):
                raise
            except Exception:
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(0.05 * 4 ** (attempt - 1))

    async def _patiently(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do it when the store and the broker are there; give up when that takes longer than our patience."""
        until = time.monotonic() + PATIENCE_SECONDS
        pause = 0.2
        while True:
            try:
                await work()
                return
            except _PASSES as error:
                if time.monotonic() + pause > until:
                    raise
                log.warning("waiting", topic=self._labels[0], group=self._labels[1], for_=str(error)[:200])
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5)


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._consumer.assigned = None

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # An instance beyond the number of partitions rightly has none.
        self._consumer.assigned = frozenset(tp.partition for tp in assigned)


async def _undecoded(message: Any) -> None:
    return None
