"""The API on real servers: the report and its slips, figures as at a day, publishing and restating, the pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from itertools import chain
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer

from services.reporting.measures import measure
from shared.events.cases import CaseEvent
from shared.events.codes import Provenance
from shared.events.envelope import decode
from shared.events.facts import CaseFacts
from shared.events.reports import ReportPublished
from shared.messaging.connection import client_options
from tests.reporting.histories import many_cases
from tests.reporting.measuring import corporate
from tests.reporting.rig import HEADERS, Rig, Running, expected_of
from tests.waiting import PATIENCE, until

BEFORE, AFTER = datetime(2023, 3, 31, 22, 59, tzinfo=UTC), datetime(2023, 3, 31, 23, 0, tzinfo=UTC)
"""The last minute of the financial year in London, which has summer time by then, and the next one's first."""


@pytest.fixture
async def service(rig: Rig) -> AsyncIterator[Running]:
    async with rig.service() as running:
        await until(lambda: ready(running))
        yield running


async def ready(running: Running) -> bool:
    return (await running.http.get("/readyz")).status_code == 200


def opened(number: int, facts: CaseFacts) -> CaseEvent:
    return CaseEvent(case_id=UUID(int=number), reference="RD-1", version=1, after=facts)


async def test_a_report_and_the_slips_of_asking(rig: Rig, service: Running) -> None:
    await rig.publish([opened(1, corporate()), opened(2, corporate(procedure="adults-statutory", statutory=True))])
    await until(lambda: has(service, "received", 2))
    whole = await service.annual("2022-23")
    assert whole["year"] == "2022/23"
    assert whole["definitions"]
    one = await service.annual("2022/23", procedure="corporate")
    assert next(f["value"] for f in one["figures"] if f["id"] == "corporate.dissatisfaction") == 1
    assert one["balance"]["rows"][0]["balanced"] is True

    for query, status, code in (
        ({"year": "2022/24"}, 422, "not-a-year"),
        ({"year": "2090/91"}, 422, "not-a-year"),
        ({"year": "2022/23", "procedure": "housing"}, 404, "unknown-procedure"),
        ({"year": "2022/23", "as_at": "2090-01-01"}, 422, "as-at-in-future"),
        ({"year": "2022/23", "as_at": "yesterday"}, 422, "invalid"),
        ({}, 422, "invalid"),
    ):
        answer = await service.http.get("/api/v1/annual", params=query)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"urn:redress:problem:{code}"
        assert answer.json()["errors"]

    table = await service.http.get("/api/v1/annual.csv", params={"year": "2022/23"})
    assert table.headers["content-type"].startswith("text/csv")
    assert "annual-2022-23-all.csv" in table.headers["content-disposition"]
    years = (await service.http.get("/api/v1/years")).json()
    assert years["years"] == ["2022/23", "2023/24"]
    for path in ("/api/v1/verify", "/api/v1/rebuild", "/api/v1/annual/publish"):
        assert (await service.http.post(path, json={"year": "2022/23"})).status_code == 401


async def has(service: Running, id: str, value: int, year: str = "2022/23") -> bool:
    report = await service.annual(year)
    return any(f["id"] == id and f["value"] == value for f in report["figures"])


async def test_figures_as_at_a_day(rig: Rig, service: Running) -> None:
    """What happened by the end of the London day counts, whatever the order in the log."""
    first, moved = corporate(), corporate(procedure="adults-statutory")
    case = opened(1, first)
    change = CaseEvent(case_id=case.case_id, reference="RD-1", version=2, before=first, after=moved)
    await rig.publish([case], time=BEFORE)
    await rig.publish([change], time=AFTER)
    await rig.publish([case], time=BEFORE)
    await until(lambda: has(service, "adults.complaints", 1))
    assert await service.queries.cells(date(2023, 3, 31)) == measure(first)
    assert await service.queries.cells(date(2023, 4, 1)) == measure(moved)
    assert await service.queries.cells(date(2023, 3, 30)) == {}
    then = await service.annual("2022/23", as_at="2023-03-31")
    assert then["as_at"] == "2023-03-31"
    assert next(f["value"] for f in then["figures"] if f["id"] == "corporate.dissatisfaction") == 1
    page = await service.http.get("/years/2022-23", params={"as_at": "2023-03-31"})
    assert "as they stood at the end of 31 March 2023" in page.text


