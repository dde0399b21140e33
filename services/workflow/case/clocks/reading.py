"""A clock of a case, computed from what happened. Nothing here is stored: the inputs are, and this is worked out anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.workflow.case.model import Given, Visit
from services.workflow.rulebook.choose import request
from services.workflow.rulebook.model import STARTED, Clock, Rulebook
from shared.calendar import arithmetic
from shared.calendar.deadlines import DeadlineAnswer, DeadlineRequest, deadline
from shared.calendar.holidays import CalendarError, HolidayRegister
from shared.events.codes import Timeliness


class ClockStatus(StrEnum):
    """`provisional`: its start has not happened when it should have, and it counts from the day on which it should have."""

    WAITING = "waiting"
    PROVISIONAL = "provisional"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Reading:
    """The state of a clock. `standard_due` is its deadline without extensions; `due` the one that holds.

    Both are None while the clock waits or is paused, when its period is not agreed, or when the calendar cannot
    answer: then `problem` is why. `steps` are the questions the calendar was asked for `due`, each from the last one's answer.
    """

    clock: Clock
    status: ClockStatus
    started_on: date | None = None
    standard_due: date | None = None
    due: date | None = None
    extended_to: date | None = None
    stopped_on: date | None = None
    pauses: tuple[tuple[date, date | None], ...] = ()
    paused_units: int = 0
    steps: tuple[DeadlineAnswer, ...] = ()
    given: tuple[Given, ...] = ()
    problem: str | None = None

    @property
    def timeliness(self) -> Timeliness | None:
        """Of a clock that was stopped: in time, in time by an extension notified in time, or late."""
        if self.stopped_on is None or self.standard_due is None:
            return None
        if self.stopped_on <= self.standard_due:
            return Timeliness.WITHIN_STANDARD
        if self.extended_to is not None and self.stopped_on <= self.extended_to:
            return Timeliness.WITHIN_EXTENSION
        return Timeliness.LATE

    @property
    def ticking(self) -> bool:
        return self.status in {ClockStatus.RUNNING, ClockStatus.PROVISIONAL}


def read(clock: Clock, visit: Visit, book: Rulebook, register: HolidayRegister) -> Reading:
    """The state of the clock at one visit to its stage."""
    start = visit.started_on if clock.starts == STARTED else visit.first(clock.starts)
    anew = _anew(clock, visit, start, register)
    start = anew or start
    # A mark that starts one clock may stop another on the same day, but nothing stops a clock before it started.
    stopped = visit.first(clock.stops, start)
    provisional = start is None and stopped is None and clock.provisional_from is not None
    if start is None and provisional:
        before = book.clock(clock.provisional_from or "")
        start = read(before, visit, book, register).due if before else None
    if start is None and clock.kind == "response" and visit.due_on is not None:
        # History brings its own due date, which holds though the day it was counted from was not recorded.
        start = visit.started_on
    if start is None:
        return Reading(clock, ClockStatus.WAITING)
    pauses = _pauses(clock, visit, start, stopped, carried=anew is not None)
    # What was given before the count began again went with it.
    given = tuple(g for g in visit.given if g.clock == clock.id and (anew is None or g.told_on >= anew))
    try:
        pauses = _in_time(clock, visit, start, pauses, given, register)
        paused = sum(_lengths(clock, pauses, start, register))
        standard, due, steps = _deadlines(clock, visit, start, pauses, given, register)
        if given:
            # When the standard deadline was over, only the longer time could still be paused.
            first = given[:1] if clock.fixed is None else ()
            early = _in_time(clock, visit, start, pauses, first, register)
            standard, _, _ = _deadlines(clock, visit, start, early, first, register)
    except CalendarError as error:
        status = _status(stopped, pauses, provisional)
        return Reading(clock, status, start, stopped_on=stopped, pauses=pauses, given=given, problem=str(error))
    status = _status(stopped, pauses, provisional)
    if status is ClockStatus.PAUSED:
        standard = due = None
    extended = due if due is not None and standard is not None and due > standard else None
    return Reading(clock, status, start, standard, due, extended, stopped, pauses, paused, steps, given)


def readings(visit: Visit, book: Rulebook, register: HolidayRegister) -> tuple[Reading, ...]:
    """Every clock of the visit's stage, in the rulebook's order."""
    return tuple(read(clock, visit, book, register) for clock in book.clocks_of(visit.stage))


def _anew(clock: Clock, visit: Visit, start: date | None, register: HolidayRegister) -> date | None:
    """The last day on which the count began again before the clock was stopped; None: it never did.

    A clock that had run out when the question was asked does not begin again: the answer is late, whatever comes after
    (FOIA s.10, UK GDPR art. 12).
    """
    if start is None or not clock.anew:
        return None
    stopped = visit.first(clock.stops, start)
    begun, again = start, None
    asked: date | None = None
    for mark in visit.marks:
        if mark.on < start or (stopped is not None and mark.on > stopped):
            continue
        if mark.name in clock.pauses:
            asked = mark.on
        elif mark.name in clock.anew and mark.on >= begun and not _ran_out(clock, visit, begun, start, asked or mark.on, register):
            begun = again = mark.on
            asked = None
    return again


def _ran_out(clock: Clock, visit: Visit, begun: date, start: date, on: date, register: HolidayRegister) -> bool:
    """Whether a clock that counts from `begun` was over before the day `on`. Not where its deadline cannot be counted."""
    given = tuple(g for g in visit.given if g.clock == clock.id and begun <= g.told_on <= on)
    before = tuple(p for p in _pauses(clock, visit, begun, on, carried=begun != start) if p[1] is not None)
    try:
        pauses = _in_time(clock, visit, begun, before, given, register)
        _, due, _ = _deadlines(clock, visit, begun, pauses, given, register)
    except CalendarError:
        return False
    return due is not None and on > due


def _status(stopped: date | None, pauses: tuple[tuple[date, date | None], ...], provisional: bool) -> ClockStatus:
    if stopped is not None:
        return ClockStatus.STOPPED
    if pauses and pauses[-1][1] is None:
        return ClockStatus.PAUSED
    return ClockStatus.PROVISIONAL if provisional else ClockStatus.RUNNING


def _pauses(
    clock: Clock, visit: Visit, start: date, stopped: date | None, *, carried: bool
) -> tuple[tuple[date, date | None], ...]:
    """The stretches in which the clock did not count, in order; the last may be open. A pause before the start is none.

    Each cause of waiting is a pause of its own, ended by the restart that stands at its place in the rulebook's list: the clock
    counts when none is left. Where the lists differ in length, any restart ends the wait. `carried`: the count began again on
    `start`, and what was waited for then is waited for still.
    """
    found: list[tuple[date, date | None]] = []
    waiting: set[str] = set()
    paired = len(clock.pauses) == len(clock.restarts)
    # Marks stand in the order in which they were set, which decides between a pause and a restart on one day.
    for mark in visit.marks:
        if (mark.on < start and not carried) or (stopped is not None and mark.on > stopped):
            continue
        if mark.name in clock.pauses:
            if not waiting:
                found.append((mark.on, None))
            waiting.add(mark.name)
        elif mark.name in clock.restarts and waiting:
            waiting -= {clock.pauses[clock.restarts.index(mark.name)]} if paired else waiting
            if not waiting:
                found[-1] = (found[-1][0], max(mark.on, found[-1][0]))
    return tuple((max(begun, start), ended) for begun, ended in found if ended is None or ended >= start)


def _in_time(
    clock: Clock,
    visit: Visit,
    start: date,
    pauses: tuple[tuple[date, date | None], ...],
    given: tuple[Given, ...],
    register: HolidayRegister,
) -> tuple[tuple[date, date | None], ...]:
    """Without the pauses that began when the deadline was over: a clock that was missed has nothing left to pause."""
    found: tuple[tuple[date, date | None], ...] = ()
    for pause in pauses:
        _, due, _ = _deadlines(clock, visit, start, found, given, register)
        if due is None or pause[0] <= due:
            found = (*found, pause)
    return found


def _lengths(clock: Clock, pauses: tuple[tuple[date, date | None], ...], since: date, register: HolidayRegister) -> tuple[int, ...]:
    """How much of the clock's unit passed uncounted in each pause since a day that has ended (of a clock in months: days)."""
    ended = [(paused, restarted) for paused, restarted in pauses if restarted is not None and paused >= since]
    if clock.unit == "working_days":
        calendar = register.calendar(clock.calendar)
        return tuple(arithmetic.working_days_between(p, r, calendar) for p, r in ended)
    return tuple((r - p).days for p, r in ended)


