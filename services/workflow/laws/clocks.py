"""Laws that every rulebook must obey, tried on seeded, made-up cases: each that breaks is told with its counter-example.

Two ways of trying: each clock by itself over many start days, pauses and extensions; and whole lives of a case, random steps
from its receipt on. The same seed tries the same cases. Days are London days.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from services.workflow.case.commands import FIELDS, FINDINGS, FireTimers, Receive, TakeStep
from services.workflow.case.decide import decide
from services.workflow.case.errors import CaseError
from services.workflow.case.evolve import evolve
from services.workflow.case.model import Case, Given, Mark, Visit
from services.workflow.case.open_steps import OpenStep, open_steps
from services.workflow.case.recorder import noon
from services.workflow.clocks.measure import Reading, read, units_between
from services.workflow.clocks.running import running
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import STARTED, Clock, Effect, Rulebook, Step
from shared.calendar.holidays import HolidayRegister, published
from shared.events.codes import Channel, OmbudsmanDecision, Status
from shared.events.envelope import Envelope
from shared.events.feedback import FeedbackReceived
from shared.events.sealed import Sealed

LAWS: Final = {
    "zero-pause": "a pause of no length changes no deadline",
    "pause-and-extension-commute": "a pause and an extension give the same deadline in either order",
    "later-receipt": "a later start never has an earlier deadline",
    "restored-clock": "a clock that starts again has at least the days that were left",
    "foreign-marks": "only what a clock names moves it",
    "idle-step-moves-clock": "no note, assignment or point of a complaint moves a clock",
    "cap": "no extension reaches beyond the cap of its rule",
    "cannot-close": "from every state that a case reached, some case came to closure",
}
"""Every law that is tried, in words."""

_IDLE: Final = {Effect.NOTE, Effect.ASSIGN, Effect.ADD_ELEMENT, Effect.FIND}
_OF_TWO: Final = {
    Effect.LINK,
    Effect.UNLINK,
    Effect.SPLIT,
    Effect.MERGE,
    Effect.UNMERGE,
    Effect.MOVE,
}
"""What takes another case, or another rulebook, of which there is none here."""

_LONGEST_LIFE: Final = 60
_ENOUGH: Final = 20
"""How many lives have to come to a state and go no further before it is said that there is no way on."""
_NOBODY: Final = Sealed(key_id=UUID(int=1), nonce="bm9uY2U=", ciphertext="bm90aGluZw==")


@dataclass(frozen=True)
class Broken:
    """A law that does not hold. `where` is the clock, step or state; `example` the case that shows it, in words."""

    law: str
    where: str
    example: str

    def words(self) -> str:
        return f"{self.where}: it should hold that {LAWS[self.law]}. {self.example}"


@dataclass
class Outcome:
    """What was tried. `unreached` are states that no life came to, or too few: nothing was shown of them."""

    broken: list[Broken] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    unreached: tuple[str, ...] = ()


def run(
    book: Rulebook,
    *,
    seed: int = 2024,
    cases: int = 100,
    lives: int = 150,
    register: HolidayRegister | None = None,
) -> Outcome:
    """Try every law on a rulebook that `check` found no fault in. One counter-example a law and place is kept."""
    register = register or published()
    found = Outcome()
    for clock in book.clocks:
        days = _days(clock, register)
        for law, attempt in _CLOCK_LAWS.items():
            # A stream of its own for each law: a clock that is added leaves the others' cases as they are.
            random = Random(f"{seed}:{book.id}:{clock.id}:{law}")  # noqa: S311 - made-up cases
            for _ in range(cases):
                example = attempt(_Trial(clock, book, register, random, days))
                if example is None:
                    continue
                found.tried[law] += 1
                if example:
                    found.broken.append(Broken(law, f"clock {clock.id}", example))
                    break
    dice = Random(f"{seed}:{book.id}:lives")  # noqa: S311 - made-up cases
    _live(book, dice, lives, register, found)
    return found


@dataclass(frozen=True)
class _Trial:
    clock: Clock
    book: Rulebook
    register: HolidayRegister
    random: Random
    days: tuple[date, int]

    def day(self) -> date:
        first, span = self.days
        return first + timedelta(days=self.random.randrange(span))

    def visit(self, start: date, *marks: tuple[str, date], given: tuple[Given, ...] = ()) -> Visit:
        begun = () if self.clock.starts == STARTED else ((self.clock.starts, start),)
        return Visit(
            stage=self.clock.stage,
            started_on=start,
            marks=tuple(Mark(name=n, on=d) for n, d in (*begun, *marks)),
            given=given,
        )

    def reading(self, visit: Visit) -> Reading:
        return read(self.clock, visit, self.book, self.register)

    def due(self, visit: Visit) -> date | None:
        return self.reading(visit).due

    def start_given(self, start: date) -> tuple[Given, ...]:
        """What an agreed period needs to have a deadline at all."""
        if self.clock.fixed is not None:
            return ()
        to = start + timedelta(days=40)
        return (Given(clock=self.clock.id, to=to, units=0, told_on=start, counts=True),)

    def pause(self, start: date) -> tuple[date, date]:
        paused = start + timedelta(days=self.random.randrange(20))
        return paused, paused + timedelta(days=self.random.randrange(40))


def _days(clock: Clock, register: HolidayRegister) -> tuple[date, int]:
    """The days on which a clock may start and still be counted by a published calendar."""
    calendar = register.calendar(clock.calendar)
    first = date(max(calendar.first_year or 2012, 2012) + 1, 1, 1)
    last = date((calendar.last_year or 2024) - 2, 12, 31)
    return first, max((last - first).days, 1)


# Each answers None when it does not apply, "" when it holds, and else what shows that it does not.
def _zero_pause(t: _Trial) -> str | None:
    if not t.clock.pauses:
        return None
    start = t.day()
    at = start + timedelta(days=t.random.randrange(20))
    given = t.start_given(start)
    without = t.due(t.visit(start, given=given))
    with_ = t.due(t.visit(start, (t.clock.pauses[0], at), (t.clock.restarts[0], at), given=given))
    return (
        ""
        if with_ == without
        else (f"Started {start}, paused and restarted on {at}: due {with_}, and {without} without the pause.")
    )


def _commute(t: _Trial) -> str | None:
    if not t.clock.pauses or t.clock.extension is None or t.clock.fixed is None or t.clock.unit == "months":
        return None
    start = t.day()
    paused, restarted = t.pause(start)
    units = t.random.randint(1, 15)
    marks = ((t.clock.pauses[0], paused), (t.clock.restarts[0], restarted))

    def told(on: date) -> date | None:
        given = Given(clock=t.clock.id, to=start + timedelta(days=1), units=units, told_on=on, counts=True)
        return t.due(t.visit(start, *marks, given=(given,)))

    before, after = told(paused), told(restarted)
    return (
        ""
        if before == after
        else (
            f"Started {start}, paused {paused} to {restarted}, {units} more: due {before} when told before the pause and "
            f"{after} when told after it."
        )
    )


def _later(t: _Trial) -> str | None:
    early, late = sorted((t.day(), t.day()))
    if t.clock.fixed is None:
        return None
    first, second = t.due(t.visit(early)), t.due(t.visit(late))
    if first is None or second is None:
        return None
    return "" if first <= second else f"Started {early}: due {first}. Started {late}: due {second}."


def _restored(t: _Trial) -> str | None:
    if not t.clock.pauses or t.clock.fixed is None or t.clock.unit == "months":
        return None
    start = t.day()
    paused, restarted = t.pause(start)
    plain = t.due(t.visit(start))
    if plain is None or paused > plain:
        return None
    due = t.due(t.visit(start, (t.clock.pauses[0], paused), (t.clock.restarts[0], restarted)))
    if due is None:
        return None
    left = units_between(t.clock, paused, plain, t.register)
    after = units_between(t.clock, restarted, due, t.register)
    return (
        ""
        if after >= left
        else (
            f"Started {start}, paused {paused} with {left} left, restarted {restarted}: {after} left, due {due}."
        )
    )


def _foreign(t: _Trial) -> str | None:
    start = t.day()
    own = {t.clock.starts, *t.clock.anew, *t.clock.anew, *t.clock.stops, *t.clock.pauses, *t.clock.restarts}
    foreign = [m for s in t.book.steps for m in s.marks if m not in own]
    if not foreign:
        return None
    given = t.start_given(start)
    name, on = t.random.choice(foreign), start + timedelta(days=t.random.randrange(30))
    plain, marked = t.due(t.visit(start, given=given)), t.due(t.visit(start, (name, on), given=given))
    return (
        "" if plain == marked else f"Started {start}, {name} on {on}: due {marked}, and {plain} without it."
    )


_CLOCK_LAWS: Final[dict[str, Callable[[_Trial], str | None]]] = {
    "zero-pause": _zero_pause,
    "pause-and-extension-commute": _commute,
    "later-receipt": _later,
    "restored-clock": _restored,
    "foreign-marks": _foreign,
}


def _live(book: Rulebook, random: Random, lives: int, register: HolidayRegister, found: Outcome) -> None:
    books = Rulebooks([book])
    reached: Counter[str] = Counter()
    closes: set[str] = set()
    told: set[tuple[str, str]] = set()
    closed = {state.id for state in book.states if state.status is Status.CLOSED}
    done: Counter[str] = Counter()
    for _ in range(lives):
        # The procedure, and each run beside it, comes to its own end.
        ways: defaultdict[object, list[str]] = defaultdict(list)
        for case, broken in _life(book, books, random, register, done, found.tried):
            ways[None].append(case.state)
            for run in case.runs:
                ways[run.track, run.number].append(run.state)
            if broken and (broken.law, broken.where) not in told:
                told.add((broken.law, broken.where))
                found.broken.append(broken)
        for states in ways.values():
            reached.update(set(states))
            last_closed = max((n for n, s in enumerate(states) if s in closed), default=-1)
            closes.update(states[: last_closed + 1])
    shown = {name for name, n in reached.items() if n >= _ENOUGH or name in closes | closed}
    found.tried["cannot-close"] += len(shown)
    found.broken += [
        Broken("cannot-close", f"state {name}", f"Of {lives} made-up cases none that came to it was closed.")
        for name in sorted(shown - closes - closed)
    ]
    found.unreached = tuple(s.id for s in book.states if s.id not in shown)


def _life(
    book: Rulebook,
    books: Rulebooks,
    random: Random,
    register: HolidayRegister,
    done: Counter[str],
    tried: Counter[str],
) -> Iterator[tuple[Case, Broken | None]]:
    """One case from its receipt on, after each step that it could take, with what that step broke."""
    day = date(2023, 1, 2) + timedelta(days=random.randrange(500))
    if not book.in_force(day):
        day = book.effective_from if date(2013, 1, 1) < book.effective_from < date(2025, 1, 1) else day
    case = _received(book, books, day, random, register)
    taken: list[str] = [f"received {day}"]
    used: Counter[str] = Counter()
    yield case, None
    for _ in range(_LONGEST_LIFE):
        day += timedelta(days=random.choice((0, 0, 1, 1, 2, 5, 9)))
        open_ = [o for o in open_steps(case, book) if o.step.effect not in _OF_TWO]
        if not open_:
            return
        # Steps that were taken least come first, in this life and in all of them: a life of notes shows little.
        chosen = min(open_, key=lambda o: used[o.step.id] * 2 + min(done[o.step.id], 6) + random.random() * 3)
        step = chosen.step
        used[step.id] += 1
        command = _command(book, chosen, case, day, random)
        if command is None:
            continue
        before = case
        try:
            for event in decide(case, command, books, noon(day), register):
                case = evolve(case, event)
        except CaseError:
            continue
        taken.append(f"{step.id} {day}")
        done[step.id] += 1
        yield case, _judged(book, step, before, case, register, taken, tried)
        if case.facts.rulebook != book.id:
            return
        for event in decide(case, FireTimers(), books, noon(day), register):
            case = evolve(case, event)


def _judged(
    book: Rulebook,
    step: Step,
    before: Case,
    after: Case,
    register: HolidayRegister,
    taken: list[str],
    tried: Counter[str],
) -> Broken | None:
    now = tuple(running(after, book, register))
    told = "The case: " + ", ".join(taken[-12:])
    if step.effect in _IDLE:
        tried["idle-step-moves-clock"] += 1
        was = {r.name: (r.reading.due, r.reading.status) for r in running(before, book, register)}
        for clock in now:
            due, status = was[clock.name]
            r = clock.reading
            if (due, status) != (r.due, r.status):
                moved = f"{clock.name} was {status}, due {due}, and is {r.status}, due {r.due}."
                return Broken("idle-step-moves-clock", f"step {step.id}", f"{moved} {told}")
    for r in (clock.reading for clock in now):
        rule = r.clock.extension
        if rule is None or rule.cap is None or rule.beyond_cap != "refused" or r.clock.fixed is None:
            continue
        tried["cap"] += 1
        used = sum(g.units for g in r.given if g.counts)
        if used > rule.cap:
            return Broken("cap", f"clock {r.clock.id}", f"{used} given, the cap is {rule.cap}. {told}")
    return None


def _received(book: Rulebook, books: Rulebooks, day: date, random: Random, register: HolidayRegister) -> Case:
    feedback = FeedbackReceived(
        feedback_id=UUID(int=random.getrandbits(128), version=4),
        reference="RD-0000000000-0",
        kind=book.kinds[0],
        channel=Channel.WEB,
        received_at=noon(day),
        received_on=day,
        procedure=book.procedures[0] if book.procedures else None,
        sealed=_NOBODY,
    )
    envelope = Envelope(
        id=UUID(int=random.getrandbits(128), version=4),
        source="rulebook-check",
        time=noon(day),
        recorded_at=noon(day),
        subject="",
        data=feedback,
        correlation_id="rulebook-check",
        sequence=1,
    )
    (event,) = decide(None, Receive(envelope), books, noon(day), register)
    return evolve(None, event)


def _command(book: Rulebook, chosen: OpenStep, case: Case, day: date, random: Random) -> TakeStep | None:
    """The step with fields that may fit; None when they cannot be made up, as another case cannot."""
    step = chosen.step
    model = FIELDS[step.effect]
    at = len(case.visits) - 1
    unfound = [el.number for el in case.points if el.finding(at) is None]
    if step.effect is Effect.ADD_ELEMENT and unfound:
        return None
    begun = book.track(book.track_of(step.begins) or "") if step.begins else None
    choices: dict[str, Callable[[], object]] = {
        "person": lambda: random.choice(("officer-1", "officer-2", "officer-3", "officer-4", "officer-5")),
        "element": lambda: min(unfound) if unfound else random.randint(1, max(1, len(case.elements))),
        "finding": lambda: random.choice(sorted(FINDINGS)),
        "to": lambda: day + timedelta(days=random.randrange(1, 90)) if random.random() < 0.6 else None,
        "clock": lambda: None,
        "good_reason": lambda: random.random() < 0.3,
        "refusal_reason": lambda: random.choice(list(book.refusal_reasons) or [None]),
        "decision": lambda: random.choice(step.decisions or tuple(OmbudsmanDecision)),
        "number": lambda: chosen.run.number if chosen.run else None,
        "kind": lambda: random.choice(list(begun.kinds)) if begun and begun.kinds else None,
        "due_on": lambda: (
            day + timedelta(days=random.randrange(1, 60)) if step.effect is Effect.BEGIN else None
        ),
        "declarations": lambda: tuple(book.declarations),
    }
    try:
        fields = model.model_validate({n: f() for n, f in choices.items() if n in model.model_fields})
    except ValidationError:
        return None
    by = random.choice(("officer-1", "officer-2", "officer-3"))
    return TakeStep(step.id, fields, by=by, roles=frozenset(step.roles), sealed=_NOBODY)
