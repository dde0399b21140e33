"""Reporting's own fixture: one installation of it on the real servers."""

from __future__ import annotations

import pytest

from tests.reporting.rig import make_rig


@pytest.fixture
async def rig(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    """Topics, databases and a producer of this test's own."""
    async with make_rig(mongo_url, kafka_bootstrap, topic_prefix, database_prefix) as made:
        yield made