def _deadlines(
    clock: Clock,
    visit: Visit,
    start: date,
    pauses: tuple[tuple[date, date | None], ...],
    given: tuple[Given, ...],
    register: HolidayRegister,
) -> tuple[date | None, date | None, tuple[DeadlineAnswer, ...]]:
    """The standard deadline, the one that holds, and how the latter was counted."""

    def paused(since: date) -> tuple[int, ...]:
        return _lengths(clock, pauses, since, register)

    def put_off(day: date, notified_on: date) -> tuple[DeadlineAnswer, ...]:
        # Whoever named a day knew of the pauses before it: only later ones move it.
        return _put_off(clock, day, paused(notified_on), register)

    def named(to: Given) -> tuple[date, tuple[DeadlineAnswer, ...]]:
        steps = put_off(to.to, to.told_on)
        return (steps[-1].deadline if steps else to.to), steps

    counted = tuple(g for g in given if g.counts)
    steps: tuple[DeadlineAnswer, ...] = ()
    if visit.due_on is not None and clock.kind == "response":
        standard = visit.due_on
    elif clock.fixed is None:
        if not given:
            return None, None, ()
        standard, steps = named(given[0])
        counted = tuple(g for g in counted if g is not given[0])
    else:
        steps = _count(clock, start, clock.fixed, paused(start), register)
        standard = steps[-1].deadline
        if clock.unit != "months" and counted:
            longer = sum(g.units for g in counted)
            steps = _count(clock, start, clock.fixed + longer, paused(start), register)
            return standard, steps[-1].deadline, steps
    due = standard
    for later in counted:
        day, answers = named(later)
        if day > due:
            due, steps = day, answers
    return standard, due, steps


