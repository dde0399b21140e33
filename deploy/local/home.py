"""The folder of a local run: what is durable in it, its secrets, and who holds it."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.local.errors import HomeInUseError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLES = ("officer", "manager", "reporting", "operator", "import")


@dataclass(frozen=True)
class Home:
    """Paths under one folder, `.redress` unless REDRESS_HOME or --home names another."""

    path: Path

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def mailbox(self) -> Path:
        return self.path / "mailbox"

    @property
    def mongo_data(self) -> Path:
        return self.path / "mongo"

    @property
    def kafka_data(self) -> Path:
        return self.path / "kafka" / "data"

    @property
    def kafka_jars(self) -> Path:
        return self.path / "kafka" / "jars"

    @property
    def secrets(self) -> Path:
        """What the services are given as REDRESS_SECRETS_DIR: a file a variable, called as it is in lower case."""
        return self.path / "secrets"

    @property
    def master_key(self) -> Path:
        """32 random bytes, url-safe base64. Without it nothing sealed in this home can be read again."""
        return self.secrets / "redress_master_key"

    @property
    def staff_token(self) -> Path:
        return self.path / "staff-token"

    @property
    def staff_tokens(self) -> Path:
        """What the services are given: the token's hash, never the token."""
        return self.secrets / "redress_staff_tokens"

    @property
    def ready(self) -> Path:
        """There while everything is ready: pids, ports and URLs, as JSON."""
        return self.path / "ready.json"

    @property
    def sample_loaded(self) -> Path:
        return self.path / "sample-loaded"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the home for this process; the kernel lets go of it however the process ends.

        Raises:
            HomeInUseError: another run holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise HomeInUseError(
                    f"another run (process {lock.read().strip() or 'unknown'}) uses {self.path}: "
                    "stop it, or give this one a folder and ports of its own with --home and --ports-from"
                ) from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def ensure_secrets(self) -> str:
        """Make the master key and the staff token once; returns the token."""
        self.secrets.mkdir(mode=0o700, exist_ok=True)
        if not self.master_key.exists() and (of_before := self.path / "master.key").exists():
            of_before.rename(self.master_key)
        if not self.master_key.exists():
            write_private(self.master_key, base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
        if not self.staff_token.exists():
            write_private(self.staff_token, secrets.token_urlsafe(24))
        token = self.staff_token.read_text().strip()
        known = {hashlib.sha256(token.encode()).hexdigest(): {"id": "local-staff", "roles": list(_ROLES)}}
        write_private(self.staff_tokens, json.dumps(known))
        return token

    def write_ready(self, what: dict[str, Any]) -> None:
        write_private(self.ready, json.dumps(what, indent=2))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
