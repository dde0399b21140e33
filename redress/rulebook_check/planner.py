"""Plans the next step of a case towards its goal: what a step requires is brought about first.

Everything is worked out from the rulebook's data and the case as it stands. Days are London days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from redress.rulebook_check.contradictions import gives_role
from redress.rulebook_check.costs import StepCosts
from redress.rulebook_check.generators import STAFF, CaseGenerator, People
from redress.rulebook_check.graph import NOT_SIMULATED, Place, Transition
from services.workflow.case.clocks.reading import ClockStatus, Reading, read
from services.workflow.case.commands import TakeStep
from services.workflow.case.effects import ENTRIES
from services.workflow.case.errors import CaseError
from services.workflow.case.model import Case, Run
from services.workflow.case.open_steps import OpenStep
from services.workflow.case.requirements import Asked, require
from services.workflow.rulebook.model import Check, Clock, Effect, Requirement, Step

_OF_PERSON: Final = {Check.OFFICER_DIFFERS_FROM, Check.NEVER_HAD, Check.OTHER_THAN}
_STEPS_TRIED: Final = 40
"""How many steps one plan considers: what a step requires may require steps in its turn."""


@dataclass(frozen=True)
class Move:
    """A step to take on a day, with the fields that staff give."""

    chosen: OpenStep
    day: date
    command: TakeStep


class Planner:
    """Plans one step: what to do next in this case, as it stands on this day, towards the goal of this name."""

    def __init__(
        self,
        costs: StepCosts,
        generator: CaseGenerator,
        case: Case,
        open_: Sequence[OpenStep],
        day: date,
        goal: str,
    ) -> None:
        self._costs = costs
        self._graph = costs.graph
        self._book = costs.book
        self._generator = generator
        self._case = case
        self._day = day
        self._goal = goal
        self._open = open_
        self._place = (case.state, case.stage or "")
        self._seen: set[tuple[str, int | None]] = set()

    def to_state(self, states: Sequence[str], run: Run | None = None) -> Move | None:
        """Towards one of these states, all of the procedure or all of one track; there by this run, or by any."""
        track = self._book.track_of(states[0])
        goals = self._graph.at(states)
        if track is None:
            return self._along(self._place, goals, None)
        distances = self._costs.distances(goals)
        runs = (run,) if run else self._case.open_runs(track)
        options: list[tuple[float, Run | Step]] = [(distances[place], r) for r in runs if (place := _place_of(r)) in distances]
        for step in self._book.steps if run is None else ():
            if step.begins and self._book.track_of(step.begins) == track:
                place = (step.begins, self._graph.stage_in(step.begins, ""))
                if place in distances:
                    options.append((distances[place] + self._costs.cost_of(step), step))
        for _, option in sorted(options, key=lambda o: o[0]):
            move = self.to_step(option) if isinstance(option, Step) else self._along(_place_of(option), goals, option)
            if move is not None:
                return move
        return None

    def to_step(self, step: Step, run: Run | None = None, person: str | None = None) -> Move | None:
        """Towards taking the step: by this run, where it is one of a track and one is given."""
        key = (step.id, run.number if run else None)
        if key in self._seen or len(self._seen) >= _STEPS_TRIED:
            return None
        self._seen.add(key)
        here = self._here(step, run)
        for chosen in here:
            move = self._ready(chosen, person)
            if move is not None:
                return move
        if here:
            return None
        places = self._graph.open_at(step)
        if not places:
            return None
        if self._book.of_track(step) is not None:
            return self.to_state([state for state, _ in places], run)
        return self._along(self._place, places, None)

    def _here(self, step: Step, run: Run | None = None) -> list[OpenStep]:
        return [o for o in self._open if o.step is step and (run is None or o.run is None or o.run.number == run.number)]

    def _along(self, place: Place, goals: tuple[Place, ...], run: Run | None) -> Move | None:
        distances = self._costs.distances(goals)
        if distances.get(place, 0.0) == 0.0:
            return None
        cost = self._costs.cost
        path = self._graph.path(place, distances, cost)
        move = self._before_leaving(path, run)
        if move is not None:
            return move
        ahead = [
            transition for transition in self._graph.leaving[place] if transition.target in distances and transition.target != place
        ]
        ahead.sort(key=lambda transition: cost(transition) + distances[transition.target])
        # Where the best transition is barred now, another may be open; one that costs far more leads away from the goal.
        for transition in ahead[:3]:
            move = self.to_step(transition.step, None if transition.carried else run)
            if move is not None:
                return move
        return None

    def _before_leaving(self, path: Sequence[Transition], run: Run | None) -> Move | None:
        """What a later step of the path requires and can be brought about here, but no more where that step is taken."""
        for transition in path[1:]:
            if transition.carried:
                return None
            for required in transition.step.requires:
                stays = transition.source[1] == path[0].source[1]
                if required.check is Check.ALL_ELEMENTS_FOUND:
                    if self._case.points and not stays:
                        continue
                elif required.check not in {Check.MARK, Check.ASSIGNED} or not stays:
                    continue
                later = OpenStep(transition.step, run)
                if self._refusal(later, required, self._day, TakeStep(transition.step.id)) is None:
                    continue
                for helper in self._helpers(required, transition.source[1]):
                    here = self._here(helper, run)
                    if (
                        here
                        and transition.source not in self._graph.open_at(helper)
                        and helper.target(transition.source[1]) is None
                    ):
                        move = self._ready(here[0])
                        if move is not None:
                            return move
        return None

    def _ready(self, chosen: OpenStep, person: str | None = None) -> Move | None:
        """The step itself where all holds that it requires, and else what brings the first of it about."""
        step, day = chosen.step, self._day
        for required in step.requires:
            if required.check is not Check.AFTER:
                continue
            reading = self._reading(required.argument or "")
            if reading is not None and reading.due is not None:
                day = max(day, reading.due + timedelta(days=1))
        command = self._command(chosen, day, person)
        if not isinstance(command, TakeStep):
            return command
        for required in step.requires:
            refused = self._refusal(chosen, required, day, command)
            if refused is not None:
                return self._prerequisite(chosen, required, refused)
        return self._for_effect(Move(chosen, day, command))

    def _prerequisite(self, chosen: OpenStep, required: Requirement, refused: str) -> Move | None:
        """What to do first, because a requirement does not hold; None, and the refusal is counted, when nothing helps."""
        move = self._satisfying(chosen, required)
        if move is None:
            if required.check is Check.WITHOUT_MARK:
                self._costs.avoid(required.argument or "")
            self._costs.refused(self._goal, chosen.step, refused)
        elif chosen.run is None and move.chosen.run is None and move.chosen.step.targets:
            self._costs.detour(chosen.step, self._place)
        return move

    def _command(self, chosen: OpenStep, day: date, person: str | None) -> TakeStep | Move | None:
        """The step with somebody who may answer for it; a move that gives it somebody first; or None: nobody can."""
        step = chosen.step
        asked = [required for required in step.requires if required.check in _OF_PERSON]
        fresh = self._newcomer()
        names = "person" in ENTRIES[step.effect].fields.model_fields
        refusals: list[str | None] = []
        for someone in (person,) if person else (self._generator.random.choice(STAFF), fresh):
            people = People(person=someone) if names else People(by=someone)
            command = self._generator.command(chosen, self._case, day, people) or TakeStep(step.id)
            refusals = [self._refusal(chosen, required, day, command) for required in asked]
            if not any(refusals):
                break
        else:
            move = None if names else self._assigned(chosen, step.role, fresh)
            if move is None:
                reason = next(refused for refused in refusals if refused)
                self._costs.refused(self._goal, step, reason)
            return move
        if any(r.check is Check.NAMES_PERSON for r in step.requires) and not names:
            where = self._case.where(chosen.run)
            if where is not None and where.holder(step.role) is None:
                return self._assigned(chosen, step.role, fresh) or command
        return command

    def _newcomer(self) -> str:
        """Somebody who has had no role on this case."""
        known = {h.person for where in (*self._case.visits, *(r.visit for r in self._case.runs)) for h in where.holders}
        return f"newcomer-{len(known) + 1}"

    def _assigned(self, chosen: OpenStep, role: str, person: str | None = None) -> Move | None:
        where = self._case.where(chosen.run)
        stage = where.stage if where else ""
        givers = [s for s in self._book.steps if gives_role(s, role) and stage in self._graph.lands_at(s)]
        return self._any(givers, chosen.run, person)

    def _any(self, steps: Iterable[Step], run: Run | None, person: str | None = None) -> Move | None:
        """Towards the first of the steps to which there is a path; those that are open here come first."""
        for step in sorted(steps, key=lambda s: not self._here(s, run)):
            mine = run if run and self._book.of_track(step) == run.track else None
            move = self.to_step(step, mine, person)
            if move is not None:
                return move
        return None

    def _helpers(self, required: Requirement, stage: str) -> Iterator[Step]:
        """The steps that bring a requirement about at a stage."""
        name = required.argument or ""
        for step in self._book.steps:
            match required.check:
                case Check.MARK:
                    fits = stage in self._graph.marked_at(step, name)
                case Check.ASSIGNED:
                    fits = gives_role(step, name) and stage in self._graph.lands_at(step)
                case _:
                    wanted = Effect.FIND if self._case.points else Effect.ADD_ELEMENT
                    fits = step.effect is wanted
            if fits and step.effect not in NOT_SIMULATED:
                yield step

    def _satisfying(self, chosen: OpenStep, required: Requirement) -> Move | None:
        name, run = required.argument or "", chosen.run
        where = self._case.where(run)
        stage = where.stage if where else ""
        match required.check:
            case Check.MARK | Check.ASSIGNED | Check.ALL_ELEMENTS_FOUND:
                return self._any(self._helpers(required, stage), run)
            case Check.WITHIN | Check.AFTER:
                return self._ticking(name)
            case Check.SOME_AT:
                return self.to_state([name])
            case Check.ALL_AT:
                away = [r for r in self._case.open_runs(self._book.track_of(name)) if r.state != name]
                return self._first_of(away, [name]) if away else self.to_state([name])
            case Check.NONE_OPEN:
                return self._first_of(self._case.open_runs(name), self._book.ends(name))
            case _:
                return None

    def _first_of(self, runs: Iterable[Run], states: Sequence[str]) -> Move | None:
        """The first of the runs that can go on towards one of the states does, and the others after it."""
        return next((m for run in runs if (m := self.to_state(states, run)) is not None), None)

    def _for_effect(self, move: Move) -> Move | None:
        """The move, or what its effect needs before it: a point to find on, a referral to decide, a clock that ticks."""
        chosen, step = move.chosen, move.chosen.step
        needed: Iterable[Step] = ()
        if step.effect is Effect.FIND and not self._case.points:
            needed = (s for s in self._book.steps if s.effect is Effect.ADD_ELEMENT)
        elif step.effect is Effect.ADD_ELEMENT and self._generator.without_finding(self._case):
            needed = (s for s in self._book.steps if s.effect is Effect.FIND)
        elif step.effect is Effect.OMBUDSMAN_DECISION and not self._case.facts.ombudsman:
            needed = (s for s in self._book.steps if s.effect is Effect.REFER)
        elif step.effect is Effect.EXTEND and step.clock:
            where = self._case.where(chosen.run)
            clock = self._book.clock(step.clock)
            if clock and where and not read(clock, where, self._book, self._generator.register).ticking:
                return self._ticking(step.clock, chosen.run)
        elif isinstance(move.command.fields, ENTRIES[step.effect].fields):
            return move
        else:
            self._costs.refused(self._goal, step, "its fields could not be made up")
        return self._any(needed, None)

    def _reading(self, name: str, run: Run | None = None) -> Reading | None:
        """The clock's reading for the last visit of the case to its stage."""
        clock = self._book.clock(name)
        if clock is None:
            return None
        where = run.visit if run else next((v for v in reversed(self._case.visits) if v.stage == clock.stage), None)
        return read(clock, where, self._book, self._generator.register) if where else None

    def _ticking(self, name: str, run: Run | None = None) -> Move | None:
        """What gives the clock a deadline: that its stage begins, that it starts or goes on again, that a period is agreed."""
        clock, reading = self._book.clock(name), self._reading(name, run)
        if clock is None:
            return None
        if reading is None:
            return self.to_state([state.id for state in self._book.states if state.stage == clock.stage])
        match reading.status:
            case ClockStatus.PAUSED:
                marks: tuple[str, ...] = clock.restarts
            case ClockStatus.WAITING:
                marks = (clock.starts, *self._before(clock))
            case _ if reading.due is None and clock.fixed is None:
                return self._any((s for s in self._book.steps if s.clock == clock.id), run)
            case _:
                return None
        setters = (s for m in marks for s in self._book.steps if clock.stage in self._graph.marked_at(s, m))
        return self._any(setters, run)

    def _before(self, clock: Clock) -> tuple[str, ...]:
        """The start of the clock whose deadline this one may be counted from."""
        before = self._book.clock(clock.provisional_from or "")
        return (before.starts,) if before else ()

    def _refusal(self, chosen: OpenStep, required: Requirement, day: date, command: TakeStep) -> str | None:
        """Why the requirement does not hold, in the engine's own words; None: it holds."""
        step = self._costs.with_only(chosen.step, required)
        try:
            require(Asked(self._case, self._book, step, command, day, self._generator.register, chosen.run))
        except CaseError as refused:
            return str(refused)
        return None


def _place_of(run: Run) -> Place:
    return run.state, run.visit.stage
