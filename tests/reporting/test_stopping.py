"""A service that is stopped while it reads the log stops: nothing that it uses takes the cancellation for its own."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaConsumer

from shared.messaging.log import LogReader
from shared.messaging.topics import Topics
from tests.reporting.histories import many_cases
from tests.reporting.rig import Rig
from tests.waiting import PATIENCE


async def test_a_check_of_the_log_is_cancelled_at_any_turn_of_its_end(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.publish(event for case in many_cases(3) for event in case)
    log = LogReader(rig.settings, Topics(rig.settings.topic_prefix))
    stop = AIOKafkaConsumer.stop
    at_its_end = asyncio.Event()

    async def stopping(consumer: AIOKafkaConsumer) -> None:
        at_its_end.set()
        await stop(consumer)

    monkeypatch.setattr(AIOKafkaConsumer, "stop", stopping)
    cancelled = 0
    for turns in range(12):
        at_its_end.clear()
        checking = asyncio.create_task(log.incarnations("cases"))
        await at_its_end.wait()
        for _ in range(turns):
            await asyncio.sleep(0)
        cancelled += checking.cancel()
        await asyncio.wait([checking], timeout=PATIENCE)
        assert checking.done()
        assert checking.cancelled() or not checking.cancelling(), f"lost at turn {turns}"
    assert cancelled >= 3
