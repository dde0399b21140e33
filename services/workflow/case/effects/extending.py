"""Extending a clock, by the rulebook's extension rule."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.workflow.case.clocks.reading import Reading, read, units_between, with_more
from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields
from services.workflow.case.model import Case, Run, Visit
from services.workflow.case.recorder import Recorder
from services.workflow.rulebook.choose import request
from services.workflow.rulebook.model import Clock, Effect, Extension, Rulebook, Step
from shared.calendar.deadlines import deadline
from shared.calendar.holidays import CalendarError, HolidayRegister
from shared.calendar.written import Day
from shared.events import cases as e
from shared.events.codes import Code


class ExtendFields(Fields):
    """`to` is the new date of which the person is notified; left out, the rulebook's usual extension."""

    clock: Code | None = None
    to: Day | None = None
    good_reason: bool = False


def _nothing_to_extend(case: Case, book: Rulebook, step: Step, run: Run | None, register: HolidayRegister) -> str | None:
    """No clock that the step extends is running: that none is, or why."""
    visit = case.where(run)
    here = [c for c in book.clocks_of(visit.stage) if c.extension and step.clock in {None, c.id}] if visit else []
    if visit is None or not here:
        return f"{step.title}: no clock here can be extended."
    found = [read(clock, visit, book, register) for clock in here]
    if any(reading.ticking and (reading.due is not None or not reading.problem) for reading in found):
        return None
    return "; ".join(r.problem or f"{r.clock.title}: the clock is {r.status}." for r in found)


@effect(Effect.EXTEND, e.CaseExtended, ExtendFields, blocked=_nothing_to_extend)
def extend(t: Taking[ExtendFields]) -> None:
    assert t.visit is not None, "a clock belongs to a stage"
    t.emit(**extension(t.recorder, t.step, t.fields, t.on, t.visit))


def extension(recorder: Recorder, step: Step, fields: ExtendFields, on: date, visit: Visit) -> dict[str, Any]:
    """The data of `CaseExtended` for a clock of the visit.

    An extension of which the person was notified after the deadline is recorded and does not count: the response is late all
    the same.

    Raises:
        StepRefused: no such clock here, it is not running, or the new date is not one the rule allows.
    """
    clock, rule = _clock(recorder, step, fields, visit.stage)
    reading = read(clock, visit, recorder.book, recorder.register)
    if not reading.ticking:
        raise StepRefused("clock-not-running", f"{clock.title}: the clock is {reading.status}.", "/clock")
    if reading.due is None:
        if reading.problem:
            raise StepRefused("no-deadline", reading.problem, "/clock")
        return _agreed(clock, fields, on)
    counted = clock.fixed is not None and not (visit.due_on is not None and clock.kind == "response")
    try:
        to = fields.to or _usual(recorder, reading, rule, counted=counted)
        if to <= reading.due:
            raise StepRefused("not-later", f"{to} is not after the deadline, {reading.due}.", "/to")
        units = _units(recorder, reading, _representable(to), counted=counted)
    except CalendarError as error:
        raise StepRefused("beyond-calendar", f"The new date cannot be counted: {error}.", "/to") from None
    counts = on <= reading.due
    if counts:
        _within_cap(clock, rule, reading, units, fields)
    return {"clock": clock.id, "to": to, "units": units, "counts": counts}


def _clock(recorder: Recorder, step: Step, fields: ExtendFields, stage: str) -> tuple[Clock, Extension]:
    here = [c for c in recorder.book.clocks_of(stage) if c.extension and step.clock in {None, c.id}]
    wanted = fields.clock or step.clock
    clock = next((c for c in here if (c.id == wanted if wanted else c.kind == "response")), None)
    if clock is None or clock.extension is None:
        names = ", ".join(c.id for c in here) or "none"
        raise StepRefused("no-such-clock", f"{step.title}: clocks that can be extended here: {names}.", "/clock")
    return clock, clock.extension


def _agreed(clock: Clock, fields: ExtendFields, on: date) -> dict[str, Any]:
    if fields.to is None:
        raise StepRefused("date-missing", f"{clock.title}: name the day that was agreed.", "/to")
    if fields.to < on:
        raise StepRefused("not-later", f"{fields.to} is before the day of the agreement.", "/to")
    return {"clock": clock.id, "to": _representable(fields.to), "units": 0, "counts": True}


def _representable(to: date) -> date:
    # The last days that a date can hold have no end that an instant can represent.
    if to.year == date.max.year:
        raise StepRefused("beyond-calendar", f"{to} is too far away.", "/to")
    return to


def _usual(recorder: Recorder, reading: Reading, rule: Extension, *, counted: bool) -> date:
    clock = reading.clock
    assert reading.due is not None, "asked only of a clock with a deadline"
    if rule.by is None:
        raise StepRefused("date-missing", f"{clock.title}: name the new date.", "/to")
    if counted:
        return with_more(reading, _used(reading) + rule.by, recorder.register)
    # Of a period that was agreed, or came with imported history, longer is counted from its last day, which is over by then.
    after = request(clock, reading.due, rule.by).model_copy(update={"count_from": "A"})
    return deadline(after, recorder.register).deadline


def _used(reading: Reading) -> int:
    return sum(g.units for g in reading.given if g.counts)


def _units(recorder: Recorder, reading: Reading, to: date, *, counted: bool) -> int:
    """How much longer that is: the least with which the clock reaches the day; of months, the whole ones begun."""
    clock, due = reading.clock, reading.due
    assert due is not None, "asked only of a clock with a deadline"
    if clock.unit == "working_days":
        calendar = recorder.register.calendar(clock.calendar)
        if not calendar.is_working(to):
            raise StepRefused("not-a-working-day", f"{to} is not a working day.", "/to")
    if clock.unit == "working_days" or not counted:
        return units_between(clock, due, to, recorder.register)
    # Fewer cannot reach it: a month named in part, or days off that are rolled over, part the count from the deadline by no more.
    days = (to - due).days
    units = max(0, days // 31 - 3 if clock.unit == "months" else days - 31)
    while with_more(reading, _used(reading) + units, recorder.register) < to:
        units += 1
    return units


def _within_cap(clock: Clock, rule: Extension, reading: Reading, units: int, fields: ExtendFields) -> None:
    if rule.cap is None or clock.fixed is None:
        return
    used = _used(reading)
    if used + units <= rule.cap or (rule.beyond_cap == "good-reason" and fields.good_reason):
        return
    unit = clock.unit.replace("_", " ")
    over = f"{clock.title}: extensions of {used + units} {unit} in all are more than the {rule.cap} allowed"
    if rule.beyond_cap == "good-reason":
        raise StepRefused("beyond-cap", f"{over} without good reason. Declare good_reason if there is one.", "/good_reason")
    raise StepRefused("beyond-cap", f"{over}.", "/to")
