"""The workflow service on the real broker and store, as one application in this process."""

import pytest

from services.workflow.app import create_app
from services.workflow.settings import WorkflowSettings
from shared.messaging.publisher import OutgoingRecord
from tests.in_process import InProcess, master_key, staff

TOKENS = {"officer-1": "one", "officer-2": "two", "reader-1": "three"}
ROLES = {"officer-1": {"officer", "manager"}, "officer-2": {"officer"}, "reader-1": {"reporting"}}


class Workflow(InProcess):
    async def publish(self, *envelopes, topic="feedback", key=None):
        records = [
            OutgoingRecord(
                topic,
                str(key or e.data.feedback_id).encode(),
                e.value(),
                [(name, value.encode()) for name, value in e.headers().items()],
            )
            for e in envelopes
        ]
        assert await self.publisher.publish(records) == len(records)

    async def said(self, topic="cases", seconds=1.0):
        return await super().said(topic, seconds)


@pytest.fixture
async def workflow(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    settings = WorkflowSettings(
        kafka=kafka_bootstrap,
        mongo_url=mongo_url,
        topic_prefix=topic_prefix,
        database_prefix=database_prefix,
        master_key=master_key(),
        staff_tokens=staff(**{name: (token, ROLES[name]) for name, token in TOKENS.items()}),
        timer_seconds=0.1,
    )
    service = Workflow(create_app, settings, TOKENS["officer-1"])
    yield service
    await service.close()
