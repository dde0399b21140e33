"""What happens around every handler, as middlewares of the broker; outermost first:

* `GiveBack`: what cannot be handled now is waited for, nothing is given back without a pause, and it is noted what keeps failing.
* `DeadLetters`: what can never be handled is published as a dead letter, on `parked`.
* FastStream's own Prometheus middleware: every attempt, its size, time and error.
* `Measured`: records handled, and the time it took.
* `Correlated`: the event's correlation id on every log line.

A batch is acknowledged when its `consume_scope` ends without an error, so when each of its records was handled or parked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, Final

import structlog
from faststream import BaseMiddleware, ContextRepo, StreamMessage
from faststream.kafka.prometheus import KafkaPrometheusMiddleware

from shared.backoff import Attempts, retrying
from shared.clock import now
from shared.events.envelope import UndecodableRecord, UnknownType
from shared.messaging.decoding import Raw
from shared.messaging.parking import park
from shared.messaging.publisher import BrokerUnavailable, Publisher
from shared.messaging.records import Batch, Reject
from shared.messaging.topics import Topics
from shared.store.errors import StoreUnavailable
from shared.telemetry.logs import get
from shared.telemetry.metrics import Metrics

log = get(__name__)

ATTEMPTS: Final = 3
PATIENCE_SECONDS: Final = 120.0
"""How long a message waits for the store or the broker before it is given back: well inside the poll interval of 300 s."""

PAUSE_SECONDS = 5.0
"""Between giving a message back and reading it again, which a negative acknowledgement alone does at once."""

_OUTAGES: Final = (StoreUnavailable, BrokerUnavailable)
_FINAL: Final = (*_OUTAGES, UndecodableRecord, UnknownType, Reject)


@dataclass(frozen=True)
class Failure:
    """What a partition's records were given back for, and since when (UTC)."""

    error: str
    since: datetime


Failing = dict[tuple[str, str, int], Failure]
"""Topic, group and partition to why its records keep being given back. A partition leaves it when they are handled or parked."""

_Next = Callable[[Any], Awaitable[Any]]


def stack(topics: Topics, publisher: Publisher, metrics: Metrics, failing: Failing) -> Sequence[Any]:
    """The middlewares of a service's broker, outermost first. Made once: a registry knows each of its series once."""
    return (
        partial(GiveBack, topics=topics, failing=failing),
        partial(DeadLetters, topics=topics, publisher=publisher, metrics=metrics),
        KafkaPrometheusMiddleware(registry=metrics.registry, app_name="redress"),
        partial(Measured, topics=topics, metrics=metrics),
        Correlated,
    )


class _OfSubscription(BaseMiddleware[Any, Any]):
    """A middleware that knows which subscription its message came by."""

    def __init__(self, msg: Any, /, *, context: ContextRepo, topics: Topics) -> None:
        super().__init__(msg, context=context)
        self._topics = topics

    @property
    def _raws(self) -> tuple[Raw, ...]:
        return self.msg if isinstance(self.msg, tuple) else (self.msg,)

    @cached_property
    def _labels(self) -> tuple[str, str]:
        """Topic and group without the prefix of the installation."""
        group = self.context.get_local("handler_").group_id
        return self._topics.short(self._raws[0].topic), group.removeprefix(self._topics.prefix)

    @property
    def _where(self) -> dict[str, str]:
        return dict(zip(("topic", "group"), self._labels, strict=True))


class GiveBack(_OfSubscription):
    """Waits for the store and the broker, and makes the negative acknowledgement, which seeks back at once, a slow one.

    What is given back is noted in `failing` until it is handled or parked.
    """

    def __init__(self, msg: Any, /, *, context: ContextRepo, topics: Topics, failing: Failing) -> None:
        super().__init__(msg, context=context, topics=topics)
        self._failing = failing

    async def consume_scope(self, call_next: _Next, msg: StreamMessage[Any]) -> None:
        try:
            async for attempt in retrying(_OUTAGES, first=0.2, longest=5, within=PATIENCE_SECONDS, notice=self._waiting):
                with attempt:
                    await call_next(msg)
        except _OUTAGES as error:
            log.warning("given back", **self._where, error=str(error)[:200])
            self._note(error)
            await asyncio.sleep(PAUSE_SECONDS)
            raise
        except Exception as error:
            log.exception("failed; it is read again", **self._where)
            self._note(error)
            await asyncio.sleep(PAUSE_SECONDS)
            raise
        for place in self._places:
            self._failing.pop(place, None)

    @property
    def _places(self) -> set[tuple[str, str, int]]:
        return {(*self._labels, raw.partition) for raw in self._raws}

    def _note(self, error: Exception) -> None:
        # The error's text may quote what a person wrote: its type is enough, and the log says where.
        for place in self._places:
            known = self._failing.get(place)
            self._failing[place] = Failure(type(error).__name__, known.since if known else now())

    def _waiting(self, error: Exception) -> None:
        log.warning("waiting", **self._where, for_=str(error)[:200])


