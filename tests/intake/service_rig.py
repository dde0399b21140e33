"""A whole intake service in this process: real HTTP and SMTP sockets, real store, real broker."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from fastapi import FastAPI

from deploy.local.ports import free_port
from services.intake.app import create_app
from services.intake.settings import IntakeSettings
from shared.events.envelope import decode
from tests.in_process import InProcess, bearer, staff
from tests.waiting import PATIENCE, everything_on, until

TOKEN = "a-token-of-the-tests"
OFFICER_ONLY = "a-token-of-an-officer"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
BEARER = bearer(TOKEN)
STAFF = staff(
    **{
        "tester": (TOKEN, {"officer", "manager", "operator", "import", "reporting"}),
        "officer-1": (OFFICER_ONLY, {"officer"}),
    }
)


class Intake(InProcess[IntakeSettings]):
    """An installation of the service; `app` and `http` are those of the one that runs."""

    app: FastAPI
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        return str(self.http.base_url).rstrip("/")

    @property
    def mail_port(self) -> int:
        port: int = self.app.state.mail_server.ports["smtp"]
        return port

    @property
    def feedback(self):
        return self.store.database("intake")["feedback"]

    async def published(self, count: int, within: float = PATIENCE) -> list[Any]:
        """What stands on the topic `feedback`, when there are `count` envelopes or the time is over, each with its record."""
        found: list[Any] = []

        async def enough() -> bool:
            found[:] = await everything_on(self.settings.kafka, self.topics.name("feedback"), seconds=0.3)
            return len(found) >= count

        with suppress(TimeoutError):
            await until(enough, within)
        return [(record, decode(record.headers, record.value)) for record in found]


@asynccontextmanager
async def serving(settings: IntakeSettings, *, ready: bool = True):
    intake = Intake(create_app, settings)
    try:
        async with intake.serving(socket=True, ready=ready) as (intake.app, intake.http):
            yield intake
    finally:
        await intake.close()


def settings_on(mongo_url: str, kafka_bootstrap: str, topic_prefix: str, database_prefix: str, **changes: Any) -> IntakeSettings:
    """Settings of a service on these servers, with any free ports."""
    given: dict[str, Any] = {
        "mongo_url": mongo_url,
        "kafka": kafka_bootstrap,
        "topic_prefix": topic_prefix,
        "database_prefix": database_prefix,
        "port": 0,
        "mail_port": 0,
        "smtp_port": free_port(),
        "master_key": KEY,
        "staff_tokens": STAFF,
        "form_rate_per_minute": 0,
    }
    return IntakeSettings(**{**given, **changes})
