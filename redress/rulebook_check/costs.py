"""What it costs to go the ways of one rulebook, learnt from the cases that went them."""

from __future__ import annotations

from collections import Counter
from typing import Final

from redress.rulebook_check.graph import Place, Way, Ways
from services.workflow.rulebook.model import Check, Requirement, Step

_BROUGHT_ABOUT: Final = {
    Check.MARK,
    Check.ASSIGNED,
    Check.ALL_ELEMENTS_FOUND,
    Check.AFTER,
    Check.SOME_AT,
    Check.ALL_AT,
    Check.NONE_OPEN,
}
"""What other steps, or time, have to bring about before a step that requires it."""


class Steering:
    """Finds the way in one rulebook, and remembers what it cost.

    `obstacles` are the refusals that stopped it, in words, by what was wanted; `cost` of a step rises with each.
    """

    def __init__(self, ways: Ways) -> None:
        self.ways = ways
        self.book = ways.book
        self.obstacles: dict[str, Counter[str]] = {}
        self._shunned: Counter[str] = Counter()
        self._blocked: Counter[str] = Counter()
        self._detours: Counter[tuple[str, Place]] = Counter()
        self._distances: dict[tuple[Place, ...], dict[Place, float]] = {}
        self._needs = {
            step.id: 1.0 + sum(required.check in _BROUGHT_ABOUT for required in step.requires) for step in self.book.steps
        }
        self._single = {
            (step.id, required): step.model_copy(update={"requires": (required,)})
            for step in self.book.steps
            for required in step.requires
        }

    def new_life(self) -> None:
        """What was blocked in one case may be open in the next."""
        if self._blocked:
            self._blocked.clear()
            self._distances.clear()

    def cost(self, way: Way) -> float:
        return self.cost_of(way.step) + 2 * min(self._detours[way.step.id, way.source], 4)

    def cost_of(self, step: Step) -> float:
        shunned = sum(min(self._shunned[mark], 3) for mark in step.marks)
        return self._needs[step.id] + 3 * min(self._blocked[step.id], 5) + shunned

    def stopped(self, wanted: str, step: Step, said: str) -> None:
        """A step on the way to what is wanted was refused with these words."""
        self.obstacles.setdefault(wanted, Counter())[f"{step.id}: {said}"] += 1
        self._blocked[step.id] += 1
        self._distances.clear()

    def detour(self, step: Step, place: Place) -> None:
        """What the step requires can only be brought about elsewhere: the way from this place is no short one."""
        self._detours[step.id, place] += 1
        self._distances.clear()

    def shun(self, mark: str) -> None:
        """A mark is in the way of a step: the ways that set it are taken less."""
        self._shunned[mark] += 1
        self._distances.clear()

    def distances(self, goals: tuple[Place, ...]) -> dict[Place, float]:
        if goals not in self._distances:
            self._distances[goals] = self.ways.distances(goals, self.cost)
        return self._distances[goals]

    def single(self, step: Step, required: Requirement) -> Step:
        """The step as if it had no other requirement."""
        return self._single[step.id, required]
