"""The workflow service on the real broker and store, as one application in this process."""

import base64
import hashlib
import os
from contextlib import asynccontextmanager

import httpx
import pytest

from services.workflow.app import create_app
from services.workflow.settings import WorkflowSettings
from shared.events.envelope import decode
from shared.messaging.publisher import OutgoingRecord, Publisher
from shared.messaging.topics import Topics
from shared.settings import StaffMember
from shared.store import Store
from shared.telemetry.metrics import Metrics
from shared.vault import Vault
from tests.waiting import everything_on, is_ready, until

TOKENS = {"officer-1": "one", "officer-2": "two", "reader-1": "three"}


class Workflow:
    """The service's client, and the topics around it."""

    def __init__(self, settings):
        self.settings = settings
        self.topics = Topics(settings.topic_prefix)
        self.store = Store(settings.mongo_url, settings.database_prefix)
        self.vault = Vault(self.store.database("vault"), settings.master_key_bytes())
        self.publisher = Publisher(settings.kafka, self.topics, Metrics())

    @asynccontextmanager
    async def running(self):
        app = create_app(self.settings)
        headers = {"Authorization": f"Bearer {TOKENS['officer-1']}"}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app), base_url="http://workflow", headers=headers
            ) as client,
        ):
            await until(lambda: is_ready(client))
            yield client

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
        """Every record on a topic, decoded where it is an event; waits until nothing more comes."""
        found = await everything_on(self.settings.kafka, self.topics.name(topic), seconds=seconds)
        return found if topic == "parked" else [decode(r.headers, r.value) for r in found]

    async def close(self):
        await self.publisher.close()
        self.store.close()


@pytest.fixture
async def workflow(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    roles = {"officer-1": {"officer", "manager"}, "officer-2": {"officer"}, "reader-1": {"reporting"}}
    service = Workflow(
        WorkflowSettings(
            kafka=kafka_bootstrap,
            mongo_url=mongo_url,
            topic_prefix=topic_prefix,
            database_prefix=database_prefix,
            master_key=base64.urlsafe_b64encode(os.urandom(32)).decode(),
            staff_tokens={
                hashlib.sha256(token.encode()).hexdigest(): StaffMember(id=name, roles=frozenset(roles[name]))
                for name, token in TOKENS.items()
            },
            timer_seconds=0.1,
        )
    )
    yield service
    await service.close()
