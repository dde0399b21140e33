"""How a case, or what was asked for in it, ends where no response ends it; and opening it again."""

from __future__ import annotations

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields
from services.workflow.rulebook.model import Effect
from shared.events import cases as e
from shared.events.codes import Outcome, RefusalReason
from shared.taxonomy.codes import perhaps

ENDINGS = frozenset({Outcome.RESOLVED, Outcome.NO_FINDING, Outcome.OUT_OF_JURISDICTION, Outcome.TRANSFERRED})
"""How a case can end where no stage made a finding."""


class RefuseFields(Fields):
    refusal_reason: RefusalReason | None = None


class CloseFields(Fields):
    outcome: Outcome | None = None


@effect(Effect.REFUSE, e.CaseRefused, RefuseFields)
def refuse(t: Taking[RefuseFields]) -> None:
    """Raises: StepRefused, without a reason of the rulebook's list."""
    reason = t.fields.refusal_reason
    if reason is None:
        raise StepRefused("refusal-reason-missing", f"{t.step.title}: name the reason.", "/refusal_reason")
    known = t.recorder.book.refusal_reasons
    if known and reason not in known:
        why = f"{t.step.title}: {reason!r} is no reason of the rulebook{perhaps(reason, known)}."
        raise StepRefused("refusal-reason-unknown", why, "/refusal_reason")
    t.emit(
        facts=t.facts.model_copy(update={"refusal_reason": reason}),
        refusal_reason=reason,
        outcome=t.step.outcome or Outcome.REFUSED,
        answers=t.step.answers,
    )


@effect(Effect.WITHDRAW, e.CaseWithdrawn, Fields)
def withdraw(t: Taking[Fields]) -> None:
    t.emit(outcome=t.step.outcome or Outcome.WITHDRAWN)


@effect(Effect.CLOSE, e.CaseClosed, CloseFields)
def close(t: Taking[CloseFields]) -> None:
    """Raises: StepRefused, when the outcome is one that only a finding gives."""
    chosen = t.fields.outcome
    if chosen is not None and chosen not in ENDINGS:
        listed = ", ".join(sorted(ENDINGS))
        raise StepRefused("not-an-ending", f"{chosen} is found on points, not stated: {listed}.", "/outcome")
    t.emit(outcome=chosen or t.step.outcome)


@effect(Effect.REOPEN, e.CaseReopened, Fields)
def reopen(t: Taking[Fields]) -> None:
    t.emit()
