"""Settings of a local run, from the environment and the options of `redress up`."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.local.home import Home
from deploy.local.ports import HOST, PORT_NAMES, Ports, variable

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "workflow", "learning", "reporting")
_Port = Field(None, ge=1, le=65535)


class LocalSettings(BaseSettings):
    """What a local run needs to know. REDRESS_PORT_<NAME> moves one port; see `deploy.local.ports`."""

    model_config = SettingsConfigDict(env_prefix="REDRESS_", extra="ignore", frozen=True)

    home: Path = Field(Path(".redress"), description="Folder that holds everything durable")
    mongo_url: str | None = Field(None, description="A MongoDB to use in place of the embedded one")
    kafka: str | None = Field(None, description="A Kafka (bootstrap servers) in place of the embedded one")
    topic_prefix: str = ""
    database_prefix: str = "redress"
    assets: Path = Field(ROOT / "build" / "assets", description="Folder of the built page assets")
    taxonomy: Path | None = Field(None, description="Folder of the council's own code lists, for every service")
    ports_from: int = Field(8080, ge=1, le=65500, description="The ten ports are the ten after this one")
    port_intake: int | None = _Port
    port_workflow: int | None = _Port
    port_learning: int | None = _Port
    port_reporting: int | None = _Port
    port_mailbox: int | None = _Port
    port_mail_in: int | None = _Port
    port_mail_out: int | None = _Port
    port_mongo: int | None = _Port
    port_kafka: int | None = _Port
    port_kafka_controller: int | None = _Port

    @model_validator(mode="after")
    def _apart(self) -> Self:
        taken: dict[int, str] = {}
        for name, port in self.ports().as_dict().items():
            if port in taken:
                moved = name if getattr(self, f"port_{name}") is not None else taken[port]
                raise ValueError(f"{variable(moved)}: {port} would be the port of {taken[port]} and of {name}")
            taken[port] = name
        return self

    def at(self) -> Home:
        return Home(self.home.absolute())

    def ports(self) -> Ports:
        moved = {name: port for name in PORT_NAMES if (port := getattr(self, f"port_{name}")) is not None}
        return Ports.counted_from(self.ports_from, moved)

    def urls(self) -> dict[str, str]:
        """The HTTP address of each service and of the mailbox's page."""
        ports = self.ports().as_dict()
        return {n: f"http://{HOST}:{ports[n]}" for n in (*SERVICES, "mailbox")}
