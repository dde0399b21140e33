"""The laws in words, and what came of trying them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

LAWS: Final = {
    "zero-pause": "a pause of no length changes no deadline",
    "pause-and-extension-commute": "a pause and an extension give the same deadline in either order",
    "later-receipt": "a later start never has an earlier deadline",
    "restored-clock": "a clock that starts again has at least the days that were left",
    "foreign-marks": "only what a clock names moves it",
    "idle-step-moves-clock": "no note, assignment or point of a complaint moves a clock",
    "cap": "no extension reaches beyond the cap of its rule",
    "cannot-be-taken": "what a step requires can hold all at once",
    "cannot-close": "from every state that a case reached, some case came to closure",
}
"""Every law that is tried, in words."""


@dataclass(frozen=True)
class Broken:
    """A law that does not hold. `where` is the clock, step or state; `example` the case that shows it, in words."""

    law: str
    where: str
    example: str

    def words(self) -> str:
        return f"{self.where}: it should hold that {LAWS[self.law]}. {self.example}"


@dataclass
class CheckResult:
    """What was tried and found. `unreached` are states that no simulated case came to, or too few: nothing was shown of them.

    `why` holds, for each of them, what kept cases from it, in words. `reached` counts the cases that came to a state. `untaken` are
    the steps that no case took, but for those that need another case, a merged one or another rulebook: none is simulated.
    """

    broken: list[Broken] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    unreached: tuple[str, ...] = ()
    why: dict[str, str] = field(default_factory=dict)
    untaken: tuple[str, ...] = ()
    reached: Counter[str] = field(default_factory=Counter)
