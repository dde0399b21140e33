"""How far each consumer group is behind on its topic, by what the broker has: the end of a partition less what is committed.

It asks on connections of its own, so that it answers also while a handler keeps failing, while no consumer is at work, and for
the partitions of other instances.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.messaging.connection import client_options
from shared.messaging.finishing import finishing
from shared.messaging.publisher import BrokerUnavailable
from shared.messaging.records import Subscription
from shared.messaging.topics import Topics
from shared.settings import KafkaSettings
from shared.telemetry.metrics import Metrics

_WITHIN_SECONDS: Final = 30.0
_READ_MS: Final = 1000


class Lag:
    """Sets the lag gauges of subscriptions, and knows which topics there are. Connects when it is first asked."""

    def __init__(self, settings: KafkaSettings, topics: Topics, metrics: Metrics) -> None:
        self._settings = settings
        self._topics = topics
        self._metrics = metrics
        self._admin: AIOKafkaAdminClient | None = None
        self._reader: Any = None
        self._oldest: dict[tuple[str, TopicPartition], tuple[int, float]] = {}
        """By group and partition: an offset that is not committed, and the time of its record, seconds since 1970 UTC."""

    async def missing(self, subscriptions: Iterable[Subscription]) -> list[str]:
        """The full names of the topics that do not exist. Raises BrokerUnavailable."""
        try:
            async with asyncio.timeout(_WITHIN_SECONDS):
                partitions = await self._partitions()
        except (KafkaError, OSError, TimeoutError) as error:
            raise BrokerUnavailable(str(error) or "it does not answer in time") from error
        return sorted({self._topics.name(s.topic) for s in subscriptions} - partitions.keys())

    async def measure(self, subscriptions: Sequence[Subscription]) -> None:
        """Set the gauges of every partition of their topics. Raises BrokerUnavailable."""
        try:
            async with asyncio.timeout(_WITHIN_SECONDS):
                await self._measure(subscriptions)
        except (KafkaError, OSError, TimeoutError) as error:
            await self.close()
            raise BrokerUnavailable(f"the lag is not known: {type(error).__name__}") from error

    async def close(self) -> None:
        """Leave the broker; a later call connects again."""
        admin, reader, self._admin, self._reader = self._admin, self._reader, None, None
        try:
            if reader is not None:
                await finishing(reader.stop())
            if admin is not None:
                await finishing(admin.close())
        except (KafkaError, OSError):
            return

    async def _measure(self, subscriptions: Sequence[Subscription]) -> None:
        counts = await self._partitions()
        wanted = {s: self._topics.name(s.topic) for s in subscriptions}
        every = [TopicPartition(name, n) for name in set(wanted.values()) for n in range(counts.get(name, 0))]
        if not every:
            return
        reader = await self._reading(every)
        begins, ends = await reader.beginning_offsets(every), await reader.end_offsets(every)
        admin = await self._connected()
        for subscription, name in wanted.items():
            group = f"{self._topics.prefix}{subscription.group}"
            committed = await admin.list_consumer_group_offsets(group)
            for tp in (tp for tp in every if tp.topic == name):
                held = committed.get(tp)
                # A group that has committed nothing reads from the beginning.
                reads = max(begins[tp], held.offset if held is not None else -1)
                records = max(0, ends[tp] - reads)
                seconds = time.time() - await self._time_of(group, tp, reads) if records else 0.0
                labels = (subscription.topic, subscription.group, tp.partition)
                self._metrics.lag_records.labels(*labels).set(records)
                self._metrics.lag_seconds.labels(*labels).set(max(0.0, seconds))

    async def _time_of(self, group: str, tp: TopicPartition, offset: int) -> float:
        """The time of the oldest record that is not committed: its own, else when it was first seen waiting."""
        known = self._oldest.get((group, tp))
        if known is not None and known[0] == offset:
            return known[1]
        self._reader.seek(tp, offset)
        self._reader.resume(tp)
        try:
            found = await self._reader.getmany(tp, timeout_ms=_READ_MS, max_records=1)
        finally:
            self._reader.pause(tp)
        records = found.get(tp)
        moment = records[0].timestamp / 1000 if records else time.time()
        self._oldest[group, tp] = offset, moment
        return float(moment)

    async def _partitions(self) -> dict[str, int]:
        """Every topic of the cluster with the number of its partitions."""
        # All are asked for: asking by name would create a missing one on a broker that auto-creates.
        described = await (await self._connected()).describe_topics()
        return {one["topic"]: len(one["partitions"]) for one in described if not one["error_code"]}

    async def _connected(self) -> AIOKafkaAdminClient:
        if self._admin is None:
            admin = AIOKafkaAdminClient(**client_options(self._settings), request_timeout_ms=15_000, client_id="redress-lag")
            try:
                await finishing(admin.start())
            except BaseException:
                await admin.close()
                raise
            self._admin = admin
        return self._admin

    async def _reading(self, every: Sequence[TopicPartition]) -> Any:
        if self._reader is None:
            reader = AIOKafkaConsumer(
                **client_options(self._settings),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                client_id="redress-lag",
                # Only the time of one record is wanted at a time.
                max_partition_fetch_bytes=65_536,
            )
            try:
                await finishing(reader.start())
            except BaseException:
                await reader.stop()
                raise
            self._reader = reader
        if self._reader.assignment() != set(every):
            self._reader.assign(list(every))
            self._reader.pause(*every)
        return self._reader
