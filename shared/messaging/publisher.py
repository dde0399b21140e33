"""Bytes to the broker: idempotent, acknowledged by all in-sync replicas, replaced when it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.messaging.connection import client_options
from shared.messaging.finishing import finishing
from shared.messaging.topics import Topics
from shared.settings import KafkaSettings
from shared.telemetry.metrics import Metrics


class BrokerUnavailable(Exception):
    """The broker did not acknowledge in time. What was sent may or may not be on the topic."""


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class Publisher:
    """One producer, started when first needed and started anew after an error."""

    def __init__(self, settings: KafkaSettings, topics: Topics, metrics: Metrics, *, timeout_ms: int = 15_000) -> None:
        self._settings = settings
        self._topics = topics
        self._metrics = metrics
        self._timeout_ms = timeout_ms
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def publish(self, records: Iterable[OutgoingRecord]) -> int:
        """Send in order and wait for every acknowledgement; how many of the first records are safe, all of them or fewer.

        After the first that failed none counts, even if it was acknowledged: it will be sent again, in its place.

        Raises:
            BrokerUnavailable: no producer could be started.
        """
        producer = await self._ready()
        sent = []
        try:
            for record in records:
                future = await producer.send(
                    self._topics.name(record.topic),
                    record.value,
                    key=record.key,
                    headers=list(record.headers),
                )
                sent.append((record.topic, future))
        except (KafkaError, OSError):
            await self.close()
        safe = 0
        failed = False
        for topic, future in sent:
            try:
                await future
            except (KafkaError, OSError, asyncio.CancelledError):
                failed = True
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise
            if not failed:
                safe += 1
                self._metrics.published.labels(topic).inc()
        if failed:
            await self.close()
        return safe

    async def publish_one(self, record: OutgoingRecord) -> None:
        """Raises: BrokerUnavailable when it is not acknowledged."""
        if await self.publish([record]) != 1:
            raise BrokerUnavailable(f"{record.topic}: not acknowledged")

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await asyncio.wait_for(producer.stop(), timeout=5)
            except (KafkaError, OSError, TimeoutError):
                return

    async def _ready(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **client_options(self._settings),
                    enable_idempotence=True,
                    request_timeout_ms=self._timeout_ms,
                    linger_ms=2,
                    max_batch_size=262_144,
                    client_id="redress",
                )
                try:
                    await finishing(producer.start())
                except (KafkaError, OSError, asyncio.CancelledError) as error:
                    await producer.stop()
                    if isinstance(error, asyncio.CancelledError):
                        raise
                    raise BrokerUnavailable(str(error)) from error
                self._producer = producer
            return self._producer
