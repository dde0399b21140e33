"""The real servers that tests run on, and the rules that hold for every test.

`mongo_url` and `kafka_bootstrap` are the servers named by REDRESS_MONGO_URL and
REDRESS_KAFKA where those are set, else embedded ones started once a run on free ports.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from pytest_socket import disable_socket, socket_allow_hosts

from deploy.bootstrap import chromium
from deploy.local import ports
from deploy.local.kafka import KafkaServer
from deploy.local.mongod import MongodServer
from redress.sample import LISTS
from shared.calendar.holidays import published
from tests.paths import JARS, ROOT
from tests.platform import platform
from tests.servers import fresh_databases, fresh_topics

# The council of the tests is that of the sample, Lancashire.
os.environ.setdefault("REDRESS_TAXONOMY", str(LISTS))

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# No test fixes how long anything takes, so neither does what makes its examples: a busy machine is slow.
UNTIMED: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", **UNTIMED)
settings.register_profile("ci", **UNTIMED, derandomize=True, print_blob=True)
settings.register_profile("mutants", **UNTIMED, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
settings.load_profile("ci" if IN_CI else "dev")


# What a test asks for when it needs a server, or a port to be one.
SERVERS = {"mongo_url", "kafka_bootstrap", "chromium_path", "free_port"}
# These start servers and processes of their own.
WITH_SERVERS = {"browser", "chaos", "deploy", "end_to_end"}


def pytest_runtest_setup(item):
    """Nothing in a test may reach beyond this machine; where no server is to be needed, nothing beyond this process."""
    if "not servers" in item.config.option.markexpr:
        disable_socket(allow_unix_socket=True)
    else:
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    if "MUTANT_UNDER_TEST" in os.environ:
        # Holidays kept from an earlier test would hide a mutant of what makes them, and that this test is one that tries it.
        published.cache_clear()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks what needs servers. What takes longest comes first, so that two processes end at about the same time; then the
    rest of the platform's.
    """
    for item in items:
        folders = item.path.relative_to(ROOT).parts if item.path.is_relative_to(ROOT) else ()
        if SERVERS & {*item.fixturenames} or WITH_SERVERS & {*folders}:
            item.add_marker("servers")
    items.sort(key=lambda item: (item.path.parent.name != "chaos", "running" not in item.fixturenames))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
    """The four services end when the next test does not ask them, so that they take no time from it."""
    if "running" in getattr(item, "funcargs", ()) and "running" not in getattr(nextitem, "fixturenames", ()):
        item.funcargs["running"].rest()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a browser test that is skipped has failed: the pages were not tried."""
    report = yield
    if IN_CI and report.skipped and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"browser test skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
async def mongo_url(tmp_path_factory):
    """The URL of a MongoDB replica set."""
    given = os.environ.get("REDRESS_MONGO_URL")
    if given:
        yield given
        return
    home = tmp_path_factory.mktemp("mongod")
    server = MongodServer(home / "data", home / "mongod.log", ports.free_port(), parameters={"ttlMonitorSleepSecs": "1"})
    server.prepare()
    server.start()
    try:
        await server.ready()
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="session")
async def kafka_bootstrap(tmp_path_factory):
    """The bootstrap servers of a Kafka broker."""
    given = os.environ.get("REDRESS_KAFKA")
    if given:
        yield given
        return
    home = tmp_path_factory.mktemp("kafka")
    server = KafkaServer(home / "data", JARS, home / "kafka.log", ports.free_port(), ports.free_port())
    server.prepare()
    server.start()
    try:
        await server.ready()
        yield server.bootstrap
    finally:
        server.stop()


@pytest.fixture
async def topic_prefix(kafka_bootstrap):
    """A prefix under which every declared topic exists, with three partitions, for this test only."""
    async with fresh_topics(kafka_bootstrap) as prefix:
        yield prefix


@pytest.fixture
async def database_prefix(mongo_url):
    """A prefix for this test's databases, which are dropped afterwards."""
    async with fresh_databases(mongo_url) as prefix:
        yield prefix


@pytest.fixture(scope="session")
async def whole_platform(tmp_path_factory, mongo_url, kafka_bootstrap):
    """One platform for all tests of it, which look at their own cases and at differences of the totals."""
    async with (
        fresh_topics(kafka_bootstrap) as topics,
        fresh_databases(mongo_url) as databases,
        platform(
            tmp_path_factory.mktemp("platform"),
            mongo_url=mongo_url,
            kafka=kafka_bootstrap,
            topic_prefix=topics,
            database_prefix=databases,
        ) as made,
    ):
        yield made


@pytest.fixture
async def running(whole_platform):
    """All four services, ready."""
    await whole_platform.up()
    return whole_platform


@pytest.fixture(scope="session")
def free_port():
    """A function that gives a port which is free now."""
    return ports.free_port


@pytest.fixture(scope="session")
def chromium_path():
    """The Chromium that pages are tried in; the test is skipped where there is none (in CI: it fails)."""
    found = chromium.find()
    if found is None:
        pytest.skip("no Chromium: python -m deploy.bootstrap.chromium")
    return str(found)
