"""What each effect does to a case. A rulebook's steps name these effects; no procedure is named here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from services.workflow.case.commands import (
    ENDINGS,
    FINDINGS,
    AssignFields,
    CloseFields,
    DecisionFields,
    ElementFields,
    ExtendFields,
    FindFields,
    MilestoneFields,
    RefuseFields,
    TakeStep,
)
from services.workflow.case.errors import NotAllowed, Refused
from services.workflow.case.extending import extension
from services.workflow.case.facts import stage_outcome
from services.workflow.case.reclassifying import reclassify
from services.workflow.case.recorder import Recorder
from services.workflow.case.requirements import Asked, require, responsible
from services.workflow.rulebook.model import Effect, Step
from shared.events import cases as e
from shared.events.codes import Outcome
from shared.events.facts import OmbudsmanFact


@dataclass(frozen=True)
class Taking:
    """A step being taken: allowed, its requirements met. `data` is what it does to any case."""

    recorder: Recorder
    step: Step
    command: TakeStep
    on: date
    data: dict[str, Any]

    def emit(self, kind: type[e.CaseEvent], **more: Any) -> None:
        self.recorder.emit(kind, by=self.command.by, **{**self.data, **more})

    def emit_sealed(self, kind: type[e.CaseEvent], **more: Any) -> None:
        self.emit(kind, sealed=self.command.sealed, **more)


def take(recorder: Recorder, command: TakeStep) -> None:
    """Take one step of the rulebook.

    Raises:
        NotAllowed: the rulebook has no such step, not in this state, or not for these roles.
        Refused: a requirement is not met or a field does not fit the case.
    """
    case, book = recorder.case, recorder.book
    step = book.step(command.step)
    if step is None:
        known = ", ".join(s.id for s in book.steps)
        raise NotAllowed("unknown-step", f"The rulebook {book.id} has no step {command.step!r}: {known}.")
    available = book.available(case.state, case.stage)
    if step not in available:
        state = book.state(case.state)
        raise NotAllowed(
            "step-not-open",
            f"{step.title} is not open to a case in the state {state.title if state else case.state!r}. "
            f"Open are: {', '.join(s.id for s in available)}.",
        )
    if not command.roles.intersection(step.roles):
        raise NotAllowed("role-missing", f"{step.title} needs the role {' or '.join(step.roles)}.")
    on = _day(recorder, step, command)
    require(Asked(case, book, step, command, on, recorder.register))
    _EFFECTS[step.effect](Taking(recorder, step, command, on, recorder.transition(step, on)))


def _day(recorder: Recorder, step: Step, command: TakeStep) -> date:
    """The day the step was done: not in the future, and not before what it follows."""
    on = command.fields.on or recorder.today
    facts, visit = recorder.case.facts, recorder.case.visit
    if on > recorder.today:
        raise Refused("day-in-future", f"{on} has not come yet.", "/on")
    if on < facts.received_on:
        raise Refused("day-too-early", f"{on} is before the day of receipt, {facts.received_on}.", "/on")
    if step.marks or step.to is not None:
        # What moves a case happens in order; a note or an assignment may be caught up on.
        last = max((m.on for m in visit.marks), default=visit.started_on) if visit else facts.received_on
        last = max(last, facts.closed_on or last)
        if on < last:
            raise Refused("day-too-early", f"{on} is before what the case did last, on {last}.", "/on")
    return on


def _acknowledge(t: Taking) -> None:
    t.emit(e.CaseAcknowledged)


def _assign(t: Taking) -> None:
    t.emit(e.CaseAssigned, role=t.step.role, person=cast("AssignFields", t.command.fields).person)


def _extend(t: Taking) -> None:
    fields = cast("ExtendFields", t.command.fields)
    t.emit_sealed(e.CaseExtended, **extension(t.recorder, t.step, fields, t.on))


def _add_element(t: Taking) -> None:
    number = len(t.recorder.case.elements) + 1
    t.emit_sealed(e.ElementAdded, element=number, theme=cast("ElementFields", t.command.fields).theme)


def _find(t: Taking) -> None:
    fields = cast("FindFields", t.command.fields)
    if fields.finding not in FINDINGS:
        listed = ", ".join(sorted(FINDINGS))
        raise Refused("not-a-finding", f"{fields.finding} is no finding on a point: {listed}.", "/finding")
    if not any(el.number == fields.element for el in t.recorder.case.elements):
        raise Refused("no-such-element", f"The complaint has no point {fields.element}.", "/element")
    t.emit_sealed(e.FindingRecorded, element=fields.element, finding=fields.finding)


def _respond(t: Taking) -> None:
    person = responsible(t.recorder.case, t.step, t.command)
    t.emit_sealed(e.CaseResponded, outcome=stage_outcome(t.recorder.case), person=person)


def _escalate(t: Taking) -> None:
    t.emit_sealed(e.CaseEscalated)


def _refuse(t: Taking) -> None:
    reason = cast("RefuseFields", t.command.fields).refusal_reason
    if reason is None:
        raise Refused("refusal-reason-missing", f"{t.step.title}: name the reason.", "/refusal_reason")
    facts = t.data.get("facts", t.recorder.case.facts).model_copy(update={"refusal_reason": reason})
    t.emit_sealed(
        e.CaseRefused, facts=facts, refusal_reason=reason, outcome=t.step.outcome or Outcome.REFUSED
    )


def _withdraw(t: Taking) -> None:
    t.emit_sealed(e.CaseWithdrawn, outcome=t.step.outcome or Outcome.WITHDRAWN)


def _close(t: Taking) -> None:
    chosen = cast("CloseFields", t.command.fields).outcome
    if chosen is not None and chosen not in ENDINGS:
        listed = ", ".join(sorted(ENDINGS))
        raise Refused("not-an-ending", f"{chosen} is found on points, not stated: {listed}.", "/outcome")
    t.emit_sealed(e.CaseClosed, outcome=chosen or t.step.outcome)


def _reopen(t: Taking) -> None:
    t.emit_sealed(e.CaseReopened)


def _refer(t: Taking) -> None:
    facts = t.data.get("facts", t.recorder.case.facts)
    number = len(facts.ombudsman) + 1
    referral = OmbudsmanFact(number=number, received_on=t.on)
    facts = facts.model_copy(update={"ombudsman": (*facts.ombudsman, referral)})
    t.emit_sealed(e.OmbudsmanReferred, facts=facts, number=number)


def _decide(t: Taking) -> None:
    fields = cast("DecisionFields", t.command.fields)
    facts = t.data.get("facts", t.recorder.case.facts)
    referral = _referral(facts.ombudsman, fields.number)
    if t.on < referral.received_on:
        raise Refused("day-too-early", f"The Ombudsman had it only on {referral.received_on}.", "/on")
    decided = referral.model_copy(update={"decided_on": t.on, "decision": fields.decision})
    all_ = tuple(decided if r.number == decided.number else r for r in facts.ombudsman)
    facts = facts.model_copy(update={"ombudsman": all_})
    t.emit_sealed(e.OmbudsmanDecided, facts=facts, number=decided.number, decision=fields.decision)


def _referral(all_: tuple[OmbudsmanFact, ...], number: int | None) -> OmbudsmanFact:
    if number is None:
        waiting = [r for r in all_ if r.decision is None]
        if len(waiting) == 1:
            return waiting[0]
        said = "no referral awaits a decision" if not waiting else "several referrals await a decision"
        raise Refused("which-referral", f"Name the referral's number: {said}.", "/number")
    found = next((r for r in all_ if r.number == number), None)
    if found is None:
        raise Refused("no-such-referral", f"There is no referral {number} to the Ombudsman.", "/number")
    return found


def _milestone(t: Taking) -> None:
    linked = cast("MilestoneFields", t.command.fields).linked
    if linked == t.recorder.case.reference:
        raise Refused("links-itself", f"{linked} is this case.", "/linked")
    t.emit_sealed(e.MilestoneReached, linked=linked)


def _note(t: Taking) -> None:
    if t.command.sealed is None:
        raise Refused("text-missing", "A note has a text.", "/text")
    t.emit_sealed(e.NoteAdded)


def _reclassify(t: Taking) -> None:
    reclassify(t.recorder, t.step, t.command, t.on)


_EFFECTS: dict[Effect, Callable[[Taking], None]] = {
    Effect.ACKNOWLEDGE: _acknowledge,
    Effect.ASSIGN: _assign,
    Effect.EXTEND: _extend,
    Effect.ADD_ELEMENT: _add_element,
    Effect.FIND: _find,
    Effect.RESPOND: _respond,
    Effect.ESCALATE: _escalate,
    Effect.REFUSE: _refuse,
    Effect.WITHDRAW: _withdraw,
    Effect.CLOSE: _close,
    Effect.REOPEN: _reopen,
    Effect.RECLASSIFY: _reclassify,
    Effect.REFER: _refer,
    Effect.OMBUDSMAN_DECISION: _decide,
    Effect.MILESTONE: _milestone,
    Effect.NOTE: _note,
}
