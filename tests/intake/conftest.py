"""A whole intake service inside the test's process: real HTTP and SMTP sockets, real store, real broker."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaConsumer, TopicPartition
from fastapi import FastAPI

from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from shared.events.envelope import decode
from shared.messaging.connection import client_options
from shared.store import Store
from shared.vault import Vault
from tests.waiting import PATIENCE

TOKEN = "a-token-of-the-tests"
OFFICER_ONLY = "a-token-of-an-officer"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def staff_tokens() -> dict[str, Any]:
    return {
        digest(TOKEN): {"id": "tester", "roles": ["officer", "manager", "operator", "import", "reporting"]},
        digest(OFFICER_ONLY): {"id": "officer-1", "roles": ["officer"]},
    }


@dataclass
class Intake:
    """A running service."""

    settings: IntakeSettings
    app: FastAPI
    http: httpx.AsyncClient
    url: str
    store: Store = field(repr=False)

    @property
    def mail_port(self) -> int:
        port: int = self.app.state.mail_server.ports["smtp"]
        return port

    @property
    def feedback(self):
        return self.store.database("intake")["feedback"]

    @property
    def vault(self) -> Vault:
        return Vault(self.store.database("vault"), self.settings.master_key_bytes())

    async def published(self, count: int, within: float = PATIENCE) -> list[Any]:
        """At least `count` envelopes of the topic `feedback`, in the order of their partitions."""
        topic = f"{self.settings.topic_prefix}feedback"
        consumer = AIOKafkaConsumer(**client_options(self.settings), auto_offset_reset="earliest")
        await consumer.start()
        try:
            parts = [
                TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic) or {0, 1, 2})
            ]
            consumer.assign(parts)
            await consumer.seek_to_beginning(*parts)
            found: list[Any] = []
            loop = asyncio.get_running_loop()
            end = loop.time() + within
            while loop.time() < end:
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    found += [(r, decode(r.headers, r.value)) for r in records]
                if len(found) >= count:
                    break
            return found
        finally:
            await consumer.stop()


@asynccontextmanager
async def serving(settings: IntakeSettings, *, ready: bool = True):
    app = create_app(settings)
    config = uvicorn.Config(app, host="127.0.0.1", port=settings.port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
        if task.done():
            task.result()
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    store = Store(settings.mongo_url, settings.database_prefix)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False) as http:
        if ready:
            for _ in range(300):
                if (await http.get("/readyz")).status_code == 200:
                    break
                await asyncio.sleep(0.05)
        try:
            yield Intake(settings, app, http, url, store)
        finally:
            store.close()
            server.should_exit = True
            await task


@pytest.fixture
def intake_settings(mongo_url, kafka_bootstrap, topic_prefix, database_prefix, free_port):
    def make(**changes: Any) -> IntakeSettings:
        given: dict[str, Any] = {
            "mongo_url": mongo_url,
            "kafka": kafka_bootstrap,
            "topic_prefix": topic_prefix,
            "database_prefix": database_prefix,
            "port": 0,
            "mail_port": 0,
            "smtp_port": free_port(),
            "master_key": KEY,
            "staff_tokens": json.loads(json.dumps(staff_tokens())),
            "form_rate_per_minute": 0,
        }
        return IntakeSettings(**{**given, **changes})

    return make


@pytest.fixture
async def intake(intake_settings):
    async with serving(intake_settings()) as running:
        yield running
