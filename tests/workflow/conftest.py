"""The workflow service on the real broker and store, as one application in this process."""

import pytest

from services.workflow.app import create_app
from services.workflow.settings import WorkflowSettings
from tests.in_process import master_key, staff
from tests.workflow.service_rig import ROLES, TOKENS, Workflow


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
