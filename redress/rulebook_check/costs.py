"""What each transition of a rulebook costs, learnt from the cases that were simulated so far."""

from __future__ import annotations

from collections import Counter
from typing import Final

from redress.rulebook_check.graph import Place, StepGraph, Transition
from services.workflow.rulebook.model import Check, Requirement, Step

_PREREQUISITES: Final = {
    Check.MARK,
    Check.ASSIGNED,
    Check.ALL_ELEMENTS_FOUND,
    Check.AFTER,
    Check.SOME_AT,
    Check.ALL_AT,
    Check.NONE_OPEN,
}
"""What other steps, or time, have to bring about before a step that requires it."""


class StepCosts:
    """The cost of each step of one rulebook, which rises with every refusal, and the distances that follow from it.

    `obstacles` counts the refusals by goal, in words.
    """

    def __init__(self, graph: StepGraph) -> None:
        self.graph = graph
        self.book = graph.book
        self.obstacles: dict[str, Counter[str]] = {}
        self._avoided: Counter[str] = Counter()
        self._blocked: Counter[str] = Counter()
        self._detours: Counter[tuple[str, Place]] = Counter()
        self._distances: dict[tuple[Place, ...], dict[Place, float]] = {}
        self._needs = {
            step.id: 1.0 + sum(required.check in _PREREQUISITES for required in step.requires) for step in self.book.steps
        }
        self._with_only = {
            (step.id, required): step.model_copy(update={"requires": (required,)})
            for step in self.book.steps
            for required in step.requires
        }

    def start_case(self) -> None:
        """Forget what was blocked: what was blocked in one case may be open in the next."""
        if self._blocked:
            self._blocked.clear()
            self._distances.clear()

    def cost(self, transition: Transition) -> float:
        return self.cost_of(transition.step) + 2 * min(self._detours[transition.step.id, transition.source], 4)

    def cost_of(self, step: Step) -> float:
        avoided = sum(min(self._avoided[mark], 3) for mark in step.marks)
        return self._needs[step.id] + 3 * min(self._blocked[step.id], 5) + avoided

    def refused(self, goal: str, step: Step, reason: str) -> None:
        """A step on the way to the goal was refused, for this reason."""
        self.obstacles.setdefault(goal, Counter())[f"{step.id}: {reason}"] += 1
        self._blocked[step.id] += 1
        self._distances.clear()

    def detour(self, step: Step, place: Place) -> None:
        """What the step requires can only be brought about elsewhere: from this place the path is longer than it seems."""
        self._detours[step.id, place] += 1
        self._distances.clear()

    def avoid(self, mark: str) -> None:
        """A mark bars a step: transitions that set it cost more from now on."""
        self._avoided[mark] += 1
        self._distances.clear()

    def distances(self, goals: tuple[Place, ...]) -> dict[Place, float]:
        if goals not in self._distances:
            self._distances[goals] = self.graph.distances(goals, self.cost)
        return self._distances[goals]

    def with_only(self, step: Step, required: Requirement) -> Step:
        """The step as if it had no other requirement."""
        return self._with_only[step.id, required]
