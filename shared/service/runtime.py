"""What a service is made of, brought up in order and kept up: store, broker, consumers, relays, background work.

The HTTP side answers at once. The store and the broker are waited for, and the wait is logged and told by /readyz, so that
a service may be started before its servers are, and outlives their outages.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from shared.messaging.consumer import Consumer
from shared.messaging.publisher import Publisher
from shared.messaging.records import Subscription
from shared.messaging.relay import OutboxRelay
from shared.messaging.topics import Topics
from shared.settings import Settings
from shared.store import AggregateStore, Store, StoreUnavailable
from shared.telemetry.logs import get
from shared.telemetry.metrics import Metrics
from shared.vault import Vault, WrongMasterKey

log = get(__name__)
_MEASURE_SECONDS = 2.0
_DEAD_SECONDS = 90.0
_CANCELLED_AGAIN_SECONDS = 20.0
"""Longer than anything that a service finishes before it stops."""


@dataclass
class _Background:
    name: str
    work: Callable[[], Awaitable[None]]
    failing_since: float | None = None


class Runtime:
    """The running parts of one service.

    Args:
        subscriptions: what it consumes.
        prepare: creates indexes and the like once the store answers; called again if it fails.
        needs_broker: whether readiness asks for the broker. Intake takes feedback without one.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        *,
        subscriptions: Sequence[Subscription] = (),
        prepare: Callable[[], Awaitable[None]] | None = None,
        needs_broker: bool = True,
    ) -> None:
        self.name = name
        self.settings = settings
        self.topics = Topics(settings.topic_prefix)
        self.metrics = Metrics()
        self.store = Store(settings.mongo_url, settings.database_prefix)
        self.database = self.store.database(name)
        self.publisher = Publisher(settings.kafka, self.topics, self.metrics)
        self._subscriptions = list(subscriptions)
        self._prepare = prepare
        self._needs_broker = needs_broker
        self._consumers: list[Consumer] = []
        self._relays: list[OutboxRelay] = []
        self._background: list[_Background] = []
        self._working: list[asyncio.Task[None]] = []
        self._checks: list[Callable[[], str | None]] = []
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._broker: KafkaBroker | None = None
        self._vault: Vault | None = None
        self._prepared = False
        self._waiting_for = f"the store at {self.store.hosts}"
        self._store_seen = (0.0, False)
        self._beat = time.monotonic()

    @property
    def vault(self) -> Vault:
        """The vault. A service that asks for it needs the master key, and is not ready with a wrong one.

        Raises:
            ValueError: no usable master key is configured.
        """
        if self._vault is None:
            self._vault = Vault(self.store.database("vault"), self.settings.master_key_bytes())
        return self._vault

    def subscribe(self, *subscriptions: Subscription) -> None:
        self._subscriptions.extend(subscriptions)

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """What the service consumes."""
        return tuple(self._subscriptions)

    def on_prepare(self, prepare: Callable[[], Awaitable[None]]) -> None:
        self._prepare = prepare

    def relay(self, aggregates: AggregateStore) -> OutboxRelay:
        """Publish the outbox of these aggregates for as long as the service runs."""
        relay = OutboxRelay(
            aggregates, self.publisher, self.metrics, lease_seconds=self.settings.relay_lease_seconds
        )
        self._relays.append(relay)
        self.background(f"relay of {aggregates.collection.name}", relay.run)
        return relay

    def background(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` once the store is prepared, and again with a back-off whenever it ends or fails."""
        self._background.append(_Background(name, work))

    def check(self, trouble: Callable[[], str | None]) -> None:
        """Ask `trouble` for readiness: a sentence when something is wrong."""
        self._checks.append(trouble)

    def on_stop(self, close: Callable[[], Awaitable[None]]) -> None:
        self._closers.append(close)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything up, in the background, until the context ends; then a clean stop."""
        measuring = asyncio.create_task(self._measure(), name="measuring")
        self._working = [measuring]
        tasks = [asyncio.create_task(self._bring_up(), name="bring-up"), measuring]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await self._ended(tasks)
            for close in self._closers:
                await close()
            await self.publisher.close()
            self.store.close()

    async def _ended(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait for the end of cancelled tasks.

        Background work is cancelled again when it does not end: until Python 3.12 a client that waits with a time limit takes a
        cancellation that comes together with the answer for the answer, and works on.
        """
        while True:
            _, left = await asyncio.wait(tasks, timeout=_CANCELLED_AGAIN_SECONDS)
            if not left:
                await asyncio.gather(*tasks, return_exceptions=True)
                return
            for work in [work for work in self._working if not work.done()]:
                log.warning("background work has not ended; cancelled again", work=work.get_name())
                work.cancel()

    async def troubles(self) -> list[str]:
        """Why the service is not ready: empty when it is."""
        found = []
        if not await self._store_answers():
            found.append("the store does not answer")
        if not self._prepared:
            found.append(f"starting: waiting for {self._waiting_for}")
        if self._needs_broker:
            if self._prepared and self._subscriptions and not self._consumers:
                found.append(f"waiting for {self._waiting_for}")
            found += [trouble for consumer in self._consumers if (trouble := consumer.trouble())]
        found += [f"{b.name} keeps failing" for b in self._background if b.failing_since is not None]
        found += [trouble for check in self._checks if (trouble := check())]
        return found

    def dead(self) -> str | None:
        """Why the process should be replaced, or None: its loop stalled, or its own work has been failing for long."""
        if time.monotonic() - self._beat > _DEAD_SECONDS:
            return "the event loop has stalled"
        for b in self._background:
            if b.failing_since is not None and time.monotonic() - b.failing_since > _DEAD_SECONDS:
                return f"{b.name} has been failing for over {_DEAD_SECONDS:.0f} seconds"
        return None

    async def _store_answers(self) -> bool:
        asked, answer = self._store_seen
        if time.monotonic() - asked > 1:
            try:
                # Not wait_for: before Python 3.12 it loses a cancellation that meets the answer.
                async with asyncio.timeout(1.5):
                    answer = await self.store.ping()
            except TimeoutError:
                answer = False
            self._store_seen = (time.monotonic(), answer)
        return answer

    async def _bring_up(self) -> None:
        pause = 0.2
        while not self._prepared:
            try:
                if not await self._store_answers():
                    raise StoreUnavailable("no primary answers")
                if self._vault is not None:
                    await self._vault.verify_master_key()
                if self._prepare is not None:
                    await self._prepare()
                self._prepared = True
            except StoreUnavailable as error:
                log.warning("waiting for the store", hosts=self.store.hosts, error=str(error)[:200])
                await asyncio.sleep(pause)
                pause = min(pause * 2, 3)
            except WrongMasterKey as error:
                self._waiting_for = f"the right key: {error}"
                log.critical("wrong master key", error=str(error))
                await asyncio.sleep(3)
            except Exception:
                self._waiting_for = "the store to be prepared (see the log)"
                log.exception("preparing the store failed; trying again")
                await asyncio.sleep(3)
        log.info("store ready", database=self.database.name)
        async with asyncio.TaskGroup() as group:
            for background in self._background:
                work = group.create_task(self._keep_running(background), name=background.name)
                self._working.append(work)
            if self._subscriptions:
                group.create_task(self._keep_consuming())

    async def _keep_running(self, background: _Background) -> None:
        pause = 0.5
        while True:
            started = time.monotonic()
            try:
                await background.work()
                log.warning("background work ended; starting it again", work=background.name)
            except StoreUnavailable as error:
                log.warning(
                    "background work waits for the store", work=background.name, error=str(error)[:200]
                )
            except Exception:
                if background.failing_since is None:
                    background.failing_since = time.monotonic()
                log.exception("background work failed; starting it again", work=background.name)
            if time.monotonic() - started > 30:
                pause = 0.5
                background.failing_since = None
            await asyncio.sleep(pause)
            pause = min(pause * 2, 15)

    async def _keep_consuming(self) -> None:
        try:
            while True:
                await self._start_broker()
                while not any("dead" in (consumer.trouble() or "") for consumer in self._consumers):
                    await asyncio.sleep(1)
                log.error("a consumer task died; starting the broker connection again")
                await self._stop_broker()
        finally:
            await self._stop_broker()

    async def _start_broker(self) -> None:
        self._waiting_for = f"the broker at {self.settings.kafka}"
        pause = 0.2
        while True:
            broker = KafkaBroker(
                self.settings.kafka,
                client_id=f"redress-{self.name}",
                allow_auto_create_topics=False,
                consumer_only=True,
                graceful_timeout=15.0,
                logger=None,
            )
            consumers = [
                Consumer(s, self.topics, self.publisher, self.metrics, self.settings.instance)
                for s in self._subscriptions
            ]
            for consumer in consumers:
                consumer.attach(broker)
            self._broker = broker
            try:
                await broker.start()
            except (KafkaError, OSError) as error:
                log.warning("waiting for the broker", bootstrap=self.settings.kafka, error=str(error)[:200])
                await self._stop_broker()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 3)
            else:
                self._consumers = consumers
                log.info("consuming", topics=[s.topic for s in self._subscriptions])
                return

    async def _stop_broker(self) -> None:
        broker, self._broker, self._consumers = self._broker, None, []
        if broker is not None:
            try:
                await broker.stop()
            except (KafkaError, OSError) as error:
                log.warning("the broker connection did not close cleanly", error=str(error)[:200])

    async def _measure(self) -> None:
        while True:
            self._beat = time.monotonic()
            try:
                self.metrics.ready.set(0 if await self.troubles() else 1)
                for consumer in self._consumers:
                    await consumer.measure_lag()
                if self._prepared:
                    for relay in self._relays:
                        await relay.measure()
            except (StoreUnavailable, KafkaError):
                self.metrics.ready.set(0)
            except Exception:
                log.exception("measuring failed")
            await asyncio.sleep(_MEASURE_SECONDS)
