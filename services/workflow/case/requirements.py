"""What a rulebook may require before a step is taken. Each check refuses with words a complaints officer can act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from services.workflow.case.clocks.reading import read
from services.workflow.case.commands import TakeStep
from services.workflow.case.effects import ENTRIES
from services.workflow.case.effects.closing import RefuseFields
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import PersonFields
from services.workflow.case.model import Case, Run, Visit
from services.workflow.rulebook.model import Check, Clock, Rulebook, Step
from shared.calendar.holidays import HolidayRegister
from shared.taxonomy.codes import perhaps


@dataclass(frozen=True)
class Asked:
    """A step that staff want to take on a London day; `run` is the run of a track that takes it."""

    case: Case
    book: Rulebook
    step: Step
    command: TakeStep
    on: date
    register: HolidayRegister
    run: Run | None = None

    @property
    def visit(self) -> Visit | None:
        """Where the step is taken: the run, or the stage the case is at."""
        return self.case.where(self.run)

    @property
    def title(self) -> str:
        return self.step.title

    @property
    def person(self) -> str:
        return self.command.responsible(self.step.role, self.visit)

    @property
    def person_pointer(self) -> str:
        return "/person" if isinstance(self.command.fields, PersonFields) else ""


Checker = Callable[[Asked, str], None]


def require(asked: Asked) -> None:
    """Raises: StepRefused, by the first requirement of the step that is not met."""
    for required in asked.step.requires:
        CHECKS[required.check](asked, required.argument or "")


def _reason(asked: Asked, _: str) -> None:
    if asked.command.sealed is None:
        name = ENTRIES[asked.step.effect].named(asked.step)
        raise StepRefused("reason-missing", f"{asked.title}: give the reason in {name!r}.", f"/{name}")


def _refusal_reason(asked: Asked, _: str) -> None:
    given = asked.command.fields.refusal_reason if isinstance(asked.command.fields, RefuseFields) else None
    if given not in asked.book.refusal_reasons:
        raise StepRefused(
            "refusal-reason-missing" if given is None else "refusal-reason-unknown",
            f"{asked.title}: choose one of the rulebook's reasons: {', '.join(asked.book.refusal_reasons)}"
            f"{perhaps(given, asked.book.refusal_reasons) if given else ''}.",
            "/refusal_reason",
        )


def _declares(asked: Asked, what: str) -> None:
    if what not in asked.command.fields.declarations:
        raise StepRefused(
            f"{what}-not-declared",
            f"{asked.title}: declare {what!r} ({asked.book.declarations.get(what, what)}).",
            "/declarations",
        )


def _all_elements_found(asked: Asked, _: str) -> None:
    if not asked.case.points:
        raise StepRefused("no-elements", f"{asked.title}: the complaint has no points yet. Add at least one.")
    at = len(asked.case.visits) - 1
    missing = [str(el.number) for el in asked.case.points if el.finding(at) is None]
    if missing:
        raise StepRefused("elements-not-found", f"{asked.title}: no finding at this stage on point {', '.join(missing)}.")


def _mark(asked: Asked, name: str) -> None:
    if asked.visit is None or asked.visit.first(name) is None:
        raise StepRefused(f"{name}-missing", f"{asked.title}: it has not been recorded as {name!r} at this stage.")


def _assigned(asked: Asked, role: str) -> None:
    if asked.visit is None or asked.visit.holder(role) is None:
        raise StepRefused(f"{role}-not-assigned", f"{asked.title}: nobody has the role {role!r} at this stage.")


def _officer_differs(asked: Asked, stage: str) -> None:
    person = asked.person
    earlier = {h.person for v in asked.case.visits if v.stage == stage for h in v.holders if h.role == asked.step.role}
    if person in earlier:
        found = asked.book.stage(stage)
        raise StepRefused(
            f"officer-of-{stage}",
            f"{asked.title}: this has to be a different person from {found.title if found else stage}, and {person} had it there.",
            asked.person_pointer,
        )


def _without_mark(asked: Asked, name: str) -> None:
    if asked.visit is not None and asked.visit.first(name) is not None:
        raise StepRefused(f"{name}-already", f"{asked.title}: it has been recorded as {name!r} already.")


def _deadline(asked: Asked, clock: str) -> tuple[Clock, date]:
    found = asked.book.clock(clock)
    assert found is not None, "rulebooks are checked at load"
    visit = next((v for v in reversed(asked.case.visits) if v.stage == found.stage), None)
    due = read(found, visit, asked.book, asked.register).due if visit else None
    if due is None:
        raise StepRefused("no-deadline", f"{asked.title}: {found.title}: there is no deadline yet.", "/on")
    return found, due


def _within(asked: Asked, clock: str) -> None:
    found, due = _deadline(asked, clock)
    if asked.on > due:
        raise StepRefused(f"{clock}-over", f"{asked.title}: {found.title}: that was until {due}.", "/on")


def _after(asked: Asked, clock: str) -> None:
    found, due = _deadline(asked, clock)
    if asked.on <= due:
        raise StepRefused(f"{clock}-not-over", f"{asked.title}: {found.title}: that is until {due}.", "/on")


def _names_person(asked: Asked, _: str) -> None:
    held = asked.visit.holder(asked.step.role) if asked.visit else None
    if not getattr(asked.command.fields, "person", None) and held is None:
        raise StepRefused("person-missing", f"{asked.title}: name in 'person' who answers for it.", "/person")


def _names_case(asked: Asked, _: str) -> None:
    if not getattr(asked.command.fields, "linked", None):
        raise StepRefused("case-missing", f"{asked.title}: name the other case's reference in 'linked'.", "/linked")


def _never_had(asked: Asked, role: str) -> None:
    if any(h.person == asked.person and h.role == role for v in asked.case.visits for h in v.holders):
        raise StepRefused(
            f"was-{role}",
            f"{asked.title}: {asked.person} has had the role {role!r} on this case; it has to be somebody else.",
            asked.person_pointer,
        )


def _other_than(asked: Asked, role: str) -> None:
    if asked.visit is not None and asked.visit.holder(role) == asked.person:
        raise StepRefused(
            f"is-{role}",
            f"{asked.title}: {asked.person} has the role {role!r} at this stage; it has to be somebody else.",
            asked.person_pointer,
        )


def _none_open(asked: Asked, track: str) -> None:
    found = asked.book.track(track)
    if asked.case.open_runs(track) and found is not None:
        raise StepRefused(f"{track}-open", f"{asked.title}: {found.title} is not over yet.")


def _some_at(asked: Asked, state: str) -> None:
    if not any(run.state == state for run in asked.case.open_runs()):
        raise StepRefused(f"not-at-{state}", f"{asked.title}: {_stands(asked, state)} first.")


def _all_at(asked: Asked, state: str) -> None:
    runs = asked.case.open_runs(asked.book.track_of(state))
    away = [str(run.number) for run in runs if run.state != state]
    if away or not runs:
        which = f" (number {', '.join(away)})" if away else ""
        raise StepRefused(f"not-all-at-{state}", f"{asked.title}: {_stands(asked, state)} first{which}.")


def _stands(asked: Asked, state: str) -> str:
    found, track = asked.book.state(state), asked.book.track(asked.book.track_of(state) or "")
    return f"{track.title if track else 'the case'} has to stand at {found.title if found else state!r}"


CHECKS: dict[Check, Checker] = {
    Check.REASON: _reason,
    Check.REFUSAL_REASON: _refusal_reason,
    Check.DECLARES: _declares,
    Check.ALL_ELEMENTS_FOUND: _all_elements_found,
    Check.MARK: _mark,
    Check.WITHOUT_MARK: _without_mark,
    Check.WITHIN: _within,
    Check.AFTER: _after,
    Check.NAMES_PERSON: _names_person,
    Check.NAMES_CASE: _names_case,
    Check.ASSIGNED: _assigned,
    Check.OFFICER_DIFFERS_FROM: _officer_differs,
    Check.NEVER_HAD: _never_had,
    Check.OTHER_THAN: _other_than,
    Check.NONE_OPEN: _none_open,
    Check.SOME_AT: _some_at,
    Check.ALL_AT: _all_at,
}
