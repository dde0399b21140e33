"""Runs of a track, in parallel with the procedure: a run begins, with the day agreed for it where its track has one to agree."""

from __future__ import annotations

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields
from services.workflow.rulebook.model import Effect
from shared.calendar.written import Day
from shared.events import cases as e
from shared.events.codes import Code


class BeginFields(Fields):
    """`kind` is one of the track's kinds; `due_on` the day that was named for it."""

    kind: Code | None = None
    due_on: Day | None = None


@effect(Effect.BEGIN, e.TrackBegun, BeginFields)
def begin(t: Taking[BeginFields]) -> None:
    t.emit()
    agree_day(t, required=True)


def agree_day(t: Taking[BeginFields], *, required: bool) -> None:
    """Set the period of the run that began, where a day was named and its track has a period to agree.

    Raises:
        StepRefused: no day is named and one is `required` there, the track has no period to agree, or the day is over.
    """
    due_on, at = t.fields.due_on, t.begun
    clock = t.recorder.book.clock_kind(at.stage, "response") if at else None
    if clock is not None and clock.fixed is not None:
        clock = None
    if due_on is None and (clock is None or not required):
        return
    if due_on is None:
        raise StepRefused("date-missing", f"{t.step.title}: name the day in 'due_on'.", "/due_on")
    if clock is None:
        raise StepRefused("no-such-clock", f"{t.step.title}: no day is to be named.", "/due_on")
    if due_on < t.on:
        raise StepRefused("not-later", f"{due_on} is before the day on which it was named.", "/due_on")
    t.recorder.emit(
        e.CaseExtended,
        by=t.command.by,
        step=t.step.id,
        on=t.on,
        run=at,
        clock=clock.id,
        to=due_on,
        units=0,
        counts=True,
    )
