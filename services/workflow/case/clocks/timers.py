"""The events that running clocks will emit, and when: *due soon* and *breached*, each once for a deadline.

A deadline's day is over at the next London midnight: from that instant the clock is breached.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from services.workflow.case.clocks.reading import ClockStatus, Reading
from services.workflow.case.clocks.running import Running, ticking
from services.workflow.case.model import Case
from services.workflow.rulebook.model import Rulebook
from shared.calendar import arithmetic
from shared.calendar.holidays import CalendarError, HolidayRegister
from shared.calendar.london import end_of_day, start_of_day

LATE_AFTER = timedelta(minutes=15)
"""A clock event emitted more than this after its instant is marked late."""


@dataclass(frozen=True)
class Timer:
    """A clock event to be emitted at `at` (UTC). `key` is unique to its place, clock, event and deadline; see `Case.spoken_key`."""

    key: str
    event: Literal["due-soon", "breached"]
    clock: str
    stage: str
    run: int | None
    deadline: date
    at: datetime
    provisional: bool


def timers(
    case: Case,
    book: Rulebook,
    register: HolidayRegister,
    clocks: tuple[Running, ...] | None = None,
) -> tuple[Timer, ...]:
    """The clock events of a case that are still to come, earliest first. `clocks`: those of `ticking`, if already read."""
    clocks = ticking(case, book, register) if clocks is None else clocks
    found = [t for clock in clocks for t in _of(clock, case, register)]
    return tuple(sorted((t for t in found if t.key not in case.spoken), key=lambda t: (t.at, t.key)))


def next_timer_at(
    case: Case,
    book: Rulebook,
    register: HolidayRegister,
    clocks: tuple[Running, ...] | None = None,
) -> datetime | None:
    """The instant, UTC, of the case's next clock event; None when none is to come. `clocks` as of `timers`."""
    waiting = timers(case, book, register, clocks)
    return waiting[0].at if waiting else None


def _of(running: Running, case: Case, register: HolidayRegister) -> tuple[Timer, ...]:
    reading = running.reading
    if reading.due is None or reading.clock.party == "person":
        return ()
    provisional = reading.status is ClockStatus.PROVISIONAL

    def timer(event: Literal["due-soon", "breached"], at: datetime) -> Timer:
        clock = reading.clock
        assert reading.due is not None
        key = running.key(case, event)
        return Timer(key, event, clock.id, clock.stage, running.number, reading.due, at, provisional)

    breached = timer("breached", end_of_day(reading.due))
    # Before a provisional deadline the missed clock has its own events; this one is breached only when it passes as well.
    return (breached,) if provisional else (timer("due-soon", _soon(reading, register)), breached)


def _soon(reading: Reading, register: HolidayRegister) -> datetime:
    assert reading.due is not None
    clock = reading.clock
    day = reading.due
    if clock.due_soon:
        try:
            calendar = register.calendar(clock.calendar)
            day = arithmetic.add_working_days(reading.due, -clock.due_soon, calendar)
        except CalendarError:
            day = reading.due - timedelta(days=clock.due_soon)
    if reading.started_on is not None:
        day = max(day, reading.started_on)
    # A day may be agreed before the clock has started: it is not near when it is over.
    return start_of_day(min(day, reading.due))