def _count(
    clock: Clock, start: date, amount: int, paused: tuple[int, ...], register: HolidayRegister
) -> tuple[DeadlineAnswer, ...]:
    # A day that was rolled to is one of the days that were left: what rolls is lengthened from there, as months are.
    if clock.unit == "working_days" or (clock.unit == "days" and clock.roll == "none"):
        return (deadline(request(clock, start, amount + sum(paused)), register),)
    answer = deadline(request(clock, start, amount), register)
    return (answer, *_put_off(clock, answer.deadline, paused, register))


def _put_off(clock: Clock, day: date, paused: tuple[int, ...], register: HolidayRegister) -> tuple[DeadlineAnswer, ...]:
    """The day with each pause added to it; each restart rolls again, so that none has fewer days left than before its pause."""
    unit = "working_days" if clock.unit == "working_days" else "days"
    each = paused if clock.roll != "none" and unit == "days" else (sum(paused),)
    steps: list[DeadlineAnswer] = []
    for length in each:
        if length:
            question = DeadlineRequest.model_validate({"from_": day, unit: length, "calendar": clock.calendar, "roll": clock.roll})
            steps.append(deadline(question, register))
            day = steps[-1].deadline
    return tuple(steps)


def with_more(reading: Reading, more: int, register: HolidayRegister) -> date:
    """The deadline of a clock that started and has a fixed limit, had that been so much more in the first place.

    Months count from the start: two more than the month to 28 February may end on 30 April. CalendarError when the count
    touches a year whose holidays are not published.
    """
    clock, start = reading.clock, reading.started_on
    assert start is not None, "it has started"
    assert clock.fixed is not None, "asked only of a fixed limit"
    paused = _lengths(clock, reading.pauses, start, register)
    return _count(clock, start, clock.fixed + more, paused, register)[-1].deadline


def units_between(clock: Clock, due: date, to: date, register: HolidayRegister) -> int:
    """How much of the clock's unit an extension from `due` to `to` adds; of months, the whole ones begun."""
    if clock.unit == "working_days":
        return arithmetic.working_days_between(due, to, register.calendar(clock.calendar))
    if clock.unit == "days":
        return (to - due).days
    months = 0
    while arithmetic.same_date(due, months) < to:
        months += 1
    return months
