"""Reporting on the real broker and store: its application in this process, and a producer that plays workflow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI

from services.reporting.app import create_app
from services.reporting.integrity import Integrity
from services.reporting.measures import Cells, measure
from services.reporting.projection.snapshot import CountedAnew
from services.reporting.queries import Queries
from services.reporting.settings import ReportingSettings
from shared.events.cases import CaseEvent
from tests.in_process import InProcess, bearer, staff
from tests.reporting.histories import published
from tests.waiting import PATIENCE, until

TOKEN = "reporting-tests"
HEADERS = bearer(TOKEN)
WHEN = datetime(2023, 6, 1, 12, tzinfo=UTC)


class Rig(InProcess[ReportingSettings]):
    """One installation of reporting, and what workflow and learning would publish for it."""

    async def publish(self, events: Iterable[CaseEvent], *, time: datetime = WHEN) -> None:
        """In this order, under the case's id as the key, as the relay does it."""
        await self.put("cases", [(str(e.case_id), published(e, time)) for e in events])

    @asynccontextmanager
    async def service(self) -> AsyncIterator[Running]:
        """The application with its consumers, until the block ends."""
        async with self.serving(ready=False) as (app, http):
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
            wrong = {c: (found.get(c), expected.get(c)) for c in {*found, *expected} if found.get(c) != expected.get(c)}
            raise AssertionError(f"{len(wrong)} cells differ: {dict(list(wrong.items())[:5])}") from None
        await asyncio.sleep(0.3)
        assert await self._is(expected)

    async def _is(self, expected: Cells) -> bool:
        try:
            snapshot = await self.queries.reader.snapshot()
        except (RuntimeError, CountedAnew):  # not prepared yet, or not counted again
            return False
        return snapshot.settled and snapshot.cells() == expected

    def metric(self, name: str, **labels: str) -> float:
        """A sample of /metrics; 0 where there is none yet."""
        value: float | None = self.app.state.runtime.metrics.registry.get_sample_value(name, labels)
        return value or 0.0

    async def annual(self, year: str, **query: str) -> dict[str, Any]:
        answer = await self.http.get("/api/v1/annual", params={"year": year, **query})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def expected_of(cases: Iterable[list[CaseEvent]]) -> Cells:
    """What the last version of each case counts for."""
    total: Cells = {}
    for events in cases:
        for cell, count in measure(events[-1].after).items():
            total[cell] = total.get(cell, 0) + count
    return {cell: count for cell, count in total.items() if count}


@asynccontextmanager
async def make_rig(mongo_url: str, kafka: str, topic_prefix: str, database_prefix: str, **changes: Any) -> AsyncIterator[Rig]:
    settings = ReportingSettings(
        kafka=kafka,
        mongo_url=mongo_url,
        topic_prefix=topic_prefix,
        database_prefix=database_prefix,
        balance_seconds=0.5,
        staff_tokens=staff(**{"officer-1": (TOKEN, {"operator", "reporting"})}),
        **changes,
    )
    rig = Rig(create_app, settings)
    try:
        yield rig
    finally:
        await rig.close()
