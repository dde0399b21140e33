"""The laws of each clock by itself, over many start days, pauses and extensions. Days are London days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from redress.rulebook_check.findings import Broken, CheckResult
from services.workflow.case.clocks.reading import Reading, read, units_between
from services.workflow.case.model import Given, Mark, Visit
from services.workflow.rulebook.model import STARTED, Clock, Rulebook
from shared.calendar.holidays import HolidayRegister


def check_clocks(book: Rulebook, seed: int, cases: int, register: HolidayRegister, found: CheckResult) -> None:
    """Try each law on each clock with so many made-up cases; the result goes into `found`."""
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


# Each returns None when it does not apply, "" when it holds, and else the counter-example.
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

    def due_when_notified(on: date) -> date | None:
        given = Given(clock=t.clock.id, to=start + timedelta(days=1), units=units, told_on=on, counts=True)
        return t.due(t.visit(start, *marks, given=(given,)))

    before, after = due_when_notified(paused), due_when_notified(restarted)
    return (
        ""
        if before == after
        else (
            f"Started {start}, paused {paused} to {restarted}, {units} more: due {before} when notified before the pause and "
            f"{after} when notified after it."
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
        else (f"Started {start}, paused {paused} with {left} left, restarted {restarted}: {after} left, due {due}.")
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
    return "" if plain == marked else f"Started {start}, {name} on {on}: due {marked}, and {plain} without it."


_CLOCK_LAWS: Final[dict[str, Callable[[_Trial], str | None]]] = {
    "zero-pause": _zero_pause,
    "pause-and-extension-commute": _commute,
    "later-receipt": _later,
    "restored-clock": _restored,
    "foreign-marks": _foreign,
}
