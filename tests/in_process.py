"""A service on the real broker and store, as one application in this process, and the topics around it."""

import base64
import hashlib
import os
from contextlib import asynccontextmanager

import httpx

from shared.events.envelope import decode
from shared.messaging.publisher import Publisher
from shared.messaging.topics import Topics
from shared.settings import StaffMember
from shared.store import Store
from shared.telemetry.metrics import Metrics
from shared.vault import Vault
from tests.waiting import everything_on, is_ready, until


def master_key():
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def staff(**members):
    """Who comes with which token: each member as (token, roles)."""
    return {
        hashlib.sha256(token.encode()).hexdigest(): StaffMember(id=name, roles=frozenset(roles))
        for name, (token, roles) in members.items()
    }


class InProcess:
    """Args: `create_app` of the service, its `settings`, and the `token` that its client comes with."""

    def __init__(self, create_app, settings, token):
        self.create_app = create_app
        self.settings = settings
        self.token = token
        self.topics = Topics(settings.topic_prefix)
        self.store = Store(settings.mongo_url, settings.database_prefix)
        self.vault = Vault(self.store.database("vault"), settings.master_key_bytes())
        self.publisher = Publisher(settings, self.topics, Metrics())

    @asynccontextmanager
    async def running(self):
        """The service with its consumers, and a client of it; until the block ends."""
        app = self.create_app(self.settings)
        headers = {"Authorization": f"Bearer {self.token}"}
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client,
        ):
            await until(lambda: is_ready(client))
            yield client

    async def said(self, topic, seconds=1.0):
        """Every record on a topic, decoded where it is an event; waits until nothing more comes."""
        found = await everything_on(self.settings.kafka, self.topics.name(topic), seconds=seconds)
        return found if topic == "parked" else [decode(r.headers, r.value) for r in found]

    async def close(self):
        await self.publisher.close()
        self.store.close()
