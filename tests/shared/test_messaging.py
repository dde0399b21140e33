"""Subscriptions and the relay on a real broker: poison is parked, the rest flows, nothing is lost or swallowed."""

import asyncio
import json
import os
import re
from functools import partial
from uuid import uuid4

import pytest
import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.messaging.connection import client_options
from shared.messaging.consumer import Consumers
from shared.messaging.records import Reject, Subscription
from shared.service import Runtime
from shared.settings import Settings
from shared.store import AggregateStore, StoreUnavailable
from shared.telemetry.metrics import REASONS
from tests.shared.events import imported
from tests.waiting import PATIENCE


@pytest.fixture(autouse=True)
def logged():
    """What was logged, as dictionaries: an exception with all that it can show of its frames would hold the loop for seconds."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
def settings(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    import base64

    return Settings(
        mongo_url=mongo_url,
        kafka=kafka_bootstrap,
        topic_prefix=topic_prefix,
        database_prefix=database_prefix,
        master_key=base64.urlsafe_b64encode(os.urandom(32)).decode(),
    )


async def until(condition, seconds=PATIENCE):
    async with asyncio.timeout(seconds):
        while not (found := condition()):
            await asyncio.sleep(0.05)
    return found


async def produce(settings, records, topic="feedback"):
    producer = AIOKafkaProducer(**client_options(settings), enable_idempotence=True)
    await producer.start()
    try:
        for key, value, headers in records:
            await producer.send_and_wait(f"{settings.topic_prefix}{topic}", value, key=key, headers=headers, partition=0)
    finally:
        await producer.stop()


async def read(settings, topic, count, seconds=PATIENCE):
    consumer = AIOKafkaConsumer(f"{settings.topic_prefix}{topic}", **client_options(settings), auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(seconds):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


def record(event=None):
    event = event or imported()
    return (
        event.key.encode(),
        event.envelope.value(),
        [(k, v.encode()) for k, v in event.headers().items()],
    )


async def test_poison_is_parked_with_its_reason_and_the_rest_flows(settings):
    seen = []
    runtime = Runtime("workflow", settings)

    async def handle(r):
        if r.envelope.data.row.source_id == "refused":
            raise Reject("no-such-procedure")
        if r.envelope.data.row.source_id == "breaks":
            raise RuntimeError("a secret that must not be told")
        seen.append(r.envelope.data.row.source_id)

    runtime.subscribe(Subscription("feedback", "workflow", handle=handle))
    key, value, headers = record(imported("first"))
    no_type = [h for h in headers if h[0] != "ce_type"]
    unknown = [(k, b"redress.feedback.invented.v9" if k == "ce_type" else v) for k, v in headers]
    wrong = json.dumps({"feedback_id": "not a uuid"}).encode()
    await produce(
        settings,
        [
            (key, value, headers),
            (key, b"{not json", headers),
            (key, wrong, headers),
            (key, None, headers),
            (key, value, no_type),
            (key, value, []),
            (key, value, [("ce_type", b"\xff\xfe"), ("ce_id", b"x")]),
            (key, value, unknown),
            record(imported("refused")),
            record(imported("breaks")),
            record(imported("last")),
        ],
    )
    async with runtime.running():
        await until(lambda: "last" in seen)
        parked = await read(settings, "parked", 8)
    assert seen == ["first", "last"]
    parked.sort(key=lambda p: int(dict(p.headers)["x-origin-offset"]))
    parked_headers = [dict(p.headers) for p in parked]
    assert [t["x-why"].decode() for t in parked_headers] == ["undecodable"] * 6 + ["refused", "failed"]
    reasons = [t["x-reason"].decode() for t in parked_headers]
    assert "json_invalid" in reasons[0]
    assert "feedback_id" in reasons[1]
    assert "tombstone" in reasons[2]
    assert "ce_type" in reasons[3]
    assert "UTF-8" in reasons[5]
    assert reasons[6:] == ["no-such-procedure", "RuntimeError"]
    assert parked[0].value == b"{not json"
    assert parked[0].key == key
    assert parked_headers[0]["x-origin-offset"] == b"1"
    assert parked_headers[0]["x-origin-topic"].decode() == f"{settings.topic_prefix}feedback"


async def test_a_store_that_comes_and_goes_delays_a_record_but_parks_nothing(settings):
    attempts, seen = [], []
    runtime = Runtime("workflow", settings)

    async def handle(r):
        attempts.append(r.offset)
        if len(attempts) < 6:
            raise StoreUnavailable("away")
        seen.append(r.offset)

    runtime.subscribe(Subscription("feedback", "workflow", handle=handle))
    await produce(settings, [record(), record()])
    async with runtime.running():
        await until(lambda: len(seen) == 2)
        labels = {"topic": "feedback", "group": "workflow", "why": "failed"}
        assert runtime.metrics.registry.get_sample_value("redress_records_parked_total", labels) == 0
    assert seen == [0, 1]


async def test_what_was_not_finished_is_read_again_after_a_restart(settings):
    seen, hang = [], asyncio.Event()

    def runtime_with(handle):
        runtime = Runtime("workflow", settings)
        runtime.subscribe(Subscription("feedback", "workflow", handle=handle))
        return runtime

    async def stuck(r):
        hang.set()
        await asyncio.sleep(3600)

    async def handle(r):
        seen.append(r.offset)

    await produce(settings, [record() for _ in range(5)])
    first = runtime_with(stuck)
    async with first.running():
        await asyncio.wait_for(hang.wait(), 30)
        for consumer in first._consumers:
            for task in consumer._subscriber.tasks:
                task.cancel()
    second = runtime_with(handle)
    async with second.running():
        await until(lambda: len(seen) >= 5)
    assert seen == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("how", ["handle", "handle_batch"])
async def test_two_consumers_with_a_rebalance_in_a_slow_handler_lose_nothing(settings, how):
    """Rows keep coming until the second consumer has got its share of them, however long the broker takes over that."""
    seen: dict[str, list[str]] = {"a": [], "b": []}
    sent: set[str] = set()

    def runtime_for(name, pause):
        runtime = Runtime("workflow", settings)

        async def handle(r):
            await asyncio.sleep(pause)
            seen[name].append(r.envelope.data.row.source_id)

        async def handle_batch(batch):
            for record in batch:
                await handle(record)

        handler = {"handle": handle, "handle_batch": handle_batch}[how]
        runtime.subscribe(Subscription("feedback", "workflow", max_records=5, **{how: handler}))
        return runtime

    async def rows_until_both_have_some(producer):
        while not seen["b"]:
            sent.add(name := f"row-{len(sent)}")
            key, value, headers = record(imported(name))
            await producer.send_and_wait(f"{settings.topic_prefix}feedback", value, key=key, headers=headers)
            await asyncio.sleep(0.02 if len(sent) < 60 else 0.2)

    producer = AIOKafkaProducer(**client_options(settings), enable_idempotence=True)
    await producer.start()
    try:
        async with runtime_for("a", 0.15).running():
            sending = asyncio.create_task(rows_until_both_have_some(producer))
            await until(lambda: len(seen["a"]) > 2)
            async with runtime_for("b", 0.01).running():
                await asyncio.wait_for(sending, PATIENCE)
                await until(lambda: {*seen["a"], *seen["b"]} == sent)
    finally:
        await producer.stop()


BAD = (b"k", b"{}", [("ce_type", b"\xff\xfe")])
"""FastStream's own parser fails at the headers of this one, of a batch as a whole."""


