"""Configuration that every service reads from the environment. docs/contracts.md lists the variables."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class StaffMember(BaseModel):
    """Whom a bearer token stands for: an opaque id (it stands in events) and the roles."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    roles: frozenset[str]


class Settings(BaseSettings):
    """What all services share; a service adds its own in a subclass."""

    model_config = SettingsConfigDict(env_prefix="REDRESS_", extra="ignore", frozen=True)

    kafka: str = Field(
        "127.0.0.1:9092", description="Bootstrap servers", examples=["kafka-1:9092,kafka-2:9092"]
    )
    mongo_url: str = Field("mongodb://127.0.0.1:27017/?replicaSet=rs0", description="MongoDB URL")
    topic_prefix: str = ""
    database_prefix: str = "redress"
    host: str = "127.0.0.1"
    port: int = 8080
    master_key: SecretStr | None = None
    master_key_file: Path | None = None
    staff_tokens: dict[str, StaffMember] = {}
    staff_tokens_file: Path | None = None
    assets: Path = Path("build/assets")
    links: dict[str, str] = {}
    log_level: str = "info"
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

    @field_validator("staff_tokens", mode="after")
    @classmethod
    def _hashes(cls, tokens: dict[str, StaffMember]) -> dict[str, StaffMember]:
        for digest in tokens:
            if len(digest) != 64 or any(c not in "0123456789abcdef" for c in digest):
                raise ValueError(
                    "a key of REDRESS_STAFF_TOKENS is not the SHA-256 of a token in lower-case hex"
                )
        return tokens

    @model_validator(mode="before")
    @classmethod
    def _tokens_from_file(cls, values: Any) -> Any:
        path = values.get("staff_tokens_file") if isinstance(values, dict) else None
        if path and not values.get("staff_tokens"):
            values["staff_tokens"] = json.loads(Path(path).read_text())
        return values

    def master_key_bytes(self) -> bytes:
        """The key that wraps every case's data key: 32 bytes.

        Raises:
            ValueError: no key is configured, or it is not 32 bytes of url-safe base64.
        """
        if self.master_key is not None:
            text = self.master_key.get_secret_value()
        elif self.master_key_file is not None:
            text = self.master_key_file.read_text().strip()
        else:
            raise ValueError("no master key: set REDRESS_MASTER_KEY or REDRESS_MASTER_KEY_FILE")
        try:
            key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            raise ValueError("the master key is not url-safe base64") from None
        if len(key) != 32:
            raise ValueError(f"the master key has {len(key)} bytes, it needs 32")
        return key
