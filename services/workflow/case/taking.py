"""Taking a step of the rulebook: whether it is open, by whom and on which day, what it requires, and what it does."""

from __future__ import annotations

from datetime import date

from services.workflow.case.commands import TakeStep
from services.workflow.case.effects import ENTRIES
from services.workflow.case.effects.tracks import BeginFields
from services.workflow.case.errors import RoleMissing, StepNotOpen, StepRefused, UnknownStep
from services.workflow.case.model import Run
from services.workflow.case.open_steps import open_steps
from services.workflow.case.recorder import Recorder
from services.workflow.case.requirements import Asked, require
from services.workflow.case.takeable import earliest_day, standing
from services.workflow.rulebook.model import Effect, Step
from shared.events import cases as e
from shared.taxonomy.codes import perhaps


def take(recorder: Recorder, command: TakeStep) -> None:
    """Take one step of the rulebook.

    Raises:
        NotAllowed: the rulebook has no such step, not in this state, or not for these roles.
        StepRefused: a requirement is not met or a field does not fit the case.
    """
    case, book = recorder.case, recorder.book
    step = book.step(command.step)
    if step is None:
        known = [s.id for s in book.steps]
        meant = perhaps(command.step, known)
        raise UnknownStep(
            "unknown-step", f"The rulebook {book.id} has no step {command.step!r}{meant}. It has: {', '.join(known)}."
        )
    run = _where(recorder, step, command)
    if not command.roles.intersection(step.roles):
        raise RoleMissing("role-missing", f"{step.title} needs the role {' or '.join(step.roles)}.")
    _declared(recorder, step, command)
    on = _day(recorder, step, command, run)
    require(Asked(case, book, step, command, on, recorder.register, run))
    data = recorder.transition(step, on, run, _kind(recorder, step, command))
    ENTRIES[step.effect].take(recorder, step, command, on, data, run)
    for carried in recorder.carried(step):
        # One response answers for the runs that it carries along as well.
        kind = e.CaseResponded if step.effect is Effect.RESPOND else e.MilestoneReached
        recorder.emit(kind, by=command.by, on=on, **carried)


def _where(recorder: Recorder, step: Step, command: TakeStep) -> Run | None:
    """The run that takes the step; None: the case itself does. Raises: NotAllowed, StepRefused when it is not clear which run."""
    case, book = recorder.case, recorder.book
    available = open_steps(case, book)
    here = [o for o in available if o.step == step]
    if not here:
        names = ", ".join(dict.fromkeys(o.step.id for o in available))
        raise StepNotOpen(
            "step-not-open",
            f"{step.title} is not open to {standing(case, book, step)}. Open are: {names}.",
        )
    number = command.fields.number
    if book.of_track(step) is None:
        if number is not None and not ENTRIES[step.effect].numbered:
            raise StepRefused("no-such-run", f"{step.title} is a step of the case, and has no number.", "/number")
        return None
    if number is None and len(here) == 1:
        return here[0].run
    listed = ", ".join(str(o.run.number) for o in here if o.run)
    if number is None:
        raise StepRefused("which-run", f"{step.title}: name the number; it is open at {listed}.", "/number")
    found = next((o.run for o in here if o.run and o.run.number == number), None)
    if found is None:
        raise StepRefused("no-such-run", f"{step.title} is not open at number {number}, only at {listed}.", "/number")
    return found


def _declared(recorder: Recorder, step: Step, command: TakeStep) -> None:
    """Raises: StepRefused, when something is declared that the rulebook does not know: it would be recorded nowhere."""
    known = recorder.book.declarations
    for n, what in enumerate(command.fields.declarations):
        if what not in known:
            why = f"{step.title}: {what!r} is no declaration of the rulebook{perhaps(what, known)}."
            raise StepRefused("declaration-unknown", why, f"/declarations/{n}")


def _kind(recorder: Recorder, step: Step, command: TakeStep) -> str | None:
    """The kind of the run that the step begins. Raises: StepRefused, when it is none of the track's kinds, or missing."""
    if step.begins is None:
        return None
    kind = command.fields.kind if isinstance(command.fields, BeginFields) else None
    track = recorder.book.track(recorder.book.track_of(step.begins) or "")
    assert track is not None, "rulebooks are checked at load"
    if track.kinds and kind not in track.kinds:
        listed = ", ".join(track.kinds)
        meant = perhaps(kind, track.kinds, track.kinds.values()) if kind else ""
        code = "kind-unknown" if kind else "kind-missing"
        raise StepRefused(code, f"{step.title}: choose one of {listed}{meant}.", "/kind")
    if kind is not None and not track.kinds:
        raise StepRefused("kind-unknown", f"{step.title}: {track.title} has no kinds.", "/kind")
    return kind


def _day(recorder: Recorder, step: Step, command: TakeStep, run: Run | None) -> date:
    """The day the step was done: not in the future, and not before what it follows."""
    on = command.fields.on or recorder.today
    facts = recorder.case.facts
    if on > recorder.today:
        raise StepRefused("day-in-future", f"{on} has not come yet.", "/on")
    if on < facts.received_on:
        raise StepRefused("day-too-early", f"{on} is before the day of receipt, {facts.received_on}.", "/on")
    # What moves a case happens in order; a note or an assignment may be caught up on.
    if on < (last := earliest_day(recorder.case, step, run)):
        raise StepRefused("day-too-early", f"{on} is before what the case did last, on {last}.", "/on")
    return on
