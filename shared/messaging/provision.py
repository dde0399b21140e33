"""Make the declared topics exist, and report where those that exist differ from the declaration."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    CoordinatorLoadInProgressError,
    GroupCoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorForGroupError,
    TopicAlreadyExistsError,
    for_code,
)

from shared.backoff import retrying
from shared.messaging.connection import client_options
from shared.messaging.topics import Topics, TopicSpec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from shared.settings import KafkaSettings

# A group that nobody joins: asking for its offsets makes the broker create and load __consumer_offsets.
_PROBE_GROUP = "redress-provision"
_COORDINATOR_COMING = (
    GroupCoordinatorNotAvailableError,
    CoordinatorLoadInProgressError,
    NotCoordinatorForGroupError,
)


class ProvisioningError(RuntimeError):
    """The broker refused a topic, or did not become ready in time."""


@dataclass(frozen=True)
class Drift:
    """A topic is not as declared: `what` is "partitions" or a configuration name."""

    topic: str
    what: str
    declared: str
    actual: str


@dataclass(frozen=True)
class TopicState:
    """A topic as the broker has it; `partitions` is 0 when it does not exist."""

    name: str
    partitions: int
    replication: int
    config: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Provisioned:
    """What `provision` found and did."""

    created: list[str]
    existing: list[str]
    drift: list[Drift]
    topics: list[TopicState]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@asynccontextmanager
async def _admin(settings: KafkaSettings, within: float) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client once the broker answers; raises ProvisioningError after `within` seconds."""
    try:
        async for attempt in retrying(KafkaError, first=0.2, longest=1, within=within):
            with attempt:
                client = await _connected(settings)
    except KafkaError as error:
        raise ProvisioningError(f"Kafka at {settings.kafka} does not answer: {error}") from error
    try:
        yield client
    finally:
        await client.close()


async def _connected(settings: KafkaSettings, timeout_ms: int = 15_000) -> AIOKafkaAdminClient:
    client = AIOKafkaAdminClient(**client_options(settings), request_timeout_ms=timeout_ms)
    try:
        await client.start()
    except BaseException:
        await client.close()
        raise
    return client


