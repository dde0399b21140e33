"""Subscriptions on FastStream: the connection, a thin subscriber for each, and what readiness and lag are read from.

FastStream's defaults lose messages: the broker below acknowledges after the handler and not before, reads from the
earliest offset, and creates no topic by using it. docs/adr/0004 has the measurements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.messaging.connection import security
from shared.messaging.decoding import Decoder, parse
from shared.messaging.lag import Lag
from shared.messaging.middlewares import Failing, stack
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


class TopicsMissing(BrokerUnavailable):
    """The broker answers and does not have these topics."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"topics that do not exist ({', '.join(names)}): run `redress topics --create`")


class Consumer:
    """One subscription at work: its subscriber on a broker that is not started yet."""

    def __init__(
        self, subscription: Subscription, broker: KafkaBroker, topics: Topics, instance: str | None, failing: Failing
    ) -> None:
        self.subscription = subscription
        self._failing = failing
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

    def failing(self) -> str | None:
        """What keeps failing here, since when and with which error; None when what was read last was handled or parked."""
        mine = (self.subscription.topic, self.subscription.group)
        found = [failure for place, failure in self._failing.items() if place[:2] == mine]
        if not found:
            return None
        first = min(found, key=lambda failure: failure.since)
        return f"keeps failing since {first.since:%H:%M} UTC ({first.error}); its log has the exception"

    def keep_only(self, assigned: frozenset[int]) -> None:
        """Note which partitions this process has. What another one reads now is no failure of ours."""
        self.assigned = assigned
        for place in [place for place in self._failing if place[:2] == (self.subscription.topic, self.subscription.group)]:
            if place[2] not in assigned:
                del self._failing[place]


class Consumers:
    """All consumers of a service on one connection, which may be started again after it was stopped."""

    def __init__(self, service: str, settings: Settings, topics: Topics, publisher: Publisher, metrics: Metrics) -> None:
        self._service = service
        self._settings = settings
        self._topics = topics
        self._metrics = metrics
        self._failing: Failing = {}
        self._lag = Lag(settings, topics, metrics)
        self._middlewares = stack(topics, publisher, metrics, self._failing)
        self._broker: KafkaBroker | None = None
        self._started: list[Consumer] = []

    def __iter__(self) -> Iterator[Consumer]:
        """Those that were started."""
        return iter(self._started)

    async def start(self, subscriptions: Sequence[Subscription]) -> None:
        """Raises: BrokerUnavailable, TopicsMissing; then nothing is left of it."""
        # The client would wait for a missing topic without a word to us, and with many to the log.
        asking = Lag(self._settings, self._topics, self._metrics)
        try:
            missing = await asking.missing(subscriptions)
        finally:
            await asking.close()
        if missing:
            raise TopicsMissing(missing)
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
        consumers = [Consumer(s, broker, self._topics, self._settings.instance, self._failing) for s in subscriptions]
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

    async def measure_lag(self, subscriptions: Sequence[Subscription]) -> None:
        """Set the lag gauges, whether or not the consumers are at work. Raises: BrokerUnavailable."""
        await self._lag.measure(subscriptions)

    async def close(self) -> None:
        """Leave the broker for good."""
        await self._lag.close()


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._consumer.assigned = None

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        # An instance beyond the number of partitions rightly has none.
        self._consumer.keep_only(frozenset(tp.partition for tp in assigned))
