"""The ports of a local run: ten in a row on loopback, each of which can be moved."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass, fields

from deploy.local.errors import PortTakenError

HOST = "127.0.0.1"
_LOWEST, _HIGHEST = 12_000, 27_000


@dataclass(frozen=True)
class Ports:
    """Where everything listens. The variable of a port is REDRESS_PORT_ and its name in capitals."""

    intake: int
    workflow: int
    learning: int
    reporting: int
    mailbox: int
    mail_in: int
    mail_out: int
    mongo: int
    kafka: int
    kafka_controller: int

    @classmethod
    def counted_from(cls, base: int, moved: dict[str, int] | None = None) -> Ports:
        """`base` + 1 for intake and so on in the order above; `moved` names the exceptions."""
        ports = {f.name: base + n for n, f in enumerate(fields(cls), start=1)}
        return cls(**{**ports, **(moved or {})})

    def as_dict(self) -> dict[str, int]:
        return {f.name: getattr(self, f.name) for f in fields(self)}


PORT_NAMES = tuple(f.name for f in fields(Ports))
_WHAT = {
    "intake": "the web form and intake API",
    "workflow": "the staff API (workflow)",
    "learning": "the learning API",
    "reporting": "the reports",
    "mailbox": "the local mailbox's page",
    "mail_in": "incoming mail (SMTP)",
    "mail_out": "the local mailbox (SMTP)",
    "mongo": "MongoDB",
    "kafka": "Kafka",
    "kafka_controller": "Kafka's controller",
}


def variable(name: str) -> str:
    """The environment variable that moves a port."""
    return f"REDRESS_PORT_{name.upper()}"


def in_use(port: int) -> bool:
    """Whether somebody listens on the port. A socket that a former run left in TIME_WAIT does not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
        return False


def require_free(ports: Ports, names: tuple[str, ...] = PORT_NAMES) -> None:
    """Raises PortTakenError naming the first port that is in use and the variable that moves it."""
    for name in names:
        port = getattr(ports, name)
        if in_use(port):
            raise PortTakenError(_WHAT[name], port, variable(name))


def _in_turn() -> Iterator[int]:
    """Every port of the range, round and round, from a random one."""
    port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
    while True:
        yield port
        port = port + 1 if port < _HIGHEST else _LOWEST


# In turn and not at random: a port that was given out and is not used yet must not be given out again.
_TURN = _in_turn()


def free_port(row: int = 1) -> int:
    """A port that is free now, with `row` - 1 free ones after it.

    It is below the range out of which the system gives ports to outgoing connections,
    so that only another server could take it before it is used.
    """
    while True:
        first = next(_TURN)
        if not any(in_use(port) for port in range(first, first + row)):
            for _ in range(row - 1):
                next(_TURN)
            return first
