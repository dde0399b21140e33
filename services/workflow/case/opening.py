"""How a case begins under a rulebook."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.workflow.case.recorder import Recorder
from services.workflow.rulebook.model import Rulebook
from shared.events.codes import Kind, Status
from shared.events.facts import CaseFacts, Opening


def open_case(
    recorder: Recorder,
    book: Rulebook,
    *,
    kind: Kind,
    procedure: str,
    received_on: date,
    codes: dict[str, Any],
    **data: Any,
) -> None:
    """Emit `CaseOpened` in the rulebook's opening state. `codes` are the other codes of the facts, `data` the rest of the event."""
    state = book.state(book.opening.state)
    assert state is not None, "rulebooks are checked at load"
    stage = book.stage(state.stage or "")
    facts = CaseFacts(
        kind=kind,
        procedure=procedure,
        rulebook=book.id,
        status=Status.OPEN,
        state=state.id,
        received_on=received_on,
        openings=(Opening(opened_on=received_on),),
        formal=stage.formal if stage else True,
        statutory=book.statutory,
        **codes,
    )
    recorder.open(book, facts, on=received_on, marks=book.opening.marks, enters=state.stage, **data)
