"""Correcting a case's codes, and moving it to the rulebook that its kind and procedure belong under."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields
from services.workflow.case.model import Case
from services.workflow.case.recorder import Recorder, moved
from services.workflow.rulebook.choose import NoRulebook
from services.workflow.rulebook.model import Effect, Rulebook
from shared.events import cases as e
from shared.events.codes import ComplainantType, District, Kind, Procedure, ServiceArea, Theme
from shared.events.facts import CaseFacts


class ReclassifyFields(Fields):
    """Only what is given changes. A kind or procedure that another rulebook serves moves the case to it."""

    kind: Kind | None = None
    procedure: Procedure | None = None
    service_area: ServiceArea | None = None
    district: District | None = None
    complainant_type: ComplainantType | None = None
    themes: tuple[Theme, ...] | None = None
    joint_nhs: bool | None = None

    def changes(self) -> dict[str, object]:
        """The facts that are to be otherwise, by name."""
        names = ("kind", "procedure", "service_area", "district", "complainant_type", "themes", "joint_nhs")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@effect(Effect.RECLASSIFY, e.CaseReclassified, ReclassifyFields)
def reclassify(t: Taking[ReclassifyFields]) -> None:
    """Emit `CaseReclassified`.

    A change of kind or procedure that its rulebook does not serve moves the case: it begins anew under the one that was in
    force when it was received, with the original day of receipt.

    Raises:
        StepRefused: nothing would change, no rulebook serves the new kind and procedure, or a run is open that the other rulebook
            does not know.
    """
    case, on = t.case, t.on
    facts = case.facts.model_copy(update=t.fields.changes())
    if facts == case.facts:
        raise StepRefused("nothing-changes", "Name at least one code that is to be otherwise.")
    data: dict[str, Any] = {
        "step": t.step.id,
        "on": on,
        "by": t.command.by,
        "sealed": t.command.sealed,
        "rulebook_version": case.rulebook_version,
        "kind_was": case.facts.kind,
        "procedure_was": case.facts.procedure,
    }
    book = _book(t.recorder, facts)
    if book is not None:
        _require_known_runs(case, book)
        # A closed case is opened by the move, which cannot be before it was closed.
        on = max(on, facts.closed_on or on)
        data["on"] = on
        facts = _under(book, facts, on)
        state = book.state(book.opening.state)
        data |= {
            "moved": True,
            "rulebook_version": book.version,
            "enters": state.stage if state else None,
            "marks": book.opening.marks,
        }
    t.recorder.emit(t.event, facts, **data)


def _book(recorder: Recorder, facts: CaseFacts) -> Rulebook | None:
    """The rulebook that the case has to move to; None: it stays."""
    was, book = recorder.case.facts, recorder.book
    if facts.kind == was.kind and facts.procedure == was.procedure:
        return None
    try:
        books = recorder.books
        chosen = books.choose(facts.procedure, facts.kind, facts.received_on)
        # One rulebook may serve several procedures or kinds: between those nothing moves, though a newer one be in force.
        if book in books.serving(facts.procedure, facts.kind) and (
            book.history or chosen in (book, books.choose(was.procedure, was.kind, was.received_on))
        ):
            return None
        return chosen
    except NoRulebook as error:
        pointer = "/procedure" if facts.procedure != was.procedure else "/kind"
        raise StepRefused("no-rulebook", f"{error}.", pointer) from None


def _require_known_runs(case: Case, book: Rulebook) -> None:
    """Raises: StepRefused, when a run of a track is open that the other rulebook does not know."""
    for run in case.open_runs():
        if book.state(run.state) is None:
            raise StepRefused(
                "runs-open",
                f"{book.title} does not know what is open in parallel: {run.track} {run.number}. It has to end first.",
                "/procedure",
            )


def _under(book: Rulebook, facts: CaseFacts, on: date) -> CaseFacts:
    state = book.state(book.opening.state)
    assert state is not None, "rulebooks are checked at load"
    stage = book.stage(state.stage or "")
    return moved(facts, state.id, state.status, on).model_copy(
        update={
            "rulebook": book.id,
            "statutory": book.statutory,
            "formal": stage.formal if stage else True,
            "refusal_reason": None,
        }
    )
