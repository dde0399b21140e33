"""Where a fold stands in a partition, and what that means for the records at hand. Pure.

The stored position is the truth, not the offset that the consumer group has committed: a store restored from a
backup and a generation that was folded elsewhere are both behind the committed offset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from services.reporting.projection.fold import Place

NOTHING = -1
"""The position of a partition of which nothing is folded."""


class Verdict(Enum):
    FOLD = "fold"
    SKIP = "skip"
    """Everything in the span is included."""
    SEEK = "seek"
    """Records between the position and the span are missing: read on from position + 1."""
    FILL = "fill"
    """The span came again although position + 1 was asked for: read what lies between from the log, then fold."""


@dataclass
class Gaps:
    """Remembers which gaps have been sought once, so that a log that begins later is no endless loop."""

    tried: dict[Place, int] = field(default_factory=dict)

    def judge(self, place: Place, position: int, first: int, last: int) -> Verdict:
        """What to do with the offsets `first` to `last`, given that everything up to `position` is included.

        A gap is sought once for a position. When the records still begin later, either the log begins there or something
        else has moved the consumer since, for instance a batch that was given back; only the log shows which.
        """
        if last <= position:
            return Verdict.SKIP
        if first <= position + 1:
            return Verdict.FOLD
        if self.tried.get(place) == position:
            return Verdict.FILL
        self.tried[place] = position
        return Verdict.SEEK
