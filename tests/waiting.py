"""What tests of a running service wait for: a condition, readiness, and everything that a topic holds."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer


async def is_ready(client):
    return (await client.get("/readyz")).status_code == 200


async def until(condition, seconds=20):
    """What `condition` answers when it is true at last."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.05)
    return found


async def everything_on(bootstrap, *topics, seconds=1.0):
    """Every record on these topics, by their full names; waits until nothing more has come for `seconds`."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    found = []
    try:
        while batch := await consumer.getmany(timeout_ms=int(seconds * 1000)):
            found += [record for records in batch.values() for record in records]
    finally:
        await consumer.stop()
    return found
