"""Where made-up cases are led, so that every state is come to, and every step taken, by enough of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Final

from redress.rulebook_check.costs import Steering
from redress.rulebook_check.generators import Making
from redress.rulebook_check.graph import Place, Ways
from redress.rulebook_check.planner import Move, Search
from services.workflow.case.model import Case
from services.workflow.case.open_steps import OpenStep
from services.workflow.rulebook.model import Rulebook, Step
from shared.events.codes import Status

_AT_RANDOM: Final = 0.3
"""How often a step is any that is open, though the case is on its way somewhere."""
_WANDERS: Final = 5
"""How many steps at random follow where the case has come to what it was led to."""
_STEPS_COUNT: Final = 3
"""A step is tried often enough when it was taken a third as often as a state was come to."""
_PATIENCE: Final = 40
"""How many steps a case is led towards one thing before it is led to another."""
_REFUSALS: Final = 3
"""How many of them may be refused: what staff say is made up anew each time."""
_UNLED: Final = 0.2
"""How many lives are led nowhere, so that steps are tried in orders to which nothing leads."""


@dataclass(frozen=True)
class Goal:
    """Where a case, or a run, is led: to one of the states, or to the taking of a step. `name` tells it from every other."""

    name: str
    states: tuple[str, ...] = ()
    step: Step | None = None
    run: tuple[str, int] | None = None


class Aims:
    """What all cases of one rulebook are led to. `reached` counts the lives that came to each state, `done` how often each step was
    taken, `in_vain` how often a case was led to something and did not come there; `closes` are states from which one was closed.
    """

    def __init__(self, book: Rulebook, making: Making, reached: Counter[str]) -> None:
        self.book = book
        self.making = making
        self.dice = making.dice
        self.reached = reached
        self.ways = Ways(book)
        self.steering = Steering(self.ways)
        self.closed = frozenset(state.id for state in book.states if state.status is Status.CLOSED)
        self.closes: set[str] = set()
        self.done: Counter[str] = Counter()
        self.in_vain: Counter[str] = Counter()
        self.goals = [
            *(Goal(f"state {state.id}", states=(state.id,)) for state in book.states),
            *(Goal(f"step {step.id}", step=step) for step in book.steps if self.ways.open_at(step)),
        ]

    def visited(self, goal: Goal) -> float:
        """How little need there is to lead a case there: how often that was come to, and tried in vain."""
        if goal.step is not None:
            return _STEPS_COUNT * (self.done[goal.step.id] + 2 * self.in_vain[goal.name])
        return self.reached[goal.states[0]] + 2 * self.in_vain[goal.name]


class Led:
    """Where one case is led, one thing after the other: to what fewest lives came to, and from there to an end."""

    def __init__(self, aims: Aims, case: Case) -> None:
        self._aims = aims
        aims.steering.new_life()
        self._been = {f"state {case.state}"}
        self._at_random = True
        self._goal = aims.goals[0]
        self._patience = self._refusals = 0
        self._wanders: float = 0
        self._choose(case)
        if aims.dice.random() < _UNLED:
            self._wanders = inf

    def next(self, case: Case, open_: Sequence[OpenStep], day: date) -> Move | None:
        """The next step towards the goal; None: it may be any step."""
        self._at_random = True
        if self._wanders > 0 or self._aims.dice.random() < _AT_RANDOM:
            self._wanders = max(self._wanders - 1, 0)
            return None
        if self._patience <= 0 or self._refusals <= 0:
            self._give_up(case)
        self._patience -= 1
        goal = self._goal
        search = Search(self._aims.steering, self._aims.making, case, open_, day, goal.name)
        if goal.step is not None:
            move = search.to_step(goal.step)
        else:
            move = search.to_state(goal.states, case.run(*goal.run) if goal.run else None)
        if move is None:
            self._give_up(case)
        self._at_random = move is None
        return move

    def refused(self, step: Step, said: str) -> None:
        """The step that was chosen was refused with these words."""
        if not self._at_random:
            self._refusals -= 1
            self._aims.steering.stopped(self._goal.name, step, said)

    def took(self, case: Case, step: Step) -> None:
        """The case has taken a step, by whatever it was chosen."""
        self._been |= {f"step {step.id}", f"state {case.state}", *(f"state {run.state}" for run in case.runs)}
        goal = self._goal
        if self._wanders == inf:
            return
        run = case.run(*goal.run) if goal.run else None
        if goal.name not in self._been and (run.state if run else case.state) not in goal.states:
            return
        self._wanders = _WANDERS
        ended = self._ending(case, goal)
        if ended is None or (f"led to {ended.name}" in self._been or self._aims.dice.random() < self._content(goal)):
            self._choose(case)
        else:
            self._lead(ended)

    def astray(self, case: Case, chosen: OpenStep) -> bool:
        """Whether a step at random would put the case further from what it is led to."""
        target = chosen.step.target(case.stage)
        if chosen.run is not None or target is None or self._wanders > 0:
            return False
        there = (target, self._aims.ways.stage_in(target, case.stage or ""))
        return self._far(self._goal, there) > self._far(self._goal, (case.state, case.stage or ""))

    def _far(self, goal: Goal, place: Place) -> float:
        """How far it is from a place of the procedure to the goal; 0 to one of a track, which may begin anywhere."""
        ways, book = self._aims.ways, self._aims.book
        places = ways.open_at(goal.step) if goal.step else ways.at(goal.states)
        if any(book.track_of(state) for state, _ in places):
            return 0
        return self._aims.steering.distances(places).get(place, inf)

    def _content(self, goal: Goal) -> float:
        """How often it is left at that: from where no case has come to an end yet, each is to try."""
        return 0.0 if goal.states and not self._aims.closes.issuperset(goal.states) else 0.7

    def _ending(self, case: Case, goal: Goal) -> Goal | None:
        """The end of what the case was led to: of the procedure, or of the run that came there."""
        book = self._aims.book
        if len(goal.states) != 1 or goal.states[0] in self._aims.closed:
            return None
        track = book.track_of(goal.states[0])
        run = next((r for r in case.open_runs(track) if r.state == goal.states[0]), None) if track else None
        ends = book.ends(track)
        key = (run.track, run.number) if run else None
        return Goal(f"end of {goal.states[0]}", states=ends, run=key) if ends else None

    def _give_up(self, case: Case) -> None:
        self._aims.in_vain[self._goal.name] += 1
        self._choose(case)

    def _choose(self, case: Case) -> None:
        here = (case.state, case.stage or "")
        left = [
            goal for goal in self._aims.goals if not self._been & {goal.name, f"led to {goal.name}"} and self._far(goal, here) < inf
        ]
        weights = {goal.name: self._aims.visited(goal) + self._aims.dice.random() for goal in left}
        if left:
            self._lead(min(left, key=lambda goal: weights[goal.name]))
        else:
            self._wanders = inf

    def _lead(self, goal: Goal) -> None:
        self._goal = goal
        # What was tried once in a life is not tried again in it.
        self._been.add(f"led to {goal.name}")
        self._patience = _PATIENCE
        self._refusals = _REFUSALS
