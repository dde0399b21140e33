"""Where a rulebook's steps lead: the places at which a case or a run may stand, and how far it is from one to another."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.events.codes import Status

Place = tuple[str, str]
"""A state, and the stage at which the case is in it: a closed case is still at the stage at which it closed."""

NOT_SIMULATED: Final = frozenset(
    {
        Effect.LINK,
        Effect.UNLINK,
        Effect.SPLIT,
        Effect.MERGE,
        Effect.UNMERGE,
        Effect.MOVE,
    }
)
"""Effects that need another case or another rulebook: a simulated case has neither."""


@dataclass(frozen=True)
class Transition:
    """A step that leads from one place to another. `carried`: a step of the procedure that carries a run to its target."""

    step: Step
    source: Place
    target: Place
    carried: bool = False


Cost = Callable[[Transition], float]
"""The cost of a transition: at least 1."""


class StepGraph:
    """Every transition of a rulebook, in its order. Steps that need another case are none."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.places = tuple(_places(book))
        self.leaving: defaultdict[Place, list[Transition]] = defaultdict(list)
        self._into: defaultdict[Place, list[Transition]] = defaultdict(list)
        self._open: defaultdict[str, list[Place]] = defaultdict(list)
        for place in self.places:
            for transition in self._leaving(place):
                self.leaving[place].append(transition)
                self._into[transition.target].append(transition)

    def _leaving(self, place: Place) -> Iterator[Transition]:
        state, stage = place
        for step in self.book.available(state, stage):
            if step.effect in NOT_SIMULATED:
                continue
            self._open[step.id].append(place)
            target = step.target(stage)
            if target is not None:
                yield Transition(step, place, (target, self.stage_in(target, stage)))
        track, found = self.book.track_of(state), self.book.state(state)
        if track is None or found is None or found.status is Status.CLOSED:
            return
        for step in self.book.steps:
            if step.carries and self.book.track_of(step.carries.to) == track:
                yield Transition(step, place, (step.carries.to, stage), carried=True)

    def stage_in(self, state: str, stage: str) -> str:
        """The stage of a case that comes to the state from `stage`."""
        found = self.book.state(state)
        return (found.stage if found else None) or stage

    def at(self, states: Iterable[str]) -> tuple[Place, ...]:
        """Every place at which one of the states can be had."""
        wanted = set(states)
        return tuple(place for place in self.places if place[0] in wanted)

    def open_at(self, step: Step) -> tuple[Place, ...]:
        """Where the step can be taken, if what it requires holds."""
        return tuple(self._open[step.id])

    def lands_at(self, step: Step) -> frozenset[str]:
        """The stages at which the marks of a step, and who it gives a role, can come to stand."""
        return frozenset(self.stage_in(step.target(stage) or state, stage) for state, stage in self._open[step.id])

    def marked_at(self, step: Step, mark: str) -> frozenset[str]:
        """The stages at which a step can set the mark, that of a run which it carries among them."""
        found = self.lands_at(step) if mark in step.marks else frozenset()
        if step.carries and mark in step.carries.marks:
            found |= {self.stage_in(step.carries.to, "")}
        return found

    def distances(self, goals: Iterable[Place], cost: Cost) -> dict[Place, float]:
        """The cost of the cheapest path to one of the goals, from each place that has a path (Dijkstra)."""
        found: dict[Place, float] = {}
        waiting = [(0.0, place) for place in goals]
        heapq.heapify(waiting)
        while waiting:
            distance, place = heapq.heappop(waiting)
            if place in found:
                continue
            found[place] = distance
            for transition in self._into[place]:
                if transition.source not in found:
                    heapq.heappush(waiting, (distance + cost(transition), transition.source))
        return found

    def path(self, place: Place, distances: dict[Place, float], cost: Cost) -> list[Transition]:
        """The transitions of the cheapest path from a place to where the distance is 0."""
        found: list[Transition] = []
        while distances.get(place, 0) > 0:
            ahead = [
                transition for transition in self.leaving[place] if transition.target in distances and transition.target != place
            ]
            transition = min(ahead, key=lambda w: cost(w) + distances[w.target])
            found.append(transition)
            place = transition.target
        return found


def _places(book: Rulebook) -> Iterator[Place]:
    stages = [stage.id for stage in book.stages if stage.track is None]
    for state in book.states:
        for stage in (state.stage,) if state.stage else stages:
            yield state.id, stage
