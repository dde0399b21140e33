"""Whole lives of made-up cases, and the laws that hold after each of their steps."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from redress.rulebook_check.coverage import most_often, reasons
from redress.rulebook_check.findings import Broken, CheckResult
from redress.rulebook_check.generators import Making
from redress.rulebook_check.goals import Aims, Led
from redress.rulebook_check.graph import OF_TWO
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
_LONGEST_LIFE: Final = 60
_ENOUGH: Final = 20
"""How many lives have to come to a state and go no further before it is said that there is no way on."""


def try_lives(
    book: Rulebook,
    seed: int,
    lives: int,
    register: HolidayRegister,
    found: CheckResult,
    tell: Callable[[int], None],
) -> None:
    """Lead so many cases through a life each; what came of it goes into `found`. `tell` is told how many were led."""
    dice = Random(f"{seed}:{book.id}:lives")  # noqa: S311 - made-up cases
    tried = _Lives(book, dice, register, found)
    for n in range(lives):
        tried.one()
        tell(n + 1)
    tried.conclude(lives)


class _Lives:
    """All lives together: where they came, and what they were led to."""

    def __init__(self, book: Rulebook, dice: Random, register: HolidayRegister, found: CheckResult) -> None:
        self.book = book
        self.dice = dice
        self.register = register
        self.found = found
        self.making = Making(book, dice, register)
        self.aims = Aims(book, self.making, found.reached)
        self.told: set[tuple[str, str]] = set()

    def one(self) -> None:
        """One life, and what it came to. The procedure, and each run beside it, comes to its own end."""
        been: defaultdict[object, list[str]] = defaultdict(list)
        for case, broken in self._life():
            been[None].append(case.state)
            for run in case.runs:
                been[run.track, run.number].append(run.state)
            if broken and (broken.law, broken.where) not in self.told:
                self.told.add((broken.law, broken.where))
                self.found.broken.append(broken)
        for states in been.values():
            self.found.reached.update(set(states))
            last_closed = max((n for n, s in enumerate(states) if s in self.aims.closed), default=-1)
            self.aims.closes.update(states[: last_closed + 1])

    def conclude(self, lives: int) -> None:
        """What all lives together show: the states from which none came to an end, and those of which nothing is shown."""
        reached, closes, closed = self.found.reached, self.aims.closes, self.aims.closed
        obstacles = self.aims.steering.obstacles
        shown = {name for name, n in reached.items() if n >= _ENOUGH or name in closes | closed}
        self.found.tried["cannot-close"] += len(shown)
        for name in sorted(shown - closes - closed):
            said = f"Of {lives} made-up cases none that came to it was closed"
            stopped = most_often(obstacles.get(f"end of {name}", {}))
            words = f"{said}; {stopped}" if stopped else f"{said}."
            self.found.broken.append(Broken("cannot-close", f"state {name}", words))
        self.found.unreached = tuple(s.id for s in self.book.states if s.id not in shown)
        steps = (goal.step.id for goal in self.aims.goals if goal.step is not None)
        self.found.untaken = tuple(step for step in steps if not self.aims.done[step])
        self.found.why = reasons(self.aims.ways, self.found.unreached, reached, obstacles)

    def _life(self) -> Iterator[tuple[Case, Broken | None]]:
        """One case from its receipt on, after each step that it could take, with what that step broke."""
        day = self.making.first_day()
        case = self.making.received(day)
        taken: list[str] = [f"received {day}"]
        used: Counter[str] = Counter()
        led = Led(self.aims, case)
        yield case, None
        for _ in range(_LONGEST_LIFE):
            day += timedelta(days=self.dice.choice((0, 0, 1, 1, 2, 5, 9)))
            open_ = [o for o in open_steps(case, self.book) if o.step.effect not in OF_TWO]
            move = led.next(case, open_, day) or self._any(case, open_, day, used, led)
            if move is None:
                continue
            step, day = move.chosen.step, move.day
            used[step.id] += 1
            before = case
            try:
                for event in decide(case, move.command, self.making.books, noon(day), self.register):
                    case = evolve(case, event)
            except CaseError as refused:
                led.refused(step, str(refused))
                continue
            taken.append(f"{step.id} {day}")
            self.aims.done[step.id] += 1
            led.took(case, step)
            yield case, self._judged(step, before, case, taken)
            if case.facts.rulebook != self.book.id:
                return
            for event in decide(case, FireTimers(), self.making.books, noon(day), self.register):
                case = evolve(case, event)

    def _any(self, case: Case, open_: Sequence[OpenStep], day: date, used: Counter[str], led: Led) -> Move | None:
        open_ = [o for o in open_ if not led.astray(case, o)]
        if not open_:
            return None

        def worn(chosen: OpenStep) -> float:
            step = chosen.step.id
            return used[step] * 2 + min(self.aims.done[step], 6) + self.dice.random() * 3

        # Steps that were taken least come first, in this life and in all of them: a life of notes shows little.
        chosen = min(open_, key=worn)
        command = self.making.command(chosen, case, day)
        if command is None:
            used[chosen.step.id] += 1
            return None
        return Move(chosen, day, command)

    def _judged(self, step: Step, before: Case, after: Case, taken: list[str]) -> Broken | None:
        now = tuple(running(after, self.book, self.register))
        told = "The case: " + ", ".join(taken[-12:])
        if step.effect in _IDLE:
            moved = self._moved(before, now)
            if moved:
                return Broken("idle-step-moves-clock", f"step {step.id}", f"{moved} {told}")
        for r in (clock.reading for clock in now):
            rule = r.clock.extension
            if rule is None or rule.cap is None or rule.beyond_cap != "refused" or r.clock.fixed is None:
                continue
            self.found.tried["cap"] += 1
            used = sum(g.units for g in r.given if g.counts)
            if used > rule.cap:
                return Broken("cap", f"clock {r.clock.id}", f"{used} given, the cap is {rule.cap}. {told}")
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
