"""Why a use case did not do what it was asked: errors of the domain, which know nothing of HTTP; and settings that do not fit.

The edge turns them into an answer: `shared.web.problems` into problem documents, pages into pages. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in what was given. `pointer` is a JSON pointer into it; `detail` states the fault in words."""

    pointer: str
    detail: str


class DomainError(Exception):
    """`code` is a slug that a program can act on, `message` words that a person can act on, `faults` are the places."""

    def __init__(self, code: str, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.faults = tuple(faults)


class NotFound(DomainError):
    """There is no such thing."""


class Forbidden(DomainError):
    """These staff may not do it."""


class Conflict(DomainError):
    """As it stands, it cannot be done."""


class Invalid(DomainError):
    """What was given does not fit, or does not meet a requirement."""


class Unavailable(DomainError):
    """Not at this moment; the same again later will do. `retry_after` is how much later, seconds."""

    retry_after = 5


class Busy(Unavailable):
    """Others changed it at each try. The same may succeed a moment later."""

    retry_after = 1

    def __init__(self, message: str) -> None:
        super().__init__("busy", message)


class ChangedMeanwhile(DomainError):
    """Somebody else was first. `current_version` is the version now."""

    def __init__(self, current_version: int) -> None:
        super().__init__(
            "changed-meanwhile",
            f"It has changed since you read it and is now at version {current_version}. Read it again and decide anew.",
        )
        self.current_version = current_version


class SettingsFault(ValueError):
    """Settings that do not fit, or what they name. `lines` say of each fault which variable has it, and not its value."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines
