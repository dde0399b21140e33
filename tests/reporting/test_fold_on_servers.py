"""The fold on a real broker and a real mongod: repeats, redelivery, rebalances, kills, a lost store, a rebuild."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from services.reporting.integrity import Integrity
from services.reporting.measures import MEASURES_VERSION
from services.reporting.metrics import ReportingMetrics
from services.reporting.projection.snapshot import read_snapshot
from services.reporting.projection.verify import verify
from shared.clock import now
from shared.messaging.connection import client_options
from shared.telemetry.metrics import Metrics
from tests.processes import process
from tests.reporting.histories import many_cases
from tests.reporting.rig import HEADERS, Rig, expected_of
from tests.waiting import until


async def test_events_become_cells_and_repeats_change_nothing(rig: Rig) -> None:
    """A relay that died publishes again at new offsets; what nobody can read is parked and passed over."""
    cases = many_cases(60)
    events = list(chain.from_iterable(cases))
    async with rig.service() as service:
        await rig.publish(events)
        await rig.publish(events[:80])
        await rig.put_raw("cases", None, [])
        await rig.put_raw("cases", b"not json", [("ce_type", b"redress.case.imported.v1")])
        await rig.publish(events[40:])
        await service.caught_up(expected_of(cases))
        checked = await service.http.post("/api/v1/verify", headers=HEADERS)
        assert checked.json()["differences"] == []
        assert checked.json()["events"] == len(events)
        assert checked.json()["repeats"] == 80 + len(events) - 40
        assert service.metric("redress_balance_mismatches") == 0
        parked = {"topic": "cases", "group": "reporting-cases", "result": "parked"}
        assert service.metric("redress_records_consumed_total", **parked) == 2


async def test_a_restart_from_any_committed_offset_changes_nothing(rig: Rig) -> None:
    """The group's offsets are thrown away between two runs: everything is delivered again."""
    cases = many_cases(40)
    await rig.publish(chain.from_iterable(cases))
    async with rig.service() as service:
        await service.caught_up(expected_of(cases))
    await _forget_group(rig)
    more = many_cases(10, seed=2)
    await rig.publish(chain.from_iterable(more))
    async with rig.service() as service:
        await service.caught_up(expected_of([*cases, *more]))


async def test_a_store_that_was_lost_is_filled_again_from_the_log(rig: Rig) -> None:
    """The committed offset is far ahead of a store without aggregates: the stored position is the truth."""
    cases = many_cases(40)
    await rig.publish(chain.from_iterable(cases))
    async with rig.service() as service:
        await service.caught_up(expected_of(cases))
    store = rig.store
    await store.drop_databases()
    more = many_cases(30, seed=3)
    async with rig.service() as service:
        await until(lambda: _ready(service))
        await rig.publish(chain.from_iterable(more))
        await service.caught_up(expected_of([*cases, *more]))
        assert service.metric("redress_reporting_seeks_total", topic="cases") > 0


async def test_a_rebalance_in_a_slow_handler_counts_nothing_twice(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two consumers; the first one sits on its batch between two documents while the second takes partitions over."""
    cases = many_cases(80)
    async with rig.service() as slow:
        swap = slow.queries.store.swap

        async def slowly(*args: object) -> bool:
            await asyncio.sleep(0.4)
            return await swap(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(slow.queries.store, "swap", slowly)
        await until(lambda: _ready(slow))
        await rig.publish(chain.from_iterable(cases))
        await asyncio.sleep(0.8)
        async with rig.service() as other:
            await other.caught_up(expected_of(cases))
        await slow.caught_up(expected_of(cases))


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("point", "instance"),
    [
        ("reporting.before-fold", "reporting-0"),
        ("reporting.between-documents", None),
        ("reporting.after-fold", "reporting-0"),
    ],
)
async def test_a_kill_at_any_point_of_the_fold_changes_nothing(rig: Rig, point: str, instance: str | None, tmp_path: Path) -> None:
    """The next process of the same name has the partitions at once; a nameless one waits until the dead one's time is up."""
    rig.settings = rig.settings.model_copy(update={"instance": instance})
    cases = many_cases(50)
    await rig.publish(chain.from_iterable(cases))
    async with process("reporting", rig.settings, tmp_path / "log", REDRESS_KILL_AT=point) as dying:
        assert await dying.ended() == -signal.SIGKILL, dying.log.read_text()
    async with rig.service() as service:
        await service.caught_up(expected_of(cases))


async def test_verify_finds_a_tampered_cell(rig: Rig) -> None:
    cases = many_cases(20)
    await rig.publish(chain.from_iterable(cases))
    async with rig.service() as service:
        await service.caught_up(expected_of(cases))
        store = rig.store
        slices = store.database("reporting")["slices"]
        cell = min(cell for cell in expected_of(cases) if cell.measure == "received" and not cell.dimensions)
        name, field = str(cell), f"cells.{cell.month}.received|{cell.procedure}"
        victim = await slices.find_one({field: {"$gt": 0}})
        assert victim is not None
        await slices.update_one({"_id": victim["_id"]}, {"$inc": {field: 1}})
        found = await verify(await read_snapshot(service.integrity.store), service.integrity.log)
        assert [(d.year, d.cell, d.stored - d.log) for d in found.differences] == [(victim["year"], name, 1)]

        stock = f"cells.{cell.month}.stock-received|{cell.procedure}|kind=complaint"
        await slices.update_one({"_id": victim["_id"]}, {"$inc": {stock: 2}})

        async def noticed() -> bool:
            return service.metric("redress_balance_mismatches") > 0

        await until(noticed)


async def test_a_rebuild_replaces_the_aggregates_while_events_come_in(rig: Rig) -> None:
    """Compared with the old generation, which has a wrong cell; then the live consumer carries on in the new one."""
    cases = many_cases(60)
    events = list(chain.from_iterable(cases))
    await rig.publish(events[:50])
    async with rig.service() as service:
        await rig.publish(events[50:])
        await service.caught_up(expected_of(cases))
        store = rig.store
        slices = store.database("reporting")["slices"]
        await slices.update_one({"generation": 1, "year": "2022/23"}, {"$inc": {"cells.2022-06.received|corporate": 5}})
        more, late = many_cases(30, seed=5), many_cases(10, seed=6)
        begun = await service.http.post("/api/v1/rebuild", headers=HEADERS)
        assert begun.status_code == 202
        assert (await service.http.post("/api/v1/rebuild", headers=HEADERS)).status_code == 409
        await rig.publish(chain.from_iterable(more))

        async def done() -> bool:
            state = (await service.http.get("/api/v1/rebuild")).json()["rebuild"]
            assert state["state"] != "failed", state
            return bool(state["state"] == "done")

        await until(done)
        state = (await service.http.get("/api/v1/rebuild")).json()
        assert state["generation"] == 2
        assert state["rebuild"]["differences"] == 1, state
        assert state["rebuild"]["examples"][0]["cell"] == "2022-06|received|corporate"
        await service.caught_up(expected_of([*cases, *more]))
        await rig.publish(chain.from_iterable(late))
        await service.caught_up(expected_of([*cases, *more, *late]))

        back = await service.http.post("/api/v1/rebuild/rollback", headers=HEADERS)
        assert back.json() == {"generation": 1}
        verified = (await service.http.post("/api/v1/verify", headers=HEADERS)).json()
        assert [d["stored"] - d["log"] for d in verified["differences"]] == [5], "it came back up to date, fault and all"


async def test_a_generation_of_older_measures_is_folded_again_at_start(rig: Rig) -> None:
    """Its cells are as the release before kept them, by years: no figure is read from them, and the new ones are right."""
    cases = many_cases(60)
    await rig.publish(chain.from_iterable(cases))
    async with rig.service() as service:
        await service.caught_up(expected_of(cases))
    store = rig.store
    database = store.database("reporting")
    await database["slices"].update_many({}, {"$set": {"cells": {"received|corporate": 7}}})
    await database["pointer"].update_one({}, {"$set": {"measures_version": MEASURES_VERSION - 1}})
    lease = database["rebuild_lease"]
    await lease.insert_one({"_id": "lease", "until": now() + timedelta(minutes=5)})
    async with rig.service() as service:  # while another instance rebuilds
        await until(lambda: _ready(service))
        for route in ("/api/v1/annual?year=2022/23", "/api/v1/balance"):
            answer = await service.http.get(route)
            assert (answer.status_code, answer.json()["type"]) == (503, "urn:redress:problem:counted-anew")
        page = await service.http.get("/years/2022-23")
        assert (page.status_code, "being counted anew" in page.text) == (503, True)
        verified = await service.http.post("/api/v1/verify", headers=HEADERS)
        assert (verified.status_code, verified.headers["Retry-After"]) == (503, "5")
    await lease.delete_one({"_id": "lease"})
    more = many_cases(10, seed=4)
    async with rig.service() as service:
        await rig.publish(chain.from_iterable(more))
        await service.caught_up(expected_of([*cases, *more]))
        assert await service.annual("2022/23")
        state = (await service.http.get("/api/v1/rebuild")).json()
        assert (state["generation"], state["measures_version"]) == (2, MEASURES_VERSION)
        assert state["rebuild"]["reason"] == f"measures {MEASURES_VERSION - 1} -> {MEASURES_VERSION}"
        assert state["rebuild"]["differences"] is None, "there is nothing to compare with"
        back = await service.http.post("/api/v1/rebuild/rollback", headers=HEADERS)
        assert back.status_code == 409, "the old cells cannot be used again"


async def test_a_topic_that_was_made_anew_is_counted_with_the_old(rig: Rig) -> None:
    """Its offsets begin again at 0, below the stored position: the first record shows which it is."""
    from shared.messaging import provision

    first, second = many_cases(30), many_cases(30, seed=9)
    await rig.publish(chain.from_iterable(first))
    async with rig.service() as service:
        await service.caught_up(expected_of(first))
    await provision.delete(rig.settings, rig.settings.topic_prefix)
    await asyncio.sleep(1)
    await provision.provision(rig.settings, rig.settings.topic_prefix, partitions=3)
    await rig.publish(chain.from_iterable(second))
    async with rig.service() as service:
        await service.caught_up(expected_of([*first, *second]))
        verified = (await service.http.post("/api/v1/verify", headers=HEADERS)).json()
        assert verified["differences"], "the log of the old topic is gone, and verify says so"


async def test_a_log_that_has_lost_its_end_is_reported(rig: Rig) -> None:
    """The position is beyond the log: new records at those offsets would be taken for old ones."""
    cases = many_cases(20)
    await rig.publish(chain.from_iterable(cases))
    async with rig.service() as service:
        await service.caught_up(expected_of(cases))
        store = rig.store
        await store.database("reporting")["positions"].update_one({"topic": "cases"}, {"$inc": {"position": 5}})
        integrity = Integrity(
            service.integrity.store,
            service.integrity.log,
            service.integrity.rebuilder,
            ReportingMetrics(Metrics()),
            seconds=1,
        )
        trouble = await integrity.check_log()
        assert trouble is not None
        assert "the log has lost records: cases/" in trouble
        assert integrity.trouble() == trouble
        verified = await service.http.post("/api/v1/verify", headers=HEADERS)
        assert verified.status_code == 200, "verify reads as far as the log goes"


async def _ready(service) -> bool:
    return bool((await service.http.get("/readyz")).status_code == 200)


async def _forget_group(rig: Rig) -> None:
    """Commit offset 0 for every partition in the group's name."""
    consumer = AIOKafkaConsumer(
        f"{rig.settings.topic_prefix}cases",
        **client_options(rig.settings),
        group_id=f"{rig.settings.topic_prefix}reporting-cases",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        while not consumer.assignment():
            await asyncio.sleep(0.05)
        await consumer.commit(dict.fromkeys(consumer.assignment(), 0))
    finally:
        await consumer.stop()
