"""The embedded Kafka and mongod keep what they acknowledged, whatever ends them."""

import os
import signal
import socket
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from deploy.local import kafka_jars
from deploy.local.child import Child
from deploy.local.errors import DidNotStartError, MissingPartError, PortTakenError
from deploy.local.kafka import KafkaServer
from deploy.local.mongod import MongodServer
from deploy.local.ports import Ports, free_port, require_free
from shared.messaging.connection import client_options
from shared.messaging.provision import inspect, provision
from shared.store.admin import database_names, ping
from shared.store.client import Store
from tests.paths import JARS


@pytest.mark.chaos
async def test_kafka_killed_keeps_every_acknowledged_record_on_other_ports(tmp_path):
    server = KafkaServer(tmp_path / "data", JARS, tmp_path / "kafka.log", free_port(), free_port())
    server.prepare()
    server.start()
    await server.ready()
    await provision(server.clients)
    producer = AIOKafkaProducer(**client_options(server.clients), acks="all", enable_idempotence=True)
    await producer.start()
    for n in range(200):
        await producer.send_and_wait("cases", str(n).encode(), partition=1)
    await producer.stop()
    server.child.kill()
    assert server.child.exit_code() == -signal.SIGKILL

    again = KafkaServer(tmp_path / "data", JARS, tmp_path / "kafka.log", free_port(), free_port())
    again.prepare()
    again.start()
    try:
        await again.ready()
        assert (await inspect(again.clients)).drift == []
        consumer = AIOKafkaConsumer(**client_options(again.clients), auto_offset_reset="earliest")
        consumer.assign([TopicPartition("cases", 1)])
        await consumer.start()
        records = [await consumer.getone() for _ in range(200)]
        await consumer.stop()
        assert [int(r.value) for r in records] == list(range(200))
    finally:
        again.stop()
    assert not again.child.running()


@pytest.mark.chaos
async def test_mongod_killed_keeps_its_documents_on_another_port(tmp_path):
    server = MongodServer(tmp_path / "data", tmp_path / "mongod.log", free_port())
    server.prepare()
    server.start()
    await server.ready()
    store = Store(server.url, "kept")
    for n in range(50):
        await store.database("intake")["things"].insert_one({"_id": n})
    store.close()
    server.child.kill()

    again = MongodServer(tmp_path / "data", tmp_path / "mongod.log", free_port())
    again.prepare()
    again.start()
    try:
        await again.ready()
        assert await database_names(again.url) == ["kept_intake"]
        store = Store(again.url, "kept")
        assert await store.database("intake")["things"].count({}) == 50
        store.close()
    finally:
        again.stop()
    assert again.child.exit_code() == 0
    assert not await ping(again.url, within=0.3)


async def test_mongod_reports_why_it_ended(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        server = MongodServer(tmp_path / "data", tmp_path / "mongod.log", holder.getsockname()[1])
        server.prepare()
        server.start()
        with pytest.raises(DidNotStartError, match="its port is in use"):
            await server.ready(within=20)


def test_a_port_in_use_is_named_with_the_variable_that_moves_it():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        ports = Ports.counted_from(free_port(), {"reporting": port})
        with pytest.raises(PortTakenError, match=rf"port {port} .*REDRESS_PORT_REPORTING") as caught:
            require_free(ports, ("reporting",))
        assert caught.value.exit_code == 3


def test_jars_that_are_not_as_locked_are_noticed(tmp_path):
    for jar in kafka_jars.locked():
        os.link(JARS / jar, tmp_path / jar)
    assert kafka_jars.differing(tmp_path) == []
    (tmp_path / "extra.jar").write_bytes(b"not ours")
    broken = min(kafka_jars.locked())
    (tmp_path / broken).unlink()
    (tmp_path / broken).write_bytes(b"changed")
    assert kafka_jars.differing(tmp_path) == sorted(["extra.jar", broken])


def test_the_lock_names_no_host():
    assert "://" not in kafka_jars.LOCK.read_text()
    assert len(kafka_jars.locked()) >= 40


def test_a_kafka_home_is_used_as_it_is_and_an_empty_one_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("REDRESS_KAFKA_HOME", str(tmp_path))
    with pytest.raises(MissingPartError, match="REDRESS_KAFKA_HOME"):
        kafka_jars.class_path(JARS)
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "kafka_2.13-4.3.1.jar").touch()
    assert kafka_jars.class_path(JARS) == f"{tmp_path}/libs/*"


def test_a_child_that_ignores_sigterm_is_killed_after_the_grace_period(tmp_path):
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = Child("stubborn", ["python3", "-c", stubborn], tmp_path / "log")
    child.start()
    while not child.tail():
        time.sleep(0.01)
    assert child.stop(grace=0.3) == -signal.SIGKILL


def test_a_child_that_ends_is_reported_with_the_end_of_its_log(tmp_path):
    child = Child("short", ["sh", "-c", "echo the reason; exit 7"], tmp_path / "log")
    child.start()
    while child.running():
        time.sleep(0.01)
    with pytest.raises(DidNotStartError, match=r"short ended with exit code 7[\s\S]*the reason"):
        child.check()
