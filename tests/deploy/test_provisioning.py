"""Topics: declared once, made once, never altered behind a reader's back."""

import asyncio

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.messaging.connection import client_options
from shared.messaging.provision import Drift, ProvisioningError, delete, inspect, provision
from shared.messaging.topics import TOPIC_NAMES, Topics, UnknownTopicError
from shared.settings import KafkaSettings
from tests.servers import fresh_topics


async def test_provisioning_twice_changes_nothing(kafka_bootstrap):
    async with fresh_topics(kafka_bootstrap) as prefix:
        again = await provision(KafkaSettings(kafka=kafka_bootstrap), prefix, partitions=3)
        assert again.created == []
        assert again.existing == [f"{prefix}{name}" for name in TOPIC_NAMES]
        assert again.drift == []
        assert {t.partitions for t in again.topics} == {3}


async def test_several_provisioners_at_once_agree(kafka_bootstrap, topic_prefix):
    prefix = f"{topic_prefix}x."
    try:
        results = await asyncio.gather(*(provision(KafkaSettings(kafka=kafka_bootstrap), prefix) for _ in range(4)))
        assert all(r.drift == [] for r in results)
        assert (await inspect(KafkaSettings(kafka=kafka_bootstrap), prefix)).drift == []
    finally:
        await delete(KafkaSettings(kafka=kafka_bootstrap), prefix)


async def test_what_differs_is_reported_and_left_as_it_is(kafka_bootstrap, topic_prefix):
    prefix = f"{topic_prefix}y."
    client = AIOKafkaAdminClient(**client_options(KafkaSettings(kafka=kafka_bootstrap)))
    await client.start()
    await client.create_topics([NewTopic(f"{prefix}cases", 2, 1, topic_configs={"retention.ms": "1000"})])
    await client.close()
    try:
        result = await provision(KafkaSettings(kafka=kafka_bootstrap), prefix)
        assert result.drift == [
            Drift(f"{prefix}cases", "partitions", "4", "2"),
            Drift(f"{prefix}cases", "retention.ms", "-1", "1000"),
        ]
        assert f"{prefix}cases" not in result.created
    finally:
        await delete(KafkaSettings(kafka=kafka_bootstrap), prefix)


async def test_a_missing_topic_is_drift_and_inspecting_makes_none(kafka_bootstrap):
    for _ in range(2):
        seen = await inspect(KafkaSettings(kafka=kafka_bootstrap), "nobody.")
        assert [d.actual for d in seen.drift] == ["0"] * len(TOPIC_NAMES)
        assert seen.existing == []


async def test_records_of_an_installation_are_not_deleted_by_code(kafka_bootstrap):
    with pytest.raises(ValueError, match="prefix"):
        await delete(KafkaSettings(kafka=kafka_bootstrap), "")


async def test_a_broker_that_is_not_there_is_named(free_port):
    port = free_port()
    with pytest.raises(ProvisioningError, match=str(port)):
        await provision(KafkaSettings(kafka=f"127.0.0.1:{port}"), within=0.5)


def test_names_are_declared_or_refused():
    topics = Topics("council-1.")
    assert topics.name("outcomes.latest") == "council-1.outcomes.latest"
    assert topics.short("council-1.outcomes.latest") == "outcomes.latest"
    for wrong in ("case", ""):
        with pytest.raises(UnknownTopicError):
            topics.name(wrong)
    with pytest.raises(UnknownTopicError):
        topics.short("feedback")


def test_the_log_is_kept_for_ever_and_parked_records_for_ninety_days():
    kept = {spec.name: dict(spec.config) for spec in Topics().specs()}
    for name in ("feedback", "cases", "lessons", "outcomes", "reports"):
        assert kept[name] == {"cleanup.policy": "delete", "retention.ms": "-1"}
    assert kept["outcomes.latest"] == {"cleanup.policy": "compact"}
    assert kept["parked"]["retention.ms"] == "7776000000"