class DeadLetters(_OfSubscription):
    """Parks a record that cannot be read, that its handler refuses, or that failed three times.

    A batch is never parked for an unexpected error: a fold that leaves a record out would be wrong in silence. It is read
    again until it succeeds; only the records that its handler has rejected are parked.
    """

    def __init__(self, msg: Any, /, *, context: ContextRepo, topics: Topics, publisher: Publisher, metrics: Metrics) -> None:
        super().__init__(msg, context=context, topics=topics)
        self._publisher = publisher
        self._metrics = metrics

    async def consume_scope(self, call_next: _Next, msg: StreamMessage[Any]) -> None:
        if isinstance(msg.raw_message, tuple):
            await self._batch(call_next, msg, await _read(msg))
        else:
            await self._record(call_next, msg, msg.raw_message)

    async def _record(self, call_next: _Next, msg: StreamMessage[Any], raw: Raw) -> None:
        try:
            async for attempt in _three():
                with attempt:
                    await call_next(msg)
        except (UndecodableRecord, UnknownType) as error:
            await self._set_aside(raw, error)
        except Reject as refusal:
            await self._park(raw, "refused", refusal.reason)
        except _OUTAGES:
            raise
        except Exception as error:
            log.exception("handler failed", topic=self._labels[0], offset=raw.offset, partition=raw.partition)
            await self._park(raw, "failed", type(error).__name__)

    async def _batch(self, call_next: _Next, msg: StreamMessage[Any], batch: Batch) -> None:
        # The batch is decoded once however often this is tried, so what was set aside is not set aside again.
        while batch.unread:
            await self._set_aside(*batch.unread[0])
            del batch.unread[0]
        async for attempt in _three():
            with attempt:
                batch.rejected.clear()
                await call_next(msg)
        raws = {(raw.partition, raw.offset): raw for raw in self._raws} if batch.rejected else {}
        for record, reason in batch.rejected:
            await self._park(raws[record.partition, record.offset], "refused", reason)

    async def _set_aside(self, raw: Raw, error: UndecodableRecord | UnknownType) -> None:
        if isinstance(error, UndecodableRecord):
            await self._park(raw, "undecodable", error.reason)
        else:
            log.info("unknown event type skipped", **self._where, type=str(error)[:120])
            self._metrics.consumed.labels(*self._labels, "skipped").inc()

    async def _park(self, raw: Raw, why: str, reason: str) -> None:
        await park(
            self._publisher,
            raw,
            topic=self._topics.name(self._labels[0]),
            group=self._labels[1],
            why=why,
            reason=reason,
        )
        self._metrics.parked.labels(*self._labels, why).inc()
        self._metrics.consumed.labels(*self._labels, "parked").inc()


class Measured(_OfSubscription):
    """Counts and times what is handled."""

    def __init__(self, msg: Any, /, *, context: ContextRepo, topics: Topics, metrics: Metrics) -> None:
        super().__init__(msg, context=context, topics=topics)
        self._metrics = metrics

    async def consume_scope(self, call_next: _Next, msg: StreamMessage[Any]) -> None:
        read = await _read(msg)
        with self._metrics.handler_seconds.labels(*self._labels).time():
            await call_next(msg)
        count = len(read) - len(read.rejected) if isinstance(read, Batch) else 1
        self._metrics.consumed.labels(*self._labels, "handled").inc(count)


class Correlated(BaseMiddleware[Any, Any]):
    """Binds the event's correlation id to the log lines of its handler. A batch has many, and its handler binds none."""

    async def consume_scope(self, call_next: _Next, msg: StreamMessage[Any]) -> Any:
        read = await _read(msg)
        if isinstance(read, Batch):
            return await call_next(msg)
        with structlog.contextvars.bound_contextvars(correlation_id=read.envelope.correlation_id):
            return await call_next(msg)


async def _read(msg: StreamMessage[Any]) -> Any:
    """What the decoder made of it, a `Record` or a `Batch`; decoded once, however often it is asked for."""
    return await msg.decode()


def _three() -> Attempts:
    return retrying(Exception, but=_FINAL, attempts=ATTEMPTS, first=0.1, longest=1)
