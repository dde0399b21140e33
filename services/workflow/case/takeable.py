"""Which of the steps that are open to a case can be taken now, and why another cannot, whatever its fields would be."""

from __future__ import annotations

from datetime import date

from services.workflow.case.commands import TakeStep
from services.workflow.case.effects import ENTRIES
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import PersonFields
from services.workflow.case.model import Case, Run
from services.workflow.case.open_steps import MERGED, OpenStep
from services.workflow.case.requirements import CHECKS, Asked
from services.workflow.rulebook.model import Check, Rulebook, Step
from shared.calendar.holidays import HolidayRegister

_GIVEN = frozenset({Check.REASON, Check.REFUSAL_REASON, Check.DECLARES, Check.NAMES_CASE})
"""What the fields of the step decide, and nothing else."""
_OF_A_PERSON = frozenset({Check.NAMES_PERSON, Check.OFFICER_DIFFERS_FROM, Check.NEVER_HAD, Check.OTHER_THAN})
"""What the fields decide where they name a person."""


def why_not(
    opened: OpenStep, case: Case, book: Rulebook, by: str, roles: frozenset[str], today: date, register: HolidayRegister
) -> tuple[str, ...]:
    """Why staff `by` cannot take an open step on the London day `today`, in words; empty: with the right fields they can."""
    step, run = opened.step, opened.run
    found = [] if roles.intersection(step.roles) else [f"{step.title} needs the role {' or '.join(step.roles)}."]
    entry = ENTRIES[step.effect]
    names_person = issubclass(entry.fields, PersonFields)
    for required in step.requires:
        if required.check in _GIVEN or (required.check in _OF_A_PERSON and names_person):
            continue
        # Of a day that may be given, the first one can still be within a deadline, and the last one can be after it.
        day = earliest_day(case, step, run) if required.check is Check.WITHIN else today
        try:
            CHECKS[required.check](
                Asked(case, book, step, TakeStep(step.id, by=by), day, register, run),
                required.argument or "",
            )
        except StepRefused as refusal:
            found.append(refusal.message)
    blocked = entry.blocked(case, book, step, run, register)
    return (*found, blocked) if blocked else tuple(found)


def earliest_day(case: Case, step: Step, run: Run | None) -> date:
    """The first London day on which the step can have been taken: what moves a case happens in order."""
    received = case.facts.received_on
    if not (step.marks or step.to is not None or run is not None):
        return received
    visit = case.where(run)
    last = max((m.on for m in visit.marks), default=visit.started_on) if visit else received
    return max(received, last if run else max(last, case.facts.closed_on or last))


def standing(case: Case, book: Rulebook, step: Step) -> str:
    """Where the case stands, or what runs of the step's track do, in words."""
    track = book.track(book.of_track(step) or "")
    if case.facts.merged and MERGED not in step.from_:
        return "a case that is merged into another"
    if track is not None:
        runs = [s.title if (s := book.state(r.state)) else r.state for r in case.open_runs(track.id)]
        return f"what stands at {', '.join(runs) or 'no open state'} ({track.title})"
    state = book.state(case.state)
    return f"a case in the state {state.title if state else case.state!r}"
