"""One platform for all end-to-end tests: they look at their own cases, and at differences of the totals."""

from __future__ import annotations

import pytest

from shared.testing.servers import fresh_databases, fresh_topics
from tests.platform import SERVICES, platform


@pytest.fixture(scope="session")
async def running(tmp_path_factory, mongo_url, kafka_bootstrap):
    """All four services, ready."""
    folder = tmp_path_factory.mktemp("platform")
    async with (
        fresh_topics(kafka_bootstrap) as topics,
        fresh_databases(mongo_url) as databases,
        platform(
            folder, mongo_url=mongo_url, kafka=kafka_bootstrap, topic_prefix=topics, database_prefix=databases
        ) as made,
    ):
        for name in SERVICES:
            made.start(name)
        await made.ready()
        yield made
