"""The topics of the platform: the one declaration that every deployment provisions from.

Nothing creates a topic by using it. `shared.messaging.provision` makes what is declared
here, on one machine, under compose and on Kubernetes alike.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTITIONS = 4
NINETY_DAYS_MS = 90 * 24 * 60 * 60 * 1000

# Annual figures of any past year are folded from these again, so they never expire.
_FOR_EVER: Mapping[str, str] = MappingProxyType({"cleanup.policy": "delete", "retention.ms": "-1"})
_LATEST: Mapping[str, str] = MappingProxyType({"cleanup.policy": "compact"})
_PARKED: Mapping[str, str] = MappingProxyType({"cleanup.policy": "delete", "retention.ms": str(NINETY_DAYS_MS)})


@dataclass(frozen=True)
class TopicSpec:
    """A topic as it must be: its full name, number of partitions and Kafka topic configuration."""

    name: str
    partitions: int = PARTITIONS
    config: Mapping[str, str] = field(default_factory=dict)


class UnknownTopicError(ValueError):
    """A short name that is not declared."""


_SPECS = (
    TopicSpec("feedback", config=_FOR_EVER),
    TopicSpec("cases", config=_FOR_EVER),
    TopicSpec("lessons", config=_FOR_EVER),
    TopicSpec("outcomes", config=_FOR_EVER),
    TopicSpec("outcomes.latest", config=_LATEST),
    TopicSpec("reports", config=_FOR_EVER),
    TopicSpec("parked", config=_PARKED),
)
TOPIC_NAMES = tuple(spec.name for spec in _SPECS)


@dataclass(frozen=True)
class Topics:
    """The declared topics under a prefix, so that several installations can share a cluster."""

    prefix: str = ""

    def name(self, short: str) -> str:
        """The full name of a topic.

        Raises:
            UnknownTopicError: no topic of that short name is declared.
        """
        if short not in TOPIC_NAMES:
            raise UnknownTopicError(f"no topic {short!r}; declared are {', '.join(TOPIC_NAMES)}")
        return f"{self.prefix}{short}"

    def short(self, full: str) -> str:
        """The short name of a full name; the inverse of `name`.

        Raises:
            UnknownTopicError: it is not one of ours.
        """
        short = full.removeprefix(self.prefix) if full.startswith(self.prefix) else full
        if not full.startswith(self.prefix) or short not in TOPIC_NAMES:
            raise UnknownTopicError(f"{full!r} is not a topic of this installation (prefix {self.prefix!r})")
        return short

    def specs(self, partitions: int | None = None) -> tuple[TopicSpec, ...]:
        """Every declared topic with its full name; `partitions` overrides the declared number."""
        return tuple(replace(spec, name=self.name(spec.name), partitions=partitions or spec.partitions) for spec in _SPECS)
