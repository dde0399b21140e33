"""The states and steps that simulated cases are directed to, so that enough of them reach each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import Final

from redress.rulebook_check.costs import StepCosts
from redress.rulebook_check.generators import CaseGenerator
from redress.rulebook_check.graph import Place, StepGraph
from redress.rulebook_check.planner import Move, Planner
from services.workflow.case.model import Case
from services.workflow.case.open_steps import OpenStep
from services.workflow.rulebook.model import Rulebook, Step
from shared.events.codes import Status

_AT_RANDOM: Final = 0.3
"""The share of steps chosen at random among those that are open, though the case has a goal."""
_RANDOM_STEPS: Final = 5
"""How many steps are chosen at random after a goal was reached."""
_STEP_WEIGHT: Final = 3
"""A step is tried often enough when it was taken a third as often as a state was reached."""
_STEPS_PER_GOAL: Final = 40
"""How many steps a case may take towards one goal before it is given another."""
_REFUSALS_PER_GOAL: Final = 3
"""How many of them may be refused: the fields that staff give are made up anew each time."""
_UNGUIDED: Final = 0.2
"""The share of cases without goals, so that steps are also tried in orders that no goal leads to."""


@dataclass(frozen=True)
class Goal:
    """What a case, or a run, is directed to: one of the states, or the taking of a step. `name` identifies it."""

    name: str
    states: tuple[str, ...] = ()
    step: Step | None = None
    run: tuple[str, int] | None = None


class Goals:
    """The goals of all cases of one rulebook, and what was reached so far.

    `reached` counts the cases that came to each state, `taken` how often each step was taken, `failed` how often a goal was given
    up; `closing` are the states from which some case was closed.
    """

    def __init__(self, book: Rulebook, generator: CaseGenerator, reached: Counter[str]) -> None:
        self.book = book
        self.generator = generator
        self.random = generator.random
        self.reached = reached
        self.graph = StepGraph(book)
        self.costs = StepCosts(self.graph)
        self.closed = frozenset(state.id for state in book.states if state.status is Status.CLOSED)
        self.closing: set[str] = set()
        self.taken: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.all = [
            *(Goal(f"state {state.id}", states=(state.id,)) for state in book.states),
            *(Goal(f"step {step.id}", step=step) for step in book.steps if self.graph.open_at(step)),
        ]

    def covered(self, goal: Goal) -> float:
        """How often the goal was reached and tried in vain: the goal with the least is next."""
        if goal.step is not None:
            return _STEP_WEIGHT * (self.taken[goal.step.id] + 2 * self.failed[goal.name])
        return self.reached[goal.states[0]] + 2 * self.failed[goal.name]


class Guide:
    """Directs one case to one goal after the other: what fewest cases reached, and from there to an end."""

    def __init__(self, goals: Goals, case: Case) -> None:
        self._goals = goals
        goals.costs.start_case()
        self._covered = {f"state {case.state}"}
        self._at_random = True
        self._goal = goals.all[0]
        self._patience = self._refusals = 0
        self._random_steps: float = 0
        self._choose(case)
        if goals.random.random() < _UNGUIDED:
            self._random_steps = inf

    def next(self, case: Case, open_: Sequence[OpenStep], day: date) -> Move | None:
        """The next step towards the goal; None: it may be any step."""
        self._at_random = True
        if self._random_steps > 0 or self._goals.random.random() < _AT_RANDOM:
            self._random_steps = max(self._random_steps - 1, 0)
            return None
        if self._patience <= 0 or self._refusals <= 0:
            self._give_up(case)
        self._patience -= 1
        goal = self._goal
        planner = Planner(self._goals.costs, self._goals.generator, case, open_, day, goal.name)
        if goal.step is not None:
            move = planner.to_step(goal.step)
        else:
            move = planner.to_state(goal.states, case.run(*goal.run) if goal.run else None)
        if move is None:
            self._give_up(case)
        self._at_random = move is None
        return move

    def refused(self, step: Step, reason: str) -> None:
        """The step that was chosen was refused, for this reason."""
        if not self._at_random:
            self._refusals -= 1
            self._goals.costs.refused(self._goal.name, step, reason)

    def step_taken(self, case: Case, step: Step) -> None:
        """The case has taken a step, chosen by a goal or at random."""
        self._covered |= {f"step {step.id}", f"state {case.state}", *(f"state {run.state}" for run in case.runs)}
        goal = self._goal
        if self._random_steps == inf:
            return
        run = case.run(*goal.run) if goal.run else None
        if goal.name not in self._covered and (run.state if run else case.state) not in goal.states:
            return
        self._random_steps = _RANDOM_STEPS
        ended = self._end_of(case, goal)
        if ended is None or (f"tried {ended.name}" in self._covered or self._goals.random.random() < self._share_stopping(goal)):
            self._choose(case)
        else:
            self._pursue(ended)

    def leads_away(self, case: Case, chosen: OpenStep) -> bool:
        """Whether a step at random would put the case further from its goal."""
        target = chosen.step.target(case.stage)
        if chosen.run is not None or target is None or self._random_steps > 0:
            return False
        there = (target, self._goals.graph.stage_in(target, case.stage or ""))
        return self._distance(self._goal, there) > self._distance(self._goal, (case.state, case.stage or ""))

    def _distance(self, goal: Goal, place: Place) -> float:
        """The distance from a place of the procedure to the goal; 0 to one of a track, which may begin anywhere."""
        graph, book = self._goals.graph, self._goals.book
        places = graph.open_at(goal.step) if goal.step else graph.at(goal.states)
        if any(book.track_of(state) for state, _ in places):
            return 0
        return self._goals.costs.distances(places).get(place, inf)

    def _share_stopping(self, goal: Goal) -> float:
        """The share of cases that do not go on to an end: none, where no case has come to an end from this goal yet."""
        return 0.0 if goal.states and not self._goals.closing.issuperset(goal.states) else 0.7

    def _end_of(self, case: Case, goal: Goal) -> Goal | None:
        """The goal that follows one that was reached: an end of the procedure, or of the run that came there."""
        book = self._goals.book
        if len(goal.states) != 1 or goal.states[0] in self._goals.closed:
            return None
        track = book.track_of(goal.states[0])
        run = next((r for r in case.open_runs(track) if r.state == goal.states[0]), None) if track else None
        ends = book.ends(track)
        key = (run.track, run.number) if run else None
        return Goal(f"end of {goal.states[0]}", states=ends, run=key) if ends else None

    def _give_up(self, case: Case) -> None:
        self._goals.failed[self._goal.name] += 1
        self._choose(case)

    def _choose(self, case: Case) -> None:
        here = (case.state, case.stage or "")
        left = [
            goal
            for goal in self._goals.all
            if not self._covered & {goal.name, f"tried {goal.name}"} and self._distance(goal, here) < inf
        ]
        weights = {goal.name: self._goals.covered(goal) + self._goals.random.random() for goal in left}
        if left:
            self._pursue(min(left, key=lambda goal: weights[goal.name]))
        else:
            self._random_steps = inf

    def _pursue(self, goal: Goal) -> None:
        self._goal = goal
        # A goal that was tried once in a case is not tried again in it.
        self._covered.add(f"tried {goal.name}")
        self._patience = _STEPS_PER_GOAL
        self._refusals = _REFUSALS_PER_GOAL