async def answers(settings: KafkaSettings) -> bool:
    """Whether a client gets the cluster's metadata now."""
    try:
        client = await _connected(settings, timeout_ms=5000)
    except (KafkaError, OSError):
        return False
    try:
        return bool((await client.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


async def provision(
    settings: KafkaSettings,
    prefix: str = "",
    replication: int = 1,
    partitions: int | None = None,
    *,
    within: float = 60.0,
) -> Provisioned:
    """Create the declared topics that are missing and verify those that exist.

    An existing topic is never altered: partitions of a keyed log must not change under its
    readers, so a difference is reported as drift for a person to decide. May be run at any
    time, by several at once. Returns when every topic has a leader and consumer groups can
    be used.

    Args:
        settings: how the cluster is reached.
        prefix: put before every topic name.
        replication: replicas of a new topic; from three on, two must have each record
            before it counts as written.
        partitions: partitions of a new topic in place of the declared number.
        within: seconds in all.

    Raises:
        ProvisioningError: the broker refused, or `within` seconds passed.
    """
    specs = Topics(prefix).specs(partitions)
    async with _admin(settings, within) as client:
        try:
            async with asyncio.timeout(within):
                existing = await _partition_counts(client)
                missing = [spec for spec in specs if spec.name not in existing]
                created = await _create(client, missing, replication)
                await _wait_for_leaders(client, [spec.name for spec in specs])
                await _wait_for_groups(client)
                states = await _describe(client, specs)
        except TimeoutError as error:
            raise ProvisioningError(f"topics were not ready within {within:g} s at {settings.kafka}") from error
    return Provisioned(
        created=created,
        existing=[spec.name for spec in specs if spec.name not in created],
        drift=_drift(specs, states),
        topics=states,
    )


async def inspect(settings: KafkaSettings, prefix: str = "", partitions: int | None = None, *, within: float = 15.0) -> Provisioned:
    """What exists of the declared topics, without creating any; a missing one is drift."""
    specs = Topics(prefix).specs(partitions)
    async with _admin(settings, within) as client:
        existing = await _partition_counts(client)
        states = await _describe(client, [spec for spec in specs if spec.name in existing])
    found = {state.name: state for state in states}
    ordered = [found.get(spec.name, TopicState(spec.name, 0, 0)) for spec in specs]
    return Provisioned(created=[], existing=list(found), drift=_drift(specs, ordered), topics=ordered)


async def delete(settings: KafkaSettings, prefix: str, *, within: float = 60.0) -> None:
    """Delete every declared topic under a prefix and wait until the broker no longer names one.

    For tests: an empty prefix is refused with ValueError. Raises ProvisioningError after `within` seconds.
    """
    if not prefix:
        raise ValueError("topics without a prefix are somebody's records: they are not deleted by code")
    names = {spec.name for spec in Topics(prefix).specs()}
    async with _admin(settings, within) as client:
        try:
            async with asyncio.timeout(within):
                if doomed := names & (await _partition_counts(client)).keys():
                    await client.delete_topics(sorted(doomed))
                while names & (await _partition_counts(client)).keys():
                    await asyncio.sleep(0.05)
        except TimeoutError as error:
            raise ProvisioningError(f"topics under {prefix} were not gone within {within:g} s") from error


async def _metadata(client: AIOKafkaAdminClient) -> list[dict[str, Any]]:
    # All topics are asked for: asking by name would create a missing one on a broker that auto-creates.
    return [topic for topic in await client.describe_topics() if not topic["error_code"]]


async def _partition_counts(client: AIOKafkaAdminClient) -> dict[str, int]:
    return {topic["topic"]: len(topic["partitions"]) for topic in await _metadata(client)}


async def _create(client: AIOKafkaAdminClient, specs: Sequence[TopicSpec], replication: int) -> list[str]:
    if not specs:
        return []
    durable = {"min.insync.replicas": "2"} if replication >= 3 else {}
    answer = await client.create_topics(
        [NewTopic(s.name, s.partitions, replication, topic_configs={**s.config, **durable}) for s in specs]
    )
    created = []
    for topic, code, message in answer.topic_errors:
        if not code:
            created.append(topic)
        # Another provisioner may have been first, a moment before the metadata showed it.
        elif code != TopicAlreadyExistsError.errno:
            raise ProvisioningError(f"topic {topic} was refused: {for_code(code).__name__}: {message}")
    return created


async def _wait_for_leaders(client: AIOKafkaAdminClient, names: Sequence[str]) -> None:
    while True:
        led = {
            topic["topic"]
            for topic in await _metadata(client)
            if all(p["leader"] >= 0 and not p["error_code"] for p in topic["partitions"])
        }
        if led.issuperset(names):
            return
        await asyncio.sleep(0.05)


async def _wait_for_groups(client: AIOKafkaAdminClient) -> None:
    while True:
        try:
            await client.list_consumer_group_offsets(_PROBE_GROUP)
        except _COORDINATOR_COMING:
            await asyncio.sleep(0.1)
        else:
            return


async def _describe(client: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> list[TopicState]:
    if not specs:
        return []
    layout = {topic["topic"]: topic["partitions"] for topic in await _metadata(client)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, spec.name, configs=dict.fromkeys(spec.config)) for spec in specs]
    configs: dict[str, dict[str, str]] = {}
    for response in await client.describe_configs(resources):
        for _, _, _, name, entries in response.resources:
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return [
        TopicState(
            name=spec.name,
            partitions=len(layout.get(spec.name, [])),
            replication=min((len(p["replicas"]) for p in layout.get(spec.name, [])), default=0),
            config=configs.get(spec.name, {}),
        )
        for spec in specs
    ]


def _drift(specs: Sequence[TopicSpec], states: Sequence[TopicState]) -> list[Drift]:
    found: list[Drift] = []
    for spec, state in zip(specs, states, strict=True):
        if state.partitions != spec.partitions:
            found.append(Drift(spec.name, "partitions", str(spec.partitions), str(state.partitions)))
        if state.partitions:
            found.extend(
                Drift(spec.name, key, value, state.config.get(key, ""))
                for key, value in spec.config.items()
                if state.config.get(key) != value
            )
    return found
