"""What can keep the local platform from starting, in words that a person can act on."""

from __future__ import annotations


class LocalRunError(Exception):
    """Base of everything that `redress up` reports as one line; `exit_code` is the process's."""

    exit_code = 1


class PortTakenError(LocalRunError):
    """Somebody else listens on a port that the platform needs."""

    exit_code = 3

    def __init__(self, what: str, port: int, variable: str) -> None:
        super().__init__(
            f"port {port} on 127.0.0.1, wanted for {what}, is in use: "
            f"set {variable} to a free port, or --ports-from to move all of them"
        )
        self.port = port
        self.variable = variable


class HomeInUseError(LocalRunError):
    """Another run holds the same home folder."""

    exit_code = 3


class MissingPartError(LocalRunError):
    """Something that has to be installed is not, or is not what was locked."""

    exit_code = 4


class DidNotStartError(LocalRunError):
    """A child process ended, or was not ready in time."""

    exit_code = 5
