"""What a service is made of, brought up in order and kept up: store, broker, consumers, relays, background work.

The HTTP side answers at once. The store and the broker are waited for, and the wait is logged and shown by /readyz, so that
a service may be started before its servers are, and outlives their outages.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from shared.backoff import retrying
from shared.messaging.consumer import Consumers, TopicsMissing, Trouble
from shared.messaging.publisher import BrokerUnavailable, Publisher
from shared.messaging.records import Subscription
from shared.messaging.relay import OutboxRelay
from shared.messaging.topics import Topics
from shared.service.background import Background
from shared.settings import Settings, named
from shared.store import AggregateStore, Store, StoreUnavailable
from shared.telemetry.logs import get
from shared.telemetry.metrics import Metrics
from shared.vault import Vault, WrongMasterKey

log = get(__name__)
_MEASURE_SECONDS = 2.0
_LAG_SECONDS = 5.0
_DEAD_SECONDS = 90.0
_CANCELLED_AGAIN_SECONDS = 20.0
"""Longer than anything that a service finishes before it stops."""


class Runtime:
    """The running parts of one service.

    Args:
        needs_broker: whether readiness asks for the broker. Intake accepts feedback without one.
    """

    def __init__(self, name: str, settings: Settings, *, needs_broker: bool = True) -> None:
        self.name = name
        self.settings = settings
        self.topics = Topics(settings.topic_prefix)
        self.metrics = Metrics()
        with named("mongo_url"):
            self.store = Store(settings.mongo_url, settings.database_prefix)
        self.database = self.store.database(name)
        self.publisher = Publisher(settings, self.topics, self.metrics)
        self._needs_broker = needs_broker
        self._subscriptions: list[Subscription] = []
        self._consumers = Consumers(name, settings, self.topics, self.publisher, self.metrics)
        self._prepare: list[Callable[[], Awaitable[None]]] = []
        self._relays: list[OutboxRelay] = []
        self._background: list[Background] = []
        self._working: list[asyncio.Task[None]] = []
        self._checks: list[Callable[[], str | None]] = []
        self._closers: list[Callable[[], Awaitable[None]]] = []
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
        """Consume these topics for as long as the service runs."""
        self._subscriptions.extend(subscriptions)
        for subscription in subscriptions:
            self.metrics.begin_subscription(subscription.topic, subscription.group)

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        """What the service consumes."""
        return tuple(self._subscriptions)

    def on_prepare(self, prepare: Callable[[], Awaitable[None]]) -> None:
        """Create indexes and the like once the store answers; all of them in order, and again if one fails."""
        self._prepare.append(prepare)

    def relay(self, aggregates: AggregateStore) -> OutboxRelay:
        """Publish the outbox of these aggregates for as long as the service runs."""
        relay = OutboxRelay(aggregates, self.publisher, self.metrics, lease_seconds=self.settings.relay_lease_seconds)
        self._relays.append(relay)
        self.background(f"relay of {aggregates.collection.name}", relay.run)
        return relay

    def background(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` once the store is prepared, and again with a back-off whenever it ends or fails."""
        self._background.append(Background(name, work))

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
        if self._subscriptions:
            tasks.append(asyncio.create_task(self._measure_lag(), name="measuring lag"))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await self._ended(tasks)
            for close in self._closers:
                await close()
            await self._consumers.close()
            await self.publisher.close()
            self.store.close()

    async def _ended(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait for the end of cancelled tasks.

        Background work is cancelled again when it does not end: until Python 3.12 a client that waits with a time limit mistakes a
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
            consumers = list(self._consumers)
            if self._prepared and self._subscriptions and not consumers:
                found.append(f"waiting for {self._waiting_for}")
            found += [f"{c.name}: {why}" for c in consumers if (why := c.trouble())]
            found += [f"{c.name}: {failure}" for c in consumers if (failure := c.failing())]
        found += [f"{b.name} keeps failing" for b in self._background if b.failing_since is not None]
        found += [trouble for check in self._checks if (trouble := check())]
        return found

    def dead(self) -> str | None:
        """Why the process should be replaced, or None: its loop stalled, or its own work has been failing for long."""
        if time.monotonic() - self._beat > _DEAD_SECONDS:
            return "the event loop has stalled"
        for b in self._background:
            if (since := b.failing_since) is not None and time.monotonic() - since > _DEAD_SECONDS:
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
        async for attempt in retrying(Exception, first=0.2, longest=3, notice=self._not_prepared):
            with attempt:
                await self._make_ready()
        log.info("store ready", database=self.database.name)
        async with asyncio.TaskGroup() as group:
            for background in self._background:
                work = group.create_task(self._keep_running(background), name=background.name)
                self._working.append(work)
            if self._subscriptions:
                group.create_task(self._keep_consuming())

    async def _make_ready(self) -> None:
        if not await self._store_answers():
            raise StoreUnavailable("no primary answers")
        if self._vault is not None:
            await self._vault.verify_master_key()
        for prepare in self._prepare:
            await prepare()
        self._prepared = True

    def _not_prepared(self, error: Exception) -> None:
        match error:
            case StoreUnavailable():
                self._waiting_for = f"the store at {self.store.hosts}"
                log.warning("waiting for the store", hosts=self.store.hosts, error=str(error)[:200])
            case WrongMasterKey():
                self._waiting_for = f"the right key: {error}"
                log.critical("wrong master key", error=str(error))
            case _:
                self._waiting_for = "the store to be prepared (see the log)"
                log.error("preparing the store failed; trying again", exc_info=error)

    async def _keep_running(self, background: Background) -> None:
        while True:
            # Each time that it has run for a while the pauses begin anew.
            async for attempt in retrying(Exception, first=0.5, longest=15, notice=background.failed):
                with attempt:
                    await background.run()

    async def _keep_consuming(self) -> None:
        try:
            while True:
                self._waiting_for = f"the broker at {self.settings.kafka}"
                # Whatever it fails with: a service whose consumers have gone without a word would look as if nothing came.
                async for attempt in retrying(Exception, first=0.2, longest=3, notice=self._not_consuming):
                    with attempt:
                        await self._consumers.start(self._subscriptions)
                while not any(consumer.trouble() is Trouble.DEAD for consumer in self._consumers):
                    await asyncio.sleep(1)
                log.error("a consumer task died; starting the broker connection again")
                await self._consumers.stop()
        finally:
            await self._consumers.stop()

    def _not_consuming(self, error: Exception) -> None:
        match error:
            case TopicsMissing():
                # Nothing changes until somebody provisions them: one line, and `/readyz` for as long as it lasts.
                if self._waiting_for != str(error):
                    self._waiting_for = str(error)
                    log.error("waiting for topics", error=self._waiting_for)
            case BrokerUnavailable():
                self._waiting_for = f"the broker at {self.settings.kafka}"
                log.warning("waiting for the broker", bootstrap=self.settings.kafka, error=str(error)[:200])
            case _:
                self._waiting_for = "the consumers to start (see the log)"
                log.error("the consumers did not start; trying again", exc_info=error)

    async def _measure(self) -> None:
        while True:
            self._beat = time.monotonic()
            try:
                self.metrics.ready.set(0 if await self.troubles() else 1)
                for consumer in self._consumers:
                    labels = (consumer.subscription.topic, consumer.subscription.group)
                    self.metrics.consumer_failing.labels(*labels).set(1 if consumer.failing() else 0)
                if self._prepared:
                    for relay in self._relays:
                        await relay.measure()
            except StoreUnavailable:
                self.metrics.ready.set(0)
            except Exception:
                log.exception("measuring failed")
            await asyncio.sleep(_MEASURE_SECONDS)

    async def _measure_lag(self) -> None:
        """Apart from the rest: a broker that does not answer holds it up, and must not make the event loop look stalled."""
        while True:
            try:
                await self._consumers.measure_lag(self._subscriptions)
            except BrokerUnavailable:
                log.debug("the lag is not known: the broker does not answer")
            except Exception:
                log.exception("measuring the lag failed")
            await asyncio.sleep(_LAG_SECONDS)