async def committed(settings, group="workflow", topic="feedback"):
    """The offset that the group reads next in partition 0, as the broker has it; None before the first."""
    consumer = AIOKafkaConsumer(**client_options(settings), group_id=f"{settings.topic_prefix}{group}")
    await consumer.start()
    try:
        return await consumer.committed(TopicPartition(f"{settings.topic_prefix}{topic}", 0))
    finally:
        await consumer.stop()


async def test_a_batch_is_acknowledged_when_each_of_its_records_was_handled_or_parked(settings):
    batches = []
    runtime = Runtime("workflow", settings)

    async def handle(batch):
        batches.append([r.envelope.data.row.source_id for r in batch])
        for r in batch:
            if r.envelope.data.row.source_id == "refused":
                batch.reject(r, "no-such-case")
        if len(batches) < 3:
            raise RuntimeError("not yet")

    runtime.subscribe(Subscription("feedback", "workflow", handle_batch=handle))
    await produce(settings, [record(imported("first")), BAD, record(imported("refused")), BAD])
    async with runtime.running():
        await until(lambda: len(batches) == 3)
        parked = await read(settings, "parked", 3)
        async with asyncio.timeout(PATIENCE):
            while await committed(settings) != 4:
                await asyncio.sleep(0.1)
    assert batches == [["first", "refused"]] * 3
    assert sorted((dict(p.headers)["x-why"], dict(p.headers)["x-reason"]) for p in parked) == [
        (b"refused", b"no-such-case"),
        (b"undecodable", b"a header is not UTF-8"),
        (b"undecodable", b"a header is not UTF-8"),
    ]

    def count(name, **labels):
        return runtime.metrics.registry.get_sample_value(name, {"topic": "feedback", "group": "workflow", **labels})

    assert count("redress_records_consumed_total", result="handled") == 1
    assert count("redress_records_consumed_total", result="parked") == 3
    assert count("redress_records_parked_total", why="undecodable") == 2
    topic = f"{settings.topic_prefix}feedback"
    assert (
        runtime.metrics.registry.get_sample_value(
            "faststream_received_processed_messages_exceptions_total",
            {"app_name": "redress", "broker": "kafka", "handler": topic, "exception_type": "RuntimeError"},
        )
        == 2
    )


