"""What a local run is made of: the servers and the mailbox, then the four services that need them."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import httpx

from deploy.local.child import Child
from deploy.local.errors import DidNotStartError
from deploy.local.kafka import KafkaServer
from deploy.local.mongod import MongodServer
from deploy.local.ports import HOST
from deploy.local.settings import SERVICES, LocalSettings
from deploy.local.waiting import until
from shared.settings import KafkaSettings, read

if TYPE_CHECKING:
    from pathlib import Path


class Part(Protocol):
    """A child process that can be prepared (blocking), started (main thread) and waited for."""

    @property
    def child(self) -> Child: ...
    def prepare(self) -> None: ...
    def start(self) -> None: ...
    async def ready(self, within: float = 60.0) -> None: ...


@dataclass
class HttpPart:
    """A process that answers at `url`/readyz whether it is ready."""

    child: Child
    url: str

    def prepare(self) -> None:
        """Nothing is fetched or made."""

    def start(self) -> None:
        self.child.start()

    async def ready(self, within: float = 60.0) -> None:
        """Wait until /readyz answers 200. Raises DidNotStartError when the process ends or time is up."""
        state = "it does not answer"
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as client:

            async def answers() -> bool:
                nonlocal state
                try:
                    answer = await client.get(f"{self.url}/readyz")
                except httpx.HTTPError:
                    return False
                state = f"/readyz answers {answer.text[:500]}"
                return answer.status_code == 200

            try:
                await until(answers, what=self.child, within=within)
            except DidNotStartError as error:
                if not self.child.running():
                    raise
                raise DidNotStartError(f"{error}; {state}") from None


@dataclass
class Stages:
    """The parts by stage; a stage starts when the one before is ready, and stops before it."""

    servers: list[Part]
    mailbox: list[Part]
    services: list[Part]
    mongo_url: str
    kafka: KafkaSettings

    def in_order(self) -> list[list[Part]]:
        return [[*self.servers, *self.mailbox], self.services]

    def all(self) -> list[Part]:
        return [part for stage in self.in_order() for part in stage]


def assemble(settings: LocalSettings, services: tuple[str, ...] = SERVICES) -> Stages:
    """The parts of a run; an embedded server is left out where the settings name one to use.

    Raises:
        SettingsFault: a setting of the broker's clients does not fit.
    """
    home, ports = settings.at(), settings.ports()
    servers: list[Part] = []
    mongo_url = settings.mongo_url
    if mongo_url is None:
        mongod = MongodServer(home.mongo_data, home.log("mongod"), ports.mongo)
        servers.append(mongod)
        mongo_url = mongod.url
    if settings.kafka is None:
        server = KafkaServer(home.kafka_data, home.kafka_jars, home.log("kafka"), ports.kafka, ports.kafka_controller)
        servers.append(server)
        kafka = server.clients
    else:
        kafka = read(KafkaSettings, kafka=settings.kafka)
    env = _environment(settings, mongo_url, kafka)
    urls = settings.urls()

    def python(name: str, module: str) -> HttpPart:
        # -P: a folder named like one of our packages in the working directory must not be imported.
        command = [sys.executable, "-P", "-m", module]
        own = {"REDRESS_PORT": urls[name].rpartition(":")[2], "REDRESS_INSTANCE": "local"}
        return HttpPart(Child(name, command, home.log(name), env={**env, **own}), urls[name])

    return Stages(
        servers=servers,
        mailbox=[python("mailbox", "deploy.local.mailbox")],
        services=[python(name, f"services.{name}") for name in services],
        mongo_url=mongo_url,
        kafka=kafka,
    )


def _environment(settings: LocalSettings, mongo_url: str, kafka: KafkaSettings) -> dict[str, str]:
    """The variables that a service reads, as in docs/contracts.md, and those that the mailbox needs."""
    home, ports = settings.at(), settings.ports()
    paths: dict[str, Path] = {
        "REDRESS_HOME": home.path,
        "REDRESS_SECRETS_DIR": home.secrets,
        "REDRESS_ASSETS": settings.assets.absolute(),
    }
    if settings.taxonomy is not None:
        paths["REDRESS_TAXONOMY"] = settings.taxonomy.absolute()
    moved = {f"REDRESS_PORT_{name.upper()}": str(port) for name, port in ports.as_dict().items()}
    return {
        **{name: str(path) for name, path in paths.items()},
        **moved,
        "REDRESS_KAFKA": kafka.kafka,
        "REDRESS_KAFKA_SECURITY": kafka.kafka_security,
        "REDRESS_MONGO_URL": mongo_url,
        "REDRESS_TOPIC_PREFIX": settings.topic_prefix,
        "REDRESS_DATABASE_PREFIX": settings.database_prefix,
        "REDRESS_HOST": HOST,
        "REDRESS_LINKS": json.dumps(settings.urls()),
        "REDRESS_SMTP_HOST": HOST,
        "REDRESS_SMTP_PORT": str(ports.mail_out),
        "REDRESS_MAIL_HOST": HOST,
        "REDRESS_MAIL_PORT": str(ports.mail_in),
        "PYTHONUNBUFFERED": "1",
    }
