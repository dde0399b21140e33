"""Simulates whole cases, and checks the laws that hold after each of their steps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from redress.rulebook_check.coverage import most_often, reasons
from redress.rulebook_check.findings import Broken, CheckResult
from redress.rulebook_check.generators import CaseGenerator
from redress.rulebook_check.goals import Goals, Guide
from redress.rulebook_check.graph import NOT_SIMULATED
from redress.rulebook_check.planner import Move
from services.workflow.case.clocks.running import Running, running
from services.workflow.case.commands import FireTimers
from services.workflow.case.decide import decide
from services.workflow.case.errors import CaseError
from services.workflow.case.evolve import evolve
from services.workflow.case.model import Case
from services.workflow.case.open_steps import OpenStep, open_steps
from services.workflow.case.recorder import noon
from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.calendar.holidays import HolidayRegister

_IDLE: Final = {Effect.NOTE, Effect.ASSIGN, Effect.ADD_ELEMENT, Effect.FIND}
_MOST_STEPS: Final = 60
_ENOUGH: Final = 20
"""How many cases have to come to a state and go no further before it is reported that it has no way to an end."""


def simulate_cases(
    book: Rulebook,
    seed: int,
    simulated: int,
    register: HolidayRegister,
    found: CheckResult,
    progress: Callable[[int], None],
) -> None:
    """Simulate so many cases; the result goes into `found`. `progress` is called with the number simulated so far."""
    # "lives" names the stream of random numbers: another name would try other cases.
    random = Random(f"{seed}:{book.id}:lives")  # noqa: S311 - made-up cases
    tried = _Simulation(book, random, register, found)
    for n in range(simulated):
        tried.run_case()
        progress(n + 1)
    tried.conclude(simulated)


class _Simulation:
    """All simulated cases of a rulebook: the states they came to, and their goals."""

    def __init__(self, book: Rulebook, random: Random, register: HolidayRegister, found: CheckResult) -> None:
        self.book = book
        self.random = random
        self.register = register
        self.found = found
        self.generator = CaseGenerator(book, random, register)
        self.goals = Goals(book, self.generator, found.reached)
        self.reported: set[tuple[str, str]] = set()

    def run_case(self) -> None:
        """Simulate one case and record the states it came to. The procedure, and each run in parallel, comes to its own end."""
        been: defaultdict[object, list[str]] = defaultdict(list)
        for case, broken in self._one_case():
            been[None].append(case.state)
            for run in case.runs:
                been[run.track, run.number].append(run.state)
            if broken and (broken.law, broken.where) not in self.reported:
                self.reported.add((broken.law, broken.where))
                self.found.broken.append(broken)
        for states in been.values():
            self.found.reached.update(set(states))
            last_closed = max((n for n, s in enumerate(states) if s in self.goals.closed), default=-1)
            self.goals.closing.update(states[: last_closed + 1])

    def conclude(self, simulated: int) -> None:
        """Record what all cases show: the states from which none came to an end, and those of which nothing is shown."""
        reached, closing, closed = self.found.reached, self.goals.closing, self.goals.closed
        obstacles = self.goals.costs.obstacles
        shown = {name for name, n in reached.items() if n >= _ENOUGH or name in closing | closed}
        self.found.tried["cannot-close"] += len(shown)
        for name in sorted(shown - closing - closed):
            none_closed = f"Of {simulated} made-up cases none that came to it was closed"
            refused = most_often(obstacles.get(f"end of {name}", {}))
            words = f"{none_closed}; {refused}" if refused else f"{none_closed}."
            self.found.broken.append(Broken("cannot-close", f"state {name}", words))
        self.found.unreached = tuple(s.id for s in self.book.states if s.id not in shown)
        steps = (goal.step.id for goal in self.goals.all if goal.step is not None)
        self.found.untaken = tuple(step for step in steps if not self.goals.taken[step])
        self.found.why = reasons(self.goals.graph, self.found.unreached, reached, obstacles)

    def _one_case(self) -> Iterator[tuple[Case, Broken | None]]:
        """One case from its receipt on, after each step that it could take, with what that step broke."""
        day = self.generator.first_day()
        case = self.generator.received(day)
        history: list[str] = [f"received {day}"]
        used: Counter[str] = Counter()
        guide = Guide(self.goals, case)
        yield case, None
        for _ in range(_MOST_STEPS):
            day += timedelta(days=self.random.choice((0, 0, 1, 1, 2, 5, 9)))
            open_ = [o for o in open_steps(case, self.book) if o.step.effect not in NOT_SIMULATED]
            move = guide.next(case, open_, day) or self._random_step(case, open_, day, used, guide)
            if move is None:
                continue
            step, day = move.chosen.step, move.day
            used[step.id] += 1
            before = case
            try:
                for event in decide(case, move.command, self.generator.books, noon(day), self.register):
                    case = evolve(case, event)
            except CaseError as refused:
                guide.refused(step, str(refused))
                continue
            history.append(f"{step.id} {day}")
            self.goals.taken[step.id] += 1
            guide.step_taken(case, step)
            yield case, self._check(step, before, case, history)
            if case.facts.rulebook != self.book.id:
                return
            for event in decide(case, FireTimers(), self.generator.books, noon(day), self.register):
                case = evolve(case, event)

    def _random_step(self, case: Case, open_: Sequence[OpenStep], day: date, used: Counter[str], guide: Guide) -> Move | None:
        open_ = [o for o in open_ if not guide.leads_away(case, o)]
        if not open_:
            return None

        def rank(chosen: OpenStep) -> float:
            step = chosen.step.id
            return used[step] * 2 + min(self.goals.taken[step], 6) + self.random.random() * 3

        # Steps that were taken least come first, in this case and in all of them: a case of notes shows little.
        chosen = min(open_, key=rank)
        command = self.generator.command(chosen, case, day)
        if command is None:
            used[chosen.step.id] += 1
            return None
        return Move(chosen, day, command)

    def _check(self, step: Step, before: Case, after: Case, history: list[str]) -> Broken | None:
        now = tuple(running(after, self.book, self.register))
        story = "The case: " + ", ".join(history[-12:])
        if step.effect in _IDLE:
            moved = self._moved(before, now)
            if moved:
                return Broken("idle-step-moves-clock", f"step {step.id}", f"{moved} {story}")
        for r in (clock.reading for clock in now):
            rule = r.clock.extension
            if rule is None or rule.cap is None or rule.beyond_cap != "refused" or r.clock.fixed is None:
                continue
            self.found.tried["cap"] += 1
            used = sum(g.units for g in r.given if g.counts)
            if used > rule.cap:
                return Broken("cap", f"clock {r.clock.id}", f"{used} given, the cap is {rule.cap}. {story}")
        return None

    def _moved(self, before: Case, now: tuple[Running, ...]) -> str | None:
        """What an idle step did to a clock, in words; None: nothing."""
        self.found.tried["idle-step-moves-clock"] += 1
        was = {r.name: r.reading for r in running(before, self.book, self.register)}
        for clock in now:
            r, b = clock.reading, was[clock.name]
            if (b.due, b.status) != (r.due, r.status):
                return f"{clock.name} was {b.status}, due {b.due}, and is {r.status}, due {r.due}."
        return None