async def test_a_batch_that_fails_is_read_again_and_shows_in_readiness_and_lag_until_it_succeeds(settings, monkeypatch, logged):
    monkeypatch.setattr("shared.messaging.middlewares.PAUSE_SECONDS", 0.1)
    monkeypatch.setattr("shared.service.runtime._LAG_SECONDS", 0.1)
    seen, failures, mended = [], [], asyncio.Event()
    runtime = Runtime("workflow", settings)

    async def handle(batch):
        if not mended.is_set():
            failures.append(len(batch))
            raise RuntimeError("a fault of the fold that quotes what a person wrote")
        seen.extend(r.offset for r in batch)

    def value(name, **labels):
        return runtime.metrics.registry.get_sample_value(name, {"topic": "feedback", "group": "workflow", **labels})

    why = r"feedback/workflow: keeps failing since [0-9:]{5} UTC \(RuntimeError\); its log has the exception"

    def lag():
        return [value(f"redress_consumer_lag_{unit}", partition="0") for unit in ("records", "seconds")]

    runtime.subscribe(Subscription("feedback", "workflow", handle_batch=handle))
    await produce(settings, [record() for _ in range(3)])
    await asyncio.sleep(1)
    async with runtime.running():
        await until(lambda: len(failures) > 6)
        assert await committed(settings) is None
        await until(lambda: (lag()[0] or 0) == 3)
        assert 1 <= lag()[1] < PATIENCE
        assert value("redress_consumer_lag_records", partition="1") == 0
        (trouble,) = await runtime.troubles()
        assert re.fullmatch(why, trouble)
        await until(lambda: value("redress_consumer_failing") == 1)
        assert [value("redress_records_parked_total", why=reason) for reason in REASONS] == [0, 0, 0]
        mended.set()
        await until(lambda: len(seen) >= 3)
        await until(lambda: lag() == [0, 0])
        assert await runtime.troubles() == []
        await until(lambda: value("redress_consumer_failing") == 0)
    assert seen == [0, 1, 2]
    assert {line["event"] for line in logged if line["log_level"] == "error"} == {"failed; it is read again"}
    assert value("redress_records_consumed_total", result="handled") == len(seen)


async def test_the_lag_is_known_while_no_consumer_is_at_work(settings):
    """Of every partition, whoever reads it: another instance may, or nobody."""
    runtime = Runtime("workflow", settings)
    subscription = Subscription("feedback", "workflow", handle=partial(asyncio.sleep, 0))
    await produce(settings, [record() for _ in range(2)])
    consumers = Consumers("workflow", settings, runtime.topics, runtime.publisher, runtime.metrics)
    await consumers.measure_lag([subscription])
    await consumers.close()
    runtime.store.close()
    found = {sample.labels["partition"]: sample.value for one in runtime.metrics.lag_records.collect() for sample in one.samples}
    assert found == {"0": 2, "1": 0, "2": 0}


async def test_a_record_whose_headers_cannot_be_read_is_acknowledged_once_it_is_parked(settings):
    """With FastStream's own parser it is not: what acknowledges it parses it once more, and fails again."""
    runtime = Runtime("workflow", settings)

    async def handle(_):
        raise AssertionError

    runtime.subscribe(Subscription("feedback", "workflow", handle=handle))
    await produce(settings, [BAD])
    async with runtime.running():
        await read(settings, "parked", 1)
        async with asyncio.timeout(PATIENCE):
            while await committed(settings) != 1:
                await asyncio.sleep(0.1)


async def test_log_lines_of_a_handler_carry_the_correlation_id_of_its_event(settings):
    seen = []
    runtime = Runtime("workflow", settings)

    async def handle(r):
        seen.append((r.envelope.correlation_id, structlog.contextvars.get_contextvars()["correlation_id"]))

    runtime.subscribe(Subscription("feedback", "workflow", handle=handle))
    await produce(settings, [record(), record()])
    async with runtime.running():
        await until(lambda: len(seen) == 2)
    assert all(of_event == bound for of_event, bound in seen)