async def test_figures_as_at_today_are_those_of_now(rig: Rig, service: Running) -> None:
    cases = many_cases(50)
    await rig.publish(chain.from_iterable(cases))
    await service.caught_up(expected_of(cases))
    assert await service.queries.cells(date(2024, 1, 1)) == expected_of(cases)


async def test_a_year_is_published_and_restated_with_a_note(rig: Rig, service: Running) -> None:
    nothing = await service.http.post("/api/v1/annual/publish", json={"year": "2022/23"}, headers=HEADERS)
    assert (nothing.status_code, nothing.json()["type"]) == (409, "urn:redress:problem:nothing-to-publish")
    await rig.publish([opened(1, corporate(provenance=Provenance.SAMPLE))])
    await until(lambda: has(service, "received", 1))

    async def publish(**body: str) -> tuple[int, dict[str, object]]:
        answer = await service.http.post("/api/v1/annual/publish", json={"year": "2022/23", **body}, headers=HEADERS)
        return answer.status_code, answer.json()

    status, first = await publish()
    assert (status, first["new"]) == (201, True)
    assert (await publish())[1]["new"] is False, "the same figures are the edition that there is"
    await rig.publish([opened(2, corporate())])
    await until(lambda: has(service, "received", 2))
    assert (await publish())[0] == 422, "a restatement needs its reason"
    status, second = await publish(note="one complaint was recorded late")
    assert second["edition"]["edition"] == 2  # type: ignore[index]
    kept = (await service.http.get("/api/v1/annual/editions/1", params={"year": "2022/23"})).json()
    assert next(f["value"] for f in kept["figures"] if f["id"] == "received") == 1
    assert (await service.http.get("/api/v1/annual/editions/3", params={"year": "2022/23"})).status_code == 404
    page = (await service.http.get("/years/2022-23")).text
    assert "edition 2" in page
    assert "one complaint was recorded late" in page

    events = await _records(rig, 2)
    assert [(e.edition, e.restated, e.contains_sample, e.figures["received"]) for e in events] == [
        (1, False, True, 1),
        (2, True, True, 2),
    ]
    assert "late" not in events[1].model_dump_json(), "the note is free text and stays off the topic"


async def _records(rig: Rig, count: int) -> list[ReportPublished]:
    found: list[ReportPublished] = []
    consumer = AIOKafkaConsumer(
        f"{rig.settings.topic_prefix}reports",
        **client_options(rig.settings),
        auto_offset_reset="earliest",
        group_id=None,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(PATIENCE):
            while len(found) < count:
                raw = await consumer.getone()
                data = decode(raw.headers, raw.value).data
                assert isinstance(data, ReportPublished)
                found.append(data)
    finally:
        await consumer.stop()
    return found


async def test_pages_show_what_they_have_and_what_they_have_not(rig: Rig, service: Running) -> None:
    empty = await service.http.get("/")
    assert empty.status_code == 200
    assert 'id="empty"' in empty.text
    await rig.publish([opened(1, corporate(provenance=Provenance.SAMPLE))])
    await until(lambda: has(service, "received", 1))
    newest = (await service.http.get("/")).text
    assert "Complaints, compliments and lessons, 2022/23" in newest, "it was only closed in 2023/24"
    page = await service.http.get("/years/2022-23")
    for part in (
        "These figures contain sample data",
        "Download as CSV",
        "Balances",
        "Complaint Handling Code",
        "not known",
    ):
        assert part in page.text, part
    assert "data:image/svg+xml;base64," in page.text
    chart = await service.http.get("/years/2022-23/chart.svg", params={"procedure": "corporate"})
    assert chart.headers["content-type"].startswith("image/svg+xml")
    for path, status in (
        ("/years/2022-24", 422),
        ("/years/2022-23?procedure=<script>", 404),
        ("/years/2022-23?as_at=x", 422),
    ):
        wrong = await service.http.get(path)
        assert wrong.status_code == status
        assert "There is no such page of figures" in wrong.text
        assert "<script>'" not in wrong.text
