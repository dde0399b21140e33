"""Fixtures of the intake service inside the test's process."""

from __future__ import annotations

import pytest

from tests.intake.service_rig import serving, settings_on


@pytest.fixture
def intake_settings(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    def make(**changes):
        return settings_on(mongo_url, kafka_bootstrap, topic_prefix, database_prefix, **changes)

    return make


@pytest.fixture
async def intake(intake_settings):
    async with serving(intake_settings()) as running:
        yield running
