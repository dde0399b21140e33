"""What tests of a running service wait for: a condition, readiness, and everything that a topic holds."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer

from shared.messaging.connection import client_options
from shared.settings import KafkaSettings


async def is_ready(client):
    return (await client.get("/readyz")).status_code == 200


# A guard against waiting for ever, and no expectation: a machine that is busy with something else takes its time.
PATIENCE = 90


async def until(condition, seconds=PATIENCE):
    """What `condition` answers when it is true at last."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.05)
    return found


async def behind(consumer, ends):
    """Whether something is still to be read before these offsets."""
    return any([await consumer.position(partition) < end for partition, end in ends.items()])


async def everything_on(bootstrap, *topics, seconds=1.0):
    """Every record on these topics, by their full names: to their ends, and then until no more has come for `seconds`."""
    consumer = AIOKafkaConsumer(*topics, **client_options(KafkaSettings(kafka=bootstrap)), auto_offset_reset="earliest")
    await consumer.start()
    found = []
    try:
        while not consumer.assignment():
            await asyncio.sleep(0.05)
        ends = await consumer.end_offsets(consumer.assignment())
        while (batch := await consumer.getmany(timeout_ms=int(seconds * 1000))) or await behind(consumer, ends):
            found += [record for records in batch.values() for record in records]
    finally:
        await consumer.stop()
    return found
