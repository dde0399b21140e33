"""Referrals to the Ombudsman, and the decisions on them."""

from __future__ import annotations

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.effects.tracks import BeginFields, agree_day
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields
from services.workflow.case.model import Case, Run
from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.calendar.holidays import HolidayRegister
from shared.events import cases as e
from shared.events.codes import OmbudsmanDecision, OmbudsmanReference
from shared.events.facts import OmbudsmanFact


class ReferFields(BeginFields):
    """`reference` is the Ombudsman's own, such as `24 017 112`."""

    reference: OmbudsmanReference | None = None


class DecisionFields(Fields):
    """`number` is the referral; left out, the only one that awaits a decision. `decision` may be left out where one is possible.

    `satisfactory_remedy`: the council had offered a suitable remedy before the Ombudsman decided.
    """

    decision: OmbudsmanDecision | None = None
    satisfactory_remedy: bool | None = None


@effect(Effect.REFER, e.OmbudsmanReferred, ReferFields)
def refer(t: Taking[ReferFields]) -> None:
    number = 1 + max((o.number for o in t.facts.ombudsman), default=0)
    at = t.begun
    if at is not None:
        # The referral and its run have one number, also where history brought referrals that have no run.
        number = max(number, at.number)
        t.data["run"] = at.model_copy(update={"number": number})
    referral = OmbudsmanFact(number=number, reference=t.fields.reference, received_on=t.on)
    t.emit(
        facts=t.facts.model_copy(update={"ombudsman": (*t.facts.ombudsman, referral)}),
        number=number,
    )
    if at is not None:
        agree_day(t, required=False)


def _no_referral(case: Case, book: Rulebook, step: Step, run: Run | None, register: HolidayRegister) -> str | None:
    return None if case.facts.ombudsman else f"{step.title}: the case has not been referred to the Ombudsman."


@effect(Effect.OMBUDSMAN_DECISION, e.OmbudsmanDecided, DecisionFields, numbered=True, blocked=_no_referral)
def decide(t: Taking[DecisionFields]) -> None:
    """Raises: StepRefused, when the referral is not clear, or the decision is missing or cannot be on it."""
    fields = t.fields
    referral = _referral(t.facts.ombudsman, t.run.number if t.run else fields.number)
    if t.on < referral.received_on:
        raise StepRefused("day-too-early", f"The Ombudsman had it only on {referral.received_on}.", "/on")
    decision = _decision(t.step, fields)
    if fields.satisfactory_remedy is not None and decision is not OmbudsmanDecision.UPHELD:
        raise StepRefused(
            "not-upheld",
            "Whether the council had offered a suitable remedy is recorded of an upheld complaint only.",
            "/satisfactory_remedy",
        )
    decided = referral.model_copy(
        update={
            "decided_on": t.on,
            "decision": decision,
            "satisfactory_remedy": fields.satisfactory_remedy,
        }
    )
    all_ = tuple(decided if r.number == decided.number else r for r in t.facts.ombudsman)
    t.emit(
        facts=t.facts.model_copy(update={"ombudsman": all_}),
        number=decided.number,
        decision=decision,
    )


def _decision(step: Step, fields: DecisionFields) -> OmbudsmanDecision:
    may = step.decisions or tuple(OmbudsmanDecision)
    decision = may[0] if fields.decision is None and len(may) == 1 else fields.decision
    if decision not in may:
        listed = ", ".join(may)
        code = "decision-missing" if decision is None else "decision-not-here"
        raise StepRefused(code, f"{step.title}: the decision is one of {listed}.", "/decision")
    return decision


def _referral(all_: tuple[OmbudsmanFact, ...], number: int | None) -> OmbudsmanFact:
    if number is None:
        waiting = [r for r in all_ if r.decision is None]
        if len(waiting) == 1:
            return waiting[0]
        why = "no referral awaits a decision" if not waiting else "several referrals await a decision"
        raise StepRefused("which-referral", f"Name the referral's number: {why}.", "/number")
    found = next((r for r in all_ if r.number == number), None)
    if found is None:
        raise StepRefused("no-such-referral", f"There is no referral {number} to the Ombudsman.", "/number")
    return found
