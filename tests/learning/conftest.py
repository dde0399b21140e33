"""The learning service on the real broker and store, as one application in this process."""

import pytest

from services.learning.app import create_app
from services.learning.settings import LearningSettings
from tests.in_process import master_key, staff
from tests.learning.service_rig import TOKEN, Learning


@pytest.fixture
async def learning(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    settings = LearningSettings(
        kafka=kafka_bootstrap,
        mongo_url=mongo_url,
        topic_prefix=topic_prefix,
        database_prefix=database_prefix,
        master_key=master_key(),
        staff_tokens=staff(**{"officer-1": (TOKEN, {"officer"})}),
    )
    service = Learning(create_app, settings, TOKEN)
    yield service
    await service.close()
