"""Subscriptions on FastStream: the connection, a thin subscriber for each, and what readiness and lag are read from.

FastStream's defaults lose messages: the broker below acknowledges after the handler and not before, reads from the
earliest offset, and creates no topic by using it. docs/adr/0004 has the measurements.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.messaging.connection import security
from shared.messaging.decoding import Decoder, parse
from shared.messaging.middlewares import Handled, stack
from shared.messaging.publisher import BrokerUnavailable, Publisher
from shared.messaging.records import Subscription
from shared.messaging.topics import Topics
from shared.settings import Settings
from shared.telemetry.logs import get
from shared.telemetry.metrics import Metrics

log = get(__name__)


class Trouble(StrEnum):
    """Why a consumer is not at work."""

    NOT_STARTED = "not started"
    DEAD = "the consumer task is dead"
    UNASSIGNED = "no partitions assigned yet"


class Consumer:
    """One subscription at work: its subscriber on a broker that is not started yet."""

    def __init__(self, subscription: Subscription, broker: KafkaBroker, topics: Topics, instance: str | None) -> None:
        self.subscription = subscription
        self.assigned: frozenset[int] | None = None
        handle: Any = subscription.handle or subscription.handle_batch
        polls: dict[str, Any] = {
            "batch": True,
            "max_records": subscription.max_records,
            "batch_timeout_ms": 25,
        }
        self._subscriber: Any = broker.subscriber(
            topics.name(subscription.topic),
            group_id=f"{topics.prefix}{subscription.group}",
            # A named member that comes back inside the session's time gets its partitions again without a rebalance.
            group_instance_id=instance,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.NACK_ON_ERROR,
            listener=_Assignments(self),
            no_reply=True,
            **(polls if subscription.handle_batch else {}),
        )

        @self._subscriber  # type: ignore[untyped-decorator]
        async def consume(read: Any) -> None:
            await handle(read)

    @property
    def name(self) -> str:
        return f"{self.subscription.topic}/{self.subscription.group}"

    def trouble(self) -> Trouble | None:
        """Why this consumer is not at work, or None."""
        if self._subscriber.consumer is None:
            return Trouble.NOT_STARTED
        if all(task.done() for task in self._subscriber.tasks):
            return Trouble.DEAD
        if self.assigned is None:
            return Trouble.UNASSIGNED
        return None

    async def measure_lag(self, metrics: Metrics, handled: Handled) -> None:
        """Set the lag gauges of the partitions this process has. Raises: BrokerUnavailable."""
        consumer = self._subscriber.consumer
        if consumer is None:
            return
        labels = (self.subscription.topic, self.subscription.group)
        now_ms = time.time() * 1000
        try:
            for tp in consumer.assignment():
                end = consumer.highwater(tp)
                position = await consumer.position(tp)
                lag = max(0, (end or position) - position)
                metrics.lag_records.labels(*labels, tp.partition).set(lag)
                age_ms = now_ms - handled.get((*labels, tp.partition), now_ms)
                metrics.lag_seconds.labels(*labels, tp.partition).set(max(0.0, age_ms / 1000) if lag else 0)
        except KafkaError as error:
            raise BrokerUnavailable(str(error)) from error


class Consumers:
    """All consumers of a service on one connection, which may be started again after it was stopped."""

    def __init__(self, service: str, settings: Settings, topics: Topics, publisher: Publisher, metrics: Metrics) -> None:
        self._service = service
        self._settings = settings
        self._topics = topics
        self._metrics = metrics
        self._handled: Handled = {}
        self._middlewares = stack(topics, publisher, metrics, self._handled)
        self._broker: KafkaBroker | None = None
        self._started: list[Consumer] = []

    def __iter__(self) -> Iterator[Consumer]:
        """Those that were started."""
        return iter(self._started)

    async def start(self, subscriptions: Sequence[Subscription]) -> None:
        """Raises: BrokerUnavailable; then nothing is left of it."""
        broker = self._broker = KafkaBroker(
            self._settings.kafka,
            security=security(self._settings),
            client_id=f"redress-{self._service}",
            allow_auto_create_topics=False,
            consumer_only=True,
            graceful_timeout=15.0,
            logger=None,
            middlewares=self._middlewares,
            parser=parse,
            decoder=Decoder(self._topics).decode,
            apply_types=False,
        )
        consumers = [Consumer(s, broker, self._topics, self._settings.instance) for s in subscriptions]
        try:
            await broker.start()
        except (KafkaError, OSError) as error:
            await self.stop()
            raise BrokerUnavailable(str(error)) from error
        self._started = consumers
        log.info("consuming", topics=[s.topic for s in subscriptions])

    async def stop(self) -> None:
        """Let what is being handled end, for at most 15 seconds, and leave the groups."""
        broker, self._broker, self._started = self._broker, None, []
        if broker is not None:
            try:
                await broker.stop()
            except (KafkaError, OSError) as error:
                log.warning("the broker connection did not close cleanly", error=str(error)[:200])

    async def measure_lag(self) -> None:
        """Raises: BrokerUnavailable."""
        for consumer in self._started:
            await consumer.measure_lag(self._metrics, self._handled)


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._consumer.assigned = None

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # An instance beyond the number of partitions rightly has none.
        self._consumer.assigned = frozenset(tp.partition for tp in assigned)
