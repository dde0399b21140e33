"""A service on the real broker and store, as one application in this process, and the topics around it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any, Generic, TypeVar

import httpx
import uvicorn
from fastapi import FastAPI

from shared.events.envelope import Envelope, decode
from shared.messaging.publisher import OutgoingRecord, Publisher
from shared.messaging.topics import Topics
from shared.settings import Settings, StaffMember
from shared.store import Store
from shared.telemetry.metrics import Metrics
from shared.vault import Vault
from tests.waiting import PATIENCE, everything_on, is_ready, until

S = TypeVar("S", bound=Settings)


def master_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def bearer(token: str) -> dict[str, str]:
    """The headers of a client who comes with this token."""
    return {"Authorization": f"Bearer {token}"}


def staff(**members: tuple[str, Iterable[str]]) -> dict[str, StaffMember]:
    """Who comes with which token: each member as (token, roles)."""
    return {
        hashlib.sha256(token.encode()).hexdigest(): StaffMember(id=name, roles=frozenset(roles))
        for name, (token, roles) in members.items()
    }


class InProcess(Generic[S]):
    """One installation of a service, and what a test puts on its topics and finds on them.

    Args:
        create_app: of the service.
        settings: the servers, and the prefixes of this test.
        token: what the client of `running` comes with; nothing if None.
    """

    def __init__(self, create_app: Callable[[S], FastAPI], settings: S, token: str | None = None) -> None:
        self.create_app = create_app
        self.settings = settings
        self.token = token
        self.topics = Topics(settings.topic_prefix)
        self.store = Store(settings.mongo_url, settings.database_prefix)
        self.publisher = Publisher(settings, self.topics, Metrics())

    @cached_property
    def vault(self) -> Vault:
        return Vault(self.store.database("vault"), self.settings.master_key_bytes())

    @asynccontextmanager
    async def serving(self, *, socket: bool = False, ready: bool = True) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
        """The service with its consumers, and a client of it; until the block ends.

        Args:
            socket: whether it is served on a free port (`client.base_url`), or called within the process.
            ready: whether to wait until it reports that it is.
        """
        app = self.create_app(self.settings)
        run = _on_a_socket if socket else _within_the_process
        headers = bearer(self.token) if self.token else {}
        async with run(app, headers) as client:
            if ready:
                await until(lambda: is_ready(client))
            yield app, client

    @asynccontextmanager
    async def running(self, *, socket: bool = False) -> AsyncIterator[httpx.AsyncClient]:
        """A client of the service, which is ready."""
        async with self.serving(socket=socket) as (_, client):
            yield client

    async def put(self, topic: str, envelopes: Iterable[tuple[str, Envelope[Any]]]) -> None:
        """Publish events, each under its key, in this order."""
        records = [
            OutgoingRecord(
                topic,
                key.encode(),
                envelope.value(),
                [(name, value.encode()) for name, value in envelope.headers().items()],
            )
            for key, envelope in envelopes
        ]
        assert await self.publisher.publish(records) == len(records)

    async def put_raw(self, topic: str, value: bytes | None, headers: list[tuple[str, bytes]], key: bytes = b"k") -> None:
        """Publish a record that need not be an event."""
        await self.publisher.publish_one(OutgoingRecord(topic, key, value, list(headers)))

    async def published_on(self, topic: str, seconds: float = 1.0) -> list[Any]:
        """Every record on a topic, decoded where it is an event; waits until nothing more comes."""
        found = await everything_on(self.settings.kafka, self.topics.name(topic), seconds=seconds)
        return found if topic == "parked" else [decode(r.headers, r.value) for r in found]

    async def close(self) -> None:
        await self.publisher.close()
        self.store.close()


@asynccontextmanager
async def _within_the_process(app: FastAPI, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers) as client,
    ):
        yield client


@asynccontextmanager
async def _on_a_socket(app: FastAPI, headers: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
        if task.done():
            task.result()
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    client = httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False, headers=headers)
    try:
        async with client:
            yield client
    finally:
        server.should_exit = True
        await task
