"""Moving a case to another rulebook, or another version of its own: explicit, with a reason, and from where it stands."""

from __future__ import annotations

from pydantic import Field

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields
from services.workflow.case.model import Case
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Effect, Rulebook
from shared.events import cases as e
from shared.events.codes import Code


class MoveFields(Fields):
    """`rulebook` is the one under which the case is to go on; `version` its latest, if left out."""

    rulebook: Code
    version: int | None = Field(default=None, ge=1)


@effect(Effect.MOVE, e.CaseMoved, MoveFields)
def move(t: Taking[MoveFields]) -> None:
    """Emit `CaseMoved`. What happened stays; deadlines that are still open are counted by the other rulebook from the same days.

    Raises:
        StepRefused: no such rulebook serves the case, it is the case's own, or it does not know where the case stands.
    """
    case = t.case
    book = _named(t.recorder.books, t.fields, case)
    if book == t.recorder.book:
        raise StepRefused("nothing-changes", f"The case is under {book.id} version {book.version}.", "/rulebook")
    unknown = _unknown(book, case)
    if unknown:
        raise StepRefused(
            "stands-nowhere",
            f"{book.title} does not know {unknown}. Reclassify, where the case has to begin anew.",
            "/rulebook",
        )
    stage = book.stage(case.stage or "")
    facts = case.facts.model_copy(
        update={
            "rulebook": book.id,
            "statutory": book.statutory,
            "formal": stage.formal if stage else case.facts.formal,
        }
    )
    t.emit(
        facts=facts,
        rulebook_was=case.facts.rulebook,
        version_was=case.rulebook_version,
        rulebook_version=book.version,
    )


def _named(books: Rulebooks, fields: MoveFields, case: Case) -> Rulebook:
    serving = books.serving(case.facts.procedure, case.facts.kind)
    found = [b for b in serving if b.id == fields.rulebook and fields.version in {None, b.version}]
    if not found:
        listed = ", ".join(f"{b.id} version {b.version}" for b in serving)
        raise StepRefused("no-rulebook", f"Rulebooks for the case are: {listed}.", "/rulebook")
    return max(found, key=lambda b: b.version)


def _unknown(book: Rulebook, case: Case) -> str:
    """The state or stage at which the case stands and which the rulebook does not know; empty when it knows them.

    Stages that are over keep what was recorded of them.
    """
    for name in (case.state, *(run.state for run in case.open_runs())):
        if book.state(name) is None:
            return f"the state {name!r}"
    return f"the stage {case.stage!r}" if case.stage and book.stage(case.stage) is None else ""
