"""The learning service on the real broker and store, as one application in this process."""

import pytest

from services.learning.app import create_app
from services.learning.settings import LearningSettings
from shared.messaging.publisher import OutgoingRecord
from tests.in_process import InProcess, master_key, staff
from tests.learning.examples import envelope

TOKEN = "a-token-for-tests"


class Learning(InProcess):
    async def publish(self, *events):
        for event in events:
            await self.raw(
                str(event.case_id).encode(),
                envelope(event).value(),
                [(name, value.encode()) for name, value in envelope(event).headers().items()],
            )

    async def raw(self, key, value, headers):
        await self.publisher.publish_one(OutgoingRecord("cases", key, value, headers))

    async def said(self, topic="lessons", seconds=1.0):
        return await super().said(topic, seconds)


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
