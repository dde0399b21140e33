"""The workflow service on the real broker and store, as one application in this process."""

import pytest

from tests.workflow.service_rig import service_on


@pytest.fixture
async def workflow(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    service = service_on(mongo_url, kafka_bootstrap, topic_prefix, database_prefix)
    yield service
    await service.close()
