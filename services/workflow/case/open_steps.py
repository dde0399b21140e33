"""Which steps are open to a case: those of its procedure, and those of its runs of tracks."""

from __future__ import annotations

from dataclasses import dataclass

from services.workflow.case.model import Case, Run
from services.workflow.rulebook.model import Rulebook, Step

MERGED = "@merged"


@dataclass(frozen=True)
class OpenStep:
    """A step, and the run that may take it; None of a step of the procedure."""

    step: Step
    run: Run | None = None


def named_step(case: Case, book: Rulebook, name: str) -> Step | None:
    """The step that is called so, by its id or another name of it: of several the one that is open, else the one of that id; None:
    there is none.
    """
    called = [step for step in book.steps if name == step.id or name in step.also]
    if len(called) > 1:
        opened = {found.step.id for found in open_steps(case, book)}
        called = [step for step in called if step.id in opened] or called
    return next((step for step in called if step.id == name), called[0] if called else None)


def open_steps(case: Case, book: Rulebook) -> tuple[OpenStep, ...]:
    """In the rulebook's order. A case that is merged into another has only those `from: @merged`."""
    if case.facts.merged:
        return tuple(OpenStep(step) for step in book.steps if MERGED in step.from_)
    own = {step.id for step in book.available(case.state, case.stage)}
    runs = case.open_runs()
    found: list[OpenStep] = []
    for step in book.steps:
        if step.id in own:
            found.append(OpenStep(step))
        found += [OpenStep(step, run) for run in runs if run.state in step.from_]
    return tuple(found)
