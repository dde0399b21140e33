"""Apache Kafka itself on one machine: one node, broker and controller in one process, on loopback."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import kafka_jars
from deploy.local.child import Child
from deploy.local.errors import DidNotStartError
from deploy.local.java import find_java
from deploy.local.ports import HOST
from deploy.local.waiting import listens, until
from shared.messaging.provision import answers
from shared.settings import KafkaSettings, read

# A heap of 384 MB carries this load with room; the rest of the process is code and page cache.
_JVM = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
# Consumer positions must be kept while a machine is switched off for a month.
_OFFSETS_KEPT_MINUTES = 2_147_483_647
# After a kill the controller lets the same node back in only when its old session has lapsed.
_SESSION_MS = 3000
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
log.retention.hours=-1
offsets.retention.minutes={offsets_kept}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.min.isr=1
num.network.threads=2
num.io.threads=4
background.threads=4
log.cleaner.dedupe.buffer.size=16777216
broker.session.timeout.ms={session_ms}
broker.heartbeat.interval.ms=500
"""


@dataclass
class KafkaServer:
    """An embedded broker: records under `data`, jars under `jars`, its output in `log`.

    `properties` add to the defaults above, or replace them; `users` are names and passwords for SCRAM-SHA-512. A local run needs
    neither.
    """

    data: Path
    jars: Path
    log: Path
    port: int
    controller_port: int
    properties: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, str] = field(default_factory=dict)
    child: Child = field(init=False)

    def __post_init__(self) -> None:
        self.child = Child("kafka", [], self.log)

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def clients(self) -> KafkaSettings:
        """How its clients connect, whatever other broker the environment names."""
        return read(KafkaSettings, kafka=self.bootstrap, kafka_security="PLAINTEXT")

    def prepare(self) -> None:
        """Get the jars, write the properties, format the data folder once. Blocks; may fetch on first use.

        Raises:
            MissingPartError: no Java, or no jars.
            DidNotStartError: the data folder could not be formatted.
        """
        java = [str(find_java()), *_JVM, "-cp", kafka_jars.class_path(self.jars.absolute())]
        self.data.mkdir(parents=True, exist_ok=True)
        properties = self.data.parent / f"{self.data.name}.properties"
        properties.write_text(
            _PROPERTIES.format(
                host=HOST,
                port=self.port,
                controller_port=self.controller_port,
                data=self.data.absolute(),
                offsets_kept=_OFFSETS_KEPT_MINUTES,
                session_ms=_SESSION_MS,
            )
            + "".join(f"{name}={value}\n" for name, value in self.properties.items())
        )
        if not (self.data / "meta.properties").exists():
            cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
            done = subprocess.run(
                [
                    *java,
                    "kafka.tools.StorageTool",
                    "format",
                    f"--cluster-id={cluster}",
                    "-c",
                    str(properties),
                    *(f"--add-scram=SCRAM-SHA-512=[name={name},password={password}]" for name, password in self.users.items()),
                ],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise DidNotStartError(f"Kafka could not format {self.data}: {done.stderr.strip()[-2000:]}")
        self.child.command = [*java, "kafka.Kafka", str(properties)]

    def start(self) -> None:
        """Start the prepared broker. From the main thread; see `Child`."""
        self.child.start()

    async def ready(self, within: float = 60.0) -> None:
        """Wait until a client gets the cluster's metadata.

        Raises:
            DidNotStartError: the process ended, or `within` seconds passed.
        """
        await until(self._answers, what=self.child, within=within)

    async def _answers(self) -> bool:
        # A client that is refused logs it at every try; the port is tried first.
        return await listens(self.port) and await answers(self.clients)

    def stop(self, grace: float = 20.0) -> None:
        self.child.stop(grace)