async def test_everything_that_prepares_the_store_is_called_in_order_and_again_when_it_fails(settings):
    called = []
    runtime = Runtime("intake", settings, needs_broker=False)

    async def first():
        called.append("first")

    async def second():
        called.append("second")
        if called.count("second") < 2:
            raise RuntimeError("an index cannot be made")

    runtime.on_prepare(first)
    runtime.on_prepare(second)
    async with asyncio.timeout(PATIENCE), runtime.running():
        while await runtime.troubles():
            await asyncio.sleep(0.05)
    assert called == ["first", "second"] * 2


async def test_the_relay_publishes_in_order_and_empties_the_outbox(settings):
    runtime = Runtime("intake", settings, needs_broker=False)
    aggregates = AggregateStore(runtime.database["feedback"])
    runtime.on_prepare(aggregates.prepare)
    relay = runtime.relay(aggregates)
    for n in range(50):
        await aggregates.insert(f"a{n}", {}, [imported(f"{n}-first"), imported(f"{n}-second", 2)])
    async with runtime.running():
        relay.wake()
        records = await read(settings, "feedback", 100)

        async def empty():
            return await aggregates.collection.count({"outbox.0": {"$exists": True}}) == 0

        async with asyncio.timeout(PATIENCE):
            while not await empty():
                await asyncio.sleep(0.05)
    names = [json.loads(r.value)["row"]["source_id"] for r in records]
    assert len(set(names)) == 100
    headers = dict(records[0].headers)
    assert headers["ce_specversion"] == b"1.0"
    assert headers["content-type"] == b"application/json"


async def test_two_relays_and_a_dead_lease_publish_everything(settings):
    runtime = Runtime("intake", settings, needs_broker=False)
    aggregates = AggregateStore(runtime.database["feedback"])
    await aggregates.prepare()
    for n in range(40):
        await aggregates.insert(f"a{n}", {}, [imported(f"{n}")])
    relays = [runtime.relay(aggregates), runtime.relay(aggregates)]
    moved = await asyncio.gather(*(relay.relay_once() for relay in relays))
    moved += await asyncio.gather(*(relay.relay_once() for relay in relays))
    assert sum(moved) == 40
    records = await read(settings, "feedback", 40)
    assert len({r.key for r in records}) == 40
    await runtime.publisher.close()
    runtime.store.close()


async def test_a_relay_that_is_stopped_leaves_no_lease_behind(settings):
    runtime = Runtime("intake", settings, needs_broker=False)
    aggregates = AggregateStore(runtime.database["feedback"])
    for n in range(40):
        await aggregates.insert(f"a{n}", {}, [imported(f"{n}")])
    relay = runtime.relay(aggregates)
    for steps in range(1, 60, 4):
        stopped = asyncio.create_task(relay.relay_once())
        for _ in range(steps):
            await asyncio.sleep(0.001)
        stopped.cancel()
        await asyncio.gather(stopped, return_exceptions=True)
        assert await aggregates.collection.count({"lease": {"$exists": True}}) == 0
    await relay.relay_once()
    assert await aggregates.collection.count({"outbox.0": {"$exists": True}}) == 0
    await runtime.publisher.close()
    runtime.store.close()


async def test_a_service_stops_though_its_work_takes_a_cancellation_for_an_answer(settings, monkeypatch):
    monkeypatch.setattr("shared.service.runtime._CANCELLED_AGAIN_SECONDS", 0.2)
    runtime = Runtime("intake", settings, needs_broker=False)
    asked = asyncio.Event()
    cancelled = []

    async def deaf():
        while True:
            try:
                asked.set()
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                cancelled.append("once more")
                if len(cancelled) > 2:
                    raise

    runtime.background("deaf", deaf)
    async with asyncio.timeout(PATIENCE), runtime.running():
        await asked.wait()
    assert len(cancelled) == 3


async def test_with_no_broker_the_outbox_waits_and_the_service_reports_it(settings, free_port):
    nowhere = settings.model_copy(update={"kafka": f"127.0.0.1:{free_port()}"})
    runtime = Runtime("workflow", nowhere)

    async def handle(_):
        raise AssertionError

    runtime.subscribe(Subscription("feedback", "workflow", handle=handle))
    aggregates = AggregateStore(runtime.database["cases"])
    runtime.on_prepare(aggregates.prepare)
    runtime.relay(aggregates)
    async with runtime.running():
        async with asyncio.timeout(PATIENCE):
            while not any("the broker at" in t for t in await runtime.troubles()):
                await asyncio.sleep(0.05)
        await aggregates.insert(str(uuid4()), {}, [imported()])
        await asyncio.sleep(1)
        assert await aggregates.collection.count({"outbox.0": {"$exists": True}}) == 1
        assert runtime.dead() is None
