"""Configuration that every service reads from the environment. docs/contracts.md lists the variables."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar

from pydantic import BaseModel, DirectoryPath, Field, FilePath, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from shared.errors import SettingsFault

PREFIX: Final = "REDRESS_"
_FIELD: Final = re.compile(r'field "(\w+)"')
_SERVER: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s,:/\[\]]+)(:[0-9]{1,5})?")
S = TypeVar("S", bound=BaseSettings)


def variable(field: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{field.upper()}"


def read(settings_class: Callable[..., S], **given: Any) -> S:
    """Settings from the environment, with what is given in place of it. Raises SettingsFault."""
    try:
        return settings_class(**given)
    except ValidationError as error:
        raise SettingsFault([_line(fault["loc"], fault["msg"]) for fault in error.errors(include_input=False)]) from None
    except SettingsError as error:
        found = _FIELD.search(str(error))
        raise SettingsFault([f"{variable(found[1])}: is not JSON" if found else str(error)]) from None


@contextmanager
def named(field: str) -> Iterator[None]:
    """What goes wrong in here is a fault of the setting, or of what it names. Raises SettingsFault."""
    try:
        yield
    except OSError as error:
        raise SettingsFault(
            [f"{variable(field)}: {error.filename or ''}: {error.strerror or error}".replace(" : ", " ")]
        ) from error
    except ValueError as error:
        # What names its variable by itself is not named twice.
        line = str(error)
        raise SettingsFault([line if line.startswith(PREFIX) else f"{variable(field)}: {line}"]) from error


def _line(place: tuple[int | str, ...], message: str) -> str:
    words = message.removeprefix("Value error, ")
    if not place or words.startswith(PREFIX):
        return words
    # Of a setting in JSON the keys may be a secret's digest: the names of fields in it say where.
    inner = ".".join(str(part) for part in place[1:] if isinstance(part, int) or re.fullmatch(r"[a-z_]{1,30}", part))
    return f"{variable(str(place[0]))}{f' ({inner})' if inner else ''}: {words[:1].lower()}{words[1:]}"


class StaffMember(BaseModel):
    """Whom a bearer token stands for: an opaque id (it stands in events) and the roles."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    roles: frozenset[str]


class KafkaSettings(BaseSettings):
    """How every client of Kafka connects: consumers, producer, provisioning and the reader of the log.

    Any variable may be a file in the folder that REDRESS_SECRETS_DIR names, called as the variable in lower case.
    """

    model_config = SettingsConfigDict(env_prefix="REDRESS_", extra="ignore", frozen=True)

    kafka: str = Field("127.0.0.1:9092", description="Bootstrap servers", examples=["kafka-1:9092,kafka-2:9092"])
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Kafka's security.protocol: whether TLS is used, and whether a password is"
    )
    kafka_ca_file: FilePath | None = Field(
        None, description="Who signed the brokers' certificates, PEM; left out, whom the system trusts"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None

    @field_validator("kafka", mode="after")
    @classmethod
    def _servers(cls, servers: str) -> str:
        for server in servers.split(","):
            if not _SERVER.fullmatch(server.strip()):
                raise ValueError("a server is written host:port, several are separated by commas")
        return servers

    @model_validator(mode="after")
    def _who_we_are(self) -> Self:
        named = self.kafka_username is not None and self.kafka_password is not None
        if self.kafka_security.startswith("SASL") and not named:
            raise ValueError(
                f"REDRESS_KAFKA_SECURITY: {self.kafka_security} needs REDRESS_KAFKA_USERNAME and REDRESS_KAFKA_PASSWORD"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The folder is itself a variable, which pydantic-settings has no option for; of one that is missing it only warns.
        folder = os.environ.get("REDRESS_SECRETS_DIR")
        if folder and not Path(folder).is_dir():
            raise SettingsError(f"REDRESS_SECRETS_DIR: there is no folder {folder}")
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, secrets_dir=folder or None)


class Settings(KafkaSettings):
    """What all services share; a service adds its own in a subclass."""

    mongo_url: str = Field("mongodb://127.0.0.1:27017/?replicaSet=rs0", description="MongoDB URL")
    topic_prefix: str = ""
    database_prefix: str = "redress"
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="Where /metrics is, on `host`; left out, on the service's own port with everything else"
    )
    master_key: SecretStr | None = None
    staff_tokens: dict[str, StaffMember] = {}
    assets: Path = Path("build/assets")
    links: dict[str, str] = {}
    taxonomy: DirectoryPath | None = Field(
        None, description="Folder of the council's own code lists and routing rules; what is not there is that of Redress"
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    instance: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="A name of this instance that outlives a restart (a StatefulSet's pod name): its partitions wait for it",
    )
    relay_lease_seconds: float = Field(
        30,
        gt=0,
        description="After a relay's death, how long its unfinished events wait for another, seconds",
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _level(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @field_validator("staff_tokens", mode="after")
    @classmethod
    def _hashes(cls, tokens: dict[str, StaffMember]) -> dict[str, StaffMember]:
        for digest in tokens:
            if len(digest) != 64 or any(c not in "0123456789abcdef" for c in digest):
                raise ValueError("a key is not the SHA-256 of a token in lower-case hex")
        return tokens

    def master_key_bytes(self) -> bytes:
        """The key that wraps every case's data key: 32 bytes.

        Raises:
            ValueError: no key is configured, or it is not 32 bytes of url-safe base64.
        """
        if self.master_key is None:
            raise ValueError("REDRESS_MASTER_KEY: no master key: set it, or put it into redress_master_key in REDRESS_SECRETS_DIR")
        text = self.master_key.get_secret_value()
        try:
            key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            raise ValueError("REDRESS_MASTER_KEY: the master key is not url-safe base64") from None
        if len(key) != 32:
            raise ValueError(f"REDRESS_MASTER_KEY: the master key has {len(key)} bytes, it needs 32")
        return key
