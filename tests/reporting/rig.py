"""Reporting on the real broker and store: its application in this process, and a producer that plays workflow."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI

from services.reporting.app import create_app
from services.reporting.integrity import Integrity
from services.reporting.measures import Cells, measure
from services.reporting.projection.snapshot import CountedAnew
from services.reporting.queries import Queries
from services.reporting.settings import ReportingSettings
from shared.events.cases import CaseEvent
from shared.events.envelope import Envelope, Event
from shared.messaging.connection import client_options
from shared.messaging.topics import Topics
from shared.settings import KafkaSettings
from tests.reporting.histories import published
from tests.waiting import PATIENCE

TOKEN = "reporting-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
WHEN = datetime(2023, 6, 1, 12, tzinfo=UTC)
T = TypeVar("T")


@dataclass
class Rig:
    """One installation of reporting: the servers, its prefixes, and what to say to them."""

    mongo_url: str
    kafka: str
    topic_prefix: str
    database_prefix: str
    producer: Any
    instance: str | None = None

    @property
    def settings(self) -> ReportingSettings:
        return ReportingSettings(
            kafka=self.kafka,
            mongo_url=self.mongo_url,
            topic_prefix=self.topic_prefix,
            database_prefix=self.database_prefix,
            balance_seconds=0.5,
            instance=self.instance,
            staff_tokens={
                hashlib.sha256(TOKEN.encode()).hexdigest(): {
                    "id": "officer-1",
                    "roles": ["operator", "reporting"],
                }
            },
        )

    @property
    def env(self) -> dict[str, str]:
        named = {"REDRESS_INSTANCE": self.instance} if self.instance else {}
        return {
            **named,
            "REDRESS_KAFKA": self.kafka,
            "REDRESS_MONGO_URL": self.mongo_url,
            "REDRESS_TOPIC_PREFIX": self.topic_prefix,
            "REDRESS_DATABASE_PREFIX": self.database_prefix,
            "REDRESS_MASTER_KEY": base64.urlsafe_b64encode(bytes(32)).decode(),
        }

    async def publish(self, events: Iterable[CaseEvent], *, time: datetime = WHEN) -> None:
        """In this order, under the case's id as the key, as the relay does it."""
        await self.publish_envelopes("cases", [(str(e.case_id), published(e, time)) for e in events])

    async def publish_envelopes(self, topic: str, envelopes: Iterable[tuple[str, Envelope[Event]]]) -> None:
        name = Topics(self.topic_prefix).name(topic)
        waiting = [
            await self.producer.send(
                name,
                envelope.value(),
                key=key.encode(),
                headers=[(header, value.encode()) for header, value in envelope.headers().items()],
            )
            for key, envelope in envelopes
        ]
        await asyncio.gather(*waiting)

    async def publish_raw(self, topic: str, value: bytes | None, headers: list[tuple[str, bytes]]) -> None:
        await self.producer.send_and_wait(
            Topics(self.topic_prefix).name(topic), value, key=b"k", headers=headers
        )

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Running]:
        """The application with its consumers, until the block ends."""
        app = create_app(self.settings)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://reporting") as http:
                yield Running(app, http)


@dataclass
class Running:
    app: FastAPI
    http: httpx.AsyncClient

    @property
    def queries(self) -> Queries:
        queries: Queries = self.app.state.queries
        return queries

    @property
    def integrity(self) -> Integrity:
        integrity: Integrity = self.app.state.integrity
        return integrity

    async def caught_up(self, expected: Cells, within: float = PATIENCE) -> None:
        """Until the aggregates are what is expected; then a moment longer, and still."""
        try:
            await until(lambda: self._is(expected), within)
        except TimeoutError:
            found = (await self.queries.reader.snapshot()).cells()
            wrong = {
                c: (found.get(c), expected.get(c))
                for c in {*found, *expected}
                if found.get(c) != expected.get(c)
            }
            raise AssertionError(f"{len(wrong)} cells differ: {dict(list(wrong.items())[:5])}") from None
        await asyncio.sleep(0.3)
        assert await self._is(expected)

    async def _is(self, expected: Cells) -> bool:
        snapshot = await self.queries.reader.snapshot()
        return snapshot.settled and snapshot.cells() == expected

    def metric(self, name: str, **labels: str) -> float:
        """A sample of /metrics; 0 where there is none yet."""
        value: float | None = self.app.state.runtime.metrics.registry.get_sample_value(name, labels)
        return value or 0.0

    async def annual(self, year: str, **query: str) -> dict[str, Any]:
        answer = await self.http.get("/api/v1/annual", params={"year": year, **query})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def until(ask: Callable[[], Awaitable[T]], within: float = PATIENCE) -> T:
    async with asyncio.timeout(within):
        while True:
            try:
                if found := await ask():
                    return found
            except (RuntimeError, CountedAnew):  # not prepared yet, or not counted again
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.05)


def expected_of(cases: Iterable[list[CaseEvent]]) -> Cells:
    """What the last version of each case counts for."""
    total: Cells = {}
    for events in cases:
        for cell, count in measure(events[-1].after).items():
            total[cell] = total.get(cell, 0) + count
    return {cell: count for cell, count in total.items() if count}


@asynccontextmanager
async def make_rig(mongo_url: str, kafka: str, topic_prefix: str, database_prefix: str) -> AsyncIterator[Rig]:
    producer = AIOKafkaProducer(
        **client_options(KafkaSettings(kafka=kafka)), enable_idempotence=True, linger_ms=5
    )
    await producer.start()
    try:
        yield Rig(mongo_url, kafka, topic_prefix, database_prefix, producer)
    finally:
        await producer.stop()
