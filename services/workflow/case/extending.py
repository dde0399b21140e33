"""Longer time for a clock, by the rulebook's extension rule."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.workflow.case.commands import ExtendFields
from services.workflow.case.errors import Refused
from services.workflow.case.model import Visit
from services.workflow.case.recorder import Recorder
from services.workflow.clocks.measure import Reading, read, units_between
from services.workflow.rulebook.choose import request
from services.workflow.rulebook.model import Clock, Extension, Step
from shared.calendar.arithmetic import next_working_day
from shared.calendar.deadlines import deadline
from shared.calendar.holidays import CalendarError, published


def extension(recorder: Recorder, step: Step, fields: ExtendFields, on: date, visit: Visit) -> dict[str, Any]:
    """What `CaseExtended` says of a clock of the visit.

    An extension told after the deadline is recorded and does not count: the response is late all the same.

    Raises:
        Refused: no such clock here, it is not running, or the new date is not one the rule allows.
    """
    clock, rule = _clock(recorder, step, fields, visit.stage)
    reading = read(clock, visit, recorder.book, recorder.register)
    if not reading.ticking:
        raise Refused("clock-not-running", f"{clock.title}: the clock is {reading.status}.", "/clock")
    if reading.due is None:
        if reading.problem or clock.fixed is not None:
            raise Refused("no-deadline", reading.problem or "there is no deadline to extend", "/clock")
        return _agreed(clock, fields, on)
    to = fields.to or _usual(recorder, reading, rule)
    if to <= reading.due:
        raise Refused("not-later", f"{to} is not after the deadline, {reading.due}.", "/to")
    units = _units(recorder, reading, to)
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
        raise Refused("no-such-clock", f"{step.title}: clocks that can be extended here: {names}.", "/clock")
    return clock, clock.extension


def _agreed(clock: Clock, fields: ExtendFields, on: date) -> dict[str, Any]:
    if fields.to is None:
        raise Refused("date-missing", f"{clock.title}: name the day that was agreed.", "/to")
    if fields.to < on:
        raise Refused("not-later", f"{fields.to} is before the day of the agreement.", "/to")
    return {"clock": clock.id, "to": fields.to, "units": 0, "counts": True}


def _usual(recorder: Recorder, reading: Reading, rule: Extension) -> date:
    clock = reading.clock
    assert reading.due is not None, "asked only of a clock with a deadline"
    if rule.by is None:
        raise Refused("date-missing", f"{clock.title}: name the new date.", "/to")
    if clock.unit == "months" and clock.fixed is not None:
        return _months(recorder, reading, _used(reading) + rule.by)
    return deadline(request(clock, reading.due, rule.by), recorder.register).deadline


def _months(recorder: Recorder, reading: Reading, more: int) -> date:
    """The deadline with so many more months. Months count from the start: two more than the month to 28 February may end on
    30 April. What the clock was paused for is added as days.
    """
    clock = reading.clock
    assert reading.started_on is not None, "it has a deadline"
    assert clock.fixed is not None, "asked only of a fixed limit"
    day = deadline(request(clock, reading.started_on, clock.fixed + more), recorder.register).deadline
    if not reading.paused_units:
        return day
    later = day + timedelta(days=reading.paused_units)
    calendar = (recorder.register or published()).calendar(clock.calendar)
    return later if clock.roll == "none" else next_working_day(later, calendar)


def _used(reading: Reading) -> int:
    return sum(g.units for g in reading.given if g.counts)


def _units(recorder: Recorder, reading: Reading, to: date) -> int:
    clock, due = reading.clock, reading.due
    assert due is not None, "asked only of a clock with a deadline"
    try:
        if clock.unit == "months" and clock.fixed is not None:
            more = _used(reading) + 1
            while _months(recorder, reading, more) < to:
                more += 1
            return more - _used(reading)
        calendar = (recorder.register or published()).calendar(clock.calendar)
        if clock.unit == "working_days" and not calendar.is_working(to):
            raise Refused("not-a-working-day", f"{to} is not a working day.", "/to")
        return units_between(clock, due, to, recorder.register)
    except CalendarError as error:
        raise Refused("beyond-calendar", f"The new date cannot be counted: {error}.", "/to") from None


def _within_cap(clock: Clock, rule: Extension, reading: Reading, units: int, fields: ExtendFields) -> None:
    if rule.cap is None or clock.fixed is None:
        return
    used = _used(reading)
    if used + units <= rule.cap or (rule.beyond_cap == "good-reason" and fields.good_reason):
        return
    unit = clock.unit.replace("_", " ")
    said = f"{clock.title}: extensions of {used + units} {unit} in all are more than the {rule.cap} allowed"
    if rule.beyond_cap == "good-reason":
        raise Refused(
            "beyond-cap", f"{said} without good reason. Declare good_reason if there is one.", "/good_reason"
        )
    raise Refused("beyond-cap", f"{said}.", "/to")
