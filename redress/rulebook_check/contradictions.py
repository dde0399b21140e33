"""Steps that nobody can ever take, because what they require cannot hold all at once: worked out from the rulebook alone."""

from __future__ import annotations

from collections.abc import Iterator

from redress.rulebook_check.graph import NOT_SIMULATED, StepGraph
from services.workflow.case.effects import ENTRIES
from services.workflow.rulebook.model import STARTED, Check, Effect, Requirement, Rulebook, Step

Pairs = set[tuple[Check, str | None]]


def contradictions(book: Rulebook) -> dict[str, str]:
    """The steps that cannot be taken, by id, with why in words that follow "it". The others are not proved to be possible."""
    graph = StepGraph(book)
    return {
        step.id: " and ".join(reasons)
        for step in book.steps
        if step.effect not in NOT_SIMULATED and (reasons := list(_of(step, book, graph)))
    }


def _of(step: Step, book: Rulebook, graph: StepGraph) -> Iterator[str]:
    asked: Pairs = {(r.check, r.argument) for r in step.requires}
    fields = ENTRIES[step.effect].fields.model_fields
    for required in step.requires:
        name = required.argument
        for check, argument in sorted(_against(required, step, book), key=str):
            if (check, argument) in asked:
                yield f"requires both {_words(required.check, name)} and {_words(check, argument)}"
        if required.check is Check.NAMES_CASE and "linked" not in fields:
            yield f"requires {_words(required.check, name)}, and a step with the effect {step.effect} names none"
        if required.check is Check.REFUSAL_REASON and "refusal_reason" not in fields:
            yield f"requires {_words(required.check, name)}, and a step with the effect {step.effect} gives none"
        if required.check in {Check.MARK, Check.ASSIGNED} and not _given(required, step, book, graph):
            yield f"requires {_words(required.check, name)}, and no step brings that about at the stage where it is open"


def _words(check: Check, argument: str | None) -> str:
    return f"{check}: {argument}" if argument else str(check)


def _against(required: Requirement, step: Step, book: Rulebook) -> Pairs:
    """What can never hold at once with this requirement. Each pair is looked for from one of its sides only."""
    name = required.argument or ""
    # A step without a person of its own is answered for by whoever has its role.
    by_role = name == step.role and "person" not in ENTRIES[step.effect].fields.model_fields
    match required.check:
        case Check.MARK:
            return {(Check.WITHOUT_MARK, name)}
        case Check.WITHIN:
            return {(Check.AFTER, name)}
        case Check.NONE_OPEN:
            states = [state.id for state in book.states if book.track_of(state.id) == name]
            return {(check, state) for state in states for check in (Check.SOME_AT, Check.ALL_AT)}
        case Check.ALL_AT:
            track = book.track_of(name)
            others = [s.id for s in book.states if book.track_of(s.id) == track and s.id > name]
            return {(Check.ALL_AT, state) for state in others}
        case Check.NEVER_HAD | Check.OTHER_THAN if by_role:
            return {(Check.ASSIGNED, name), (Check.NAMES_PERSON, None)}
        case _:
            return set()


def _given(required: Requirement, step: Step, book: Rulebook, graph: StepGraph) -> bool:
    """Whether some step sets the mark, or gives the role, at a stage at which this step is open."""
    stages = {stage for _, stage in graph.open_at(step)}
    if not stages:
        return True
    name = required.argument or ""
    if required.check is Check.MARK:
        # That a stage began starts clocks, but it is not recorded as a mark that could be asked for.
        if name == STARTED:
            return False
        if name in book.opening.marks and graph.stage_in(book.opening.state, "") in stages:
            return True
        return any(stages & graph.marked_at(other, name) for other in book.steps)
    return any(stages & graph.lands_at(other) for other in book.steps if gives_role(other, name))


def gives_role(step: Step, role: str) -> bool:
    """Whether somebody has the role where the step was taken. Who answers for a response is its officer from then on."""
    return (step.effect is Effect.ASSIGN and step.role == role) or (step.effect is Effect.RESPOND and role == "officer")
