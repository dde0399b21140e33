"""What a rulebook may require before a step is taken. Each check refuses with words a complaints officer can act on."""

from __future__ import annotations

from collections.abc import Callable

from services.workflow.case.commands import TEXT_FIELD, AssignFields, RefuseFields, RespondFields, TakeStep
from services.workflow.case.errors import Refused
from services.workflow.case.model import Case
from services.workflow.rulebook.model import Check, Rulebook, Step

Checker = Callable[[Case, Rulebook, Step, TakeStep, str], None]


def require(case: Case, book: Rulebook, step: Step, command: TakeStep) -> None:
    """Raises: Refused, by the first requirement of the step that is not met."""
    for required in step.requires:
        _CHECKS[required.check](case, book, step, command, required.argument or "")


def responsible(case: Case, step: Step, command: TakeStep) -> str:
    """Who answers for a step: the person it names, else who has the role at the stage, else who takes it."""
    named = getattr(command.fields, "person", None)
    held = case.visit.holder(step.role) if case.visit else None
    return named or held or command.by


def _reason(case: Case, book: Rulebook, step: Step, command: TakeStep, _: str) -> None:
    if command.sealed is None:
        name = TEXT_FIELD[step.effect]
        raise Refused("reason-missing", f"{step.title}: give the reason in {name!r}.", f"/{name}")


def _refusal_reason(case: Case, book: Rulebook, step: Step, command: TakeStep, _: str) -> None:
    given = command.fields.refusal_reason if isinstance(command.fields, RefuseFields) else None
    if given not in book.refusal_reasons:
        raise Refused(
            "refusal-reason-missing" if given is None else "refusal-reason-unknown",
            f"{step.title}: choose one of the rulebook's reasons: {', '.join(book.refusal_reasons)}.",
            "/refusal_reason",
        )


def _declares(case: Case, book: Rulebook, step: Step, command: TakeStep, what: str) -> None:
    if what not in command.fields.declarations:
        raise Refused(
            f"{what}-not-declared",
            f"{step.title}: declare {what!r} ({book.declarations.get(what, what)}).",
            "/declarations",
        )


def _all_elements_found(case: Case, book: Rulebook, step: Step, command: TakeStep, _: str) -> None:
    if not case.elements:
        raise Refused("no-elements", f"{step.title}: the complaint has no points yet. Add at least one.")
    at = len(case.visits) - 1
    missing = [str(el.number) for el in case.elements if el.finding(at) is None]
    if missing:
        raise Refused(
            "elements-not-found", f"{step.title}: no finding at this stage on point {', '.join(missing)}."
        )


def _mark(case: Case, book: Rulebook, step: Step, command: TakeStep, name: str) -> None:
    if case.visit is None or case.visit.first(name) is None:
        raise Refused(f"{name}-missing", f"{step.title}: it has not been recorded as {name!r} at this stage.")


def _assigned(case: Case, book: Rulebook, step: Step, command: TakeStep, role: str) -> None:
    if case.visit is None or case.visit.holder(role) is None:
        raise Refused(f"{role}-not-assigned", f"{step.title}: nobody has the role {role!r} at this stage.")


def _officer_differs(case: Case, book: Rulebook, step: Step, command: TakeStep, stage: str) -> None:
    person = responsible(case, step, command)
    earlier = {h.person for v in case.visits if v.stage == stage for h in v.holders if h.role == step.role}
    if person in earlier:
        found = book.stage(stage)
        pointer = "/person" if isinstance(command.fields, AssignFields | RespondFields) else ""
        raise Refused(
            f"officer-of-{stage}",
            f"{step.title}: this has to be a different person from {found.title if found else stage}, and {person} had it there.",
            pointer,
        )


_CHECKS: dict[Check, Checker] = {
    Check.REASON: _reason,
    Check.REFUSAL_REASON: _refusal_reason,
    Check.DECLARES: _declares,
    Check.ALL_ELEMENTS_FOUND: _all_elements_found,
    Check.MARK: _mark,
    Check.ASSIGNED: _assigned,
    Check.OFFICER_DIFFERS_FROM: _officer_differs,
}
