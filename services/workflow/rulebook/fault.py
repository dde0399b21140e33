"""A fault of a rulebook."""

from __future__ import annotations

from dataclasses import dataclass

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """`code` names the rule, `place` is the path in the document."""

    code: str
    place: Place
    message: str
