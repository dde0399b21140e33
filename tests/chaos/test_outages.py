"""The broker and the store come and go; the services report it, wait, and lose nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from deploy.local.kafka import KafkaServer
from deploy.local.mongod import MongodServer
from deploy.local.ports import free_port
from shared.calendar.london import financial_year
from shared.messaging.provision import provision
from tests.paths import JARS
from tests.platform import SERVICES, platform

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]
THIS_YEAR = financial_year(datetime.now(UTC).date())


async def received(running):
    answer = await running.http.get(f"{running.url('reporting')}/api/v1/annual", params={"year": THIS_YEAR})
    report = answer.json()
    return next(f["value"] for f in report["figures"] if f["id"] == "corporate.dissatisfaction") or 0


async def test_services_started_alone_report_what_they_wait_for_and_come_up(tmp_path):
    kafka = KafkaServer(tmp_path / "kafka", JARS, tmp_path / "kafka.log", free_port(), free_port())
    mongod = MongodServer(tmp_path / "mongo", tmp_path / "mongod.log", free_port())
    async with platform(
        tmp_path, mongo_url=mongod.url, kafka=kafka.bootstrap, topic_prefix="", database_prefix="redress"
    ) as running:
        for name in SERVICES:
            running.start(name)

        async def reports(name, words):
            answer = await running.http.get(f"{running.url(name)}/readyz")
            return answer.status_code == 503 and words in answer.text

        for name in SERVICES:
            await running.until(lambda n=name: reports(n, "waiting for the store"))
            assert (await running.http.get(f"{running.url(name)}/livez")).status_code == 200

            async def logged(n=name):
                return "waiting for the store" in running.children[n].log.read_text()

            await running.until(logged)
        refused = await running.complain()
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        mongod.prepare()
        mongod.start()
        try:
            await mongod.ready()
            await running.ready("intake")
            for name in ("workflow", "learning", "reporting"):
                await running.until(lambda n=name: reports(n, "waiting for the broker"))
            accepted = await running.complain("before-the-broker")
            assert accepted.status_code == 202
            kafka.prepare()
            kafka.start()
            try:
                await kafka.ready()
                await provision(kafka.clients)
                await running.ready()

                async def counted():
                    return await received(running) == 1

                await running.until(counted)
                await _a_minute_without_a_broker(running, kafka)
                await _a_while_without_a_store(running, mongod)
            finally:
                await running.stop()
                kafka.stop()
        finally:
            mongod.stop()


async def _a_minute_without_a_broker(running, kafka):
    kafka.child.kill()
    began = asyncio.get_running_loop().time()
    accepted = 0
    while asyncio.get_running_loop().time() - began < 60:
        answer = await running.complain(f"no-broker-{accepted}")
        assert answer.status_code == 202, answer.text
        accepted += 1
        assert (await running.http.get(f"{running.url('intake')}/readyz")).status_code == 200
        await asyncio.sleep(1)
    metrics = (await running.http.get(f"{running.url('intake')}/metrics")).text
    depth = next(line for line in metrics.splitlines() if line.startswith("redress_outbox_depth{"))
    assert float(depth.split()[-1]) >= accepted - 3
    kafka.start()
    await kafka.ready()

    async def drained():
        return await received(running) == 1 + accepted

    await running.until(drained)
    await running.ready()


async def _a_while_without_a_store(running, mongod):
    before = await received(running)
    mongod.child.kill()
    answer = await running.complain("no-store")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert (await running.http.get(f"{running.url('intake')}/readyz")).status_code == 503
    mongod.start()
    await mongod.ready()
    await running.ready()
    again = await running.complain("no-store")
    assert again.status_code == 202

    async def counted():
        return await received(running) == before + 1

    await running.until(counted)
