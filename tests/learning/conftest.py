"""The learning service on the real broker and store, as one application in this process."""

import base64
import hashlib
import os
from contextlib import asynccontextmanager

import httpx
import pytest

from services.learning.app import create_app
from services.learning.settings import LearningSettings
from shared.events.envelope import decode
from shared.messaging.publisher import OutgoingRecord, Publisher
from shared.messaging.topics import Topics
from shared.settings import StaffMember
from shared.store import Store
from shared.telemetry.metrics import Metrics
from shared.vault import Vault
from tests.learning.examples import envelope
from tests.waiting import everything_on, is_ready, until

TOKEN = "a-token-for-tests"


class Learning:
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
        transport = httpx.ASGITransport(app)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://learning", headers=headers) as client,
        ):
            await until(lambda: is_ready(client))
            yield client

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
        """Every record on a topic, decoded where it is an event; waits until nothing more comes."""
        found = await everything_on(self.settings.kafka, self.topics.name(topic), seconds=seconds)
        return found if topic == "parked" else [decode(r.headers, r.value) for r in found]

    async def close(self):
        await self.publisher.close()
        self.store.close()


@pytest.fixture
async def learning(mongo_url, kafka_bootstrap, topic_prefix, database_prefix):
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    service = Learning(
        LearningSettings(
            kafka=kafka_bootstrap,
            mongo_url=mongo_url,
            topic_prefix=topic_prefix,
            database_prefix=database_prefix,
            master_key=base64.urlsafe_b64encode(os.urandom(32)).decode(),
            staff_tokens={digest: StaffMember(id="officer-1", roles=frozenset({"officer"}))},
        )
    )
    yield service
    await service.close()
