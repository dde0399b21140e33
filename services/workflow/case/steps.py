"""What each effect does to a case. A rulebook's steps name these effects; no procedure is named here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast

from services.workflow.case.commands import (
    ENDINGS,
    FINDINGS,
    AssignFields,
    BeginFields,
    CloseFields,
    DecisionFields,
    ElementFields,
    ExtendFields,
    FindFields,
    MilestoneFields,
    ReferFields,
    RefuseFields,
    TakeStep,
)
from services.workflow.case.errors import RoleMissing, StepNotOpen, StepRefused, UnknownStep
from services.workflow.case.extending import extension
from services.workflow.case.facts import stage_outcome
from services.workflow.case.model import Run
from services.workflow.case.moving import move
from services.workflow.case.open_steps import open_steps
from services.workflow.case.reclassifying import reclassify
from services.workflow.case.recorder import Recorder
from services.workflow.case.relating import link, merge, other, split, unlink, unmerge
from services.workflow.case.requirements import Asked, require, responsible
from services.workflow.case.taking import Taking
from services.workflow.rulebook.model import Effect, Step
from shared.events import cases as e
from shared.events.codes import OmbudsmanDecision, Outcome
from shared.events.facts import OmbudsmanFact


def take(recorder: Recorder, command: TakeStep) -> None:
    """Take one step of the rulebook.

    Raises:
        NotAllowed: the rulebook has no such step, not in this state, or not for these roles.
        StepRefused: a requirement is not met or a field does not fit the case.
    """
    case, book = recorder.case, recorder.book
    step = book.step(command.step)
    if step is None:
        known = ", ".join(s.id for s in book.steps)
        raise UnknownStep("unknown-step", f"The rulebook {book.id} has no step {command.step!r}: {known}.")
    run = _where(recorder, step, command)
    if not command.roles.intersection(step.roles):
        raise RoleMissing("role-missing", f"{step.title} needs the role {' or '.join(step.roles)}.")
    on = _day(recorder, step, command, run)
    require(Asked(case, book, step, command, on, recorder.register, run))
    data = recorder.transition(step, on, run, _kind(recorder, step, command))
    taking = Taking(recorder, step, command, on, data, run)
    _EFFECTS[step.effect](taking)
    for carried in recorder.carried(step):
        # One response answers for what it takes along as well.
        kind = e.CaseResponded if step.effect is Effect.RESPOND else e.MilestoneReached
        recorder.emit(kind, by=command.by, on=on, **carried)


def _where(recorder: Recorder, step: Step, command: TakeStep) -> Run | None:
    """The run that takes the step; None: the case itself does. Raises: NotAllowed, StepRefused when it is not clear which run."""
    case, book = recorder.case, recorder.book
    available = open_steps(case, book)
    here = [o for o in available if o.step == step]
    if not here:
        names = ", ".join(dict.fromkeys(o.step.id for o in available))
        raise StepNotOpen(
            "step-not-open",
            f"{step.title} is not open to {_standing(recorder, step)}. Open are: {names}.",
        )
    number = command.fields.number
    if book.of_track(step) is None:
        if number is not None and step.effect is not Effect.OMBUDSMAN_DECISION:
            raise StepRefused(
                "no-such-run", f"{step.title} is a step of the case, and has no number.", "/number"
            )
        return None
    if number is None and len(here) == 1:
        return here[0].run
    listed = ", ".join(str(o.run.number) for o in here if o.run)
    if number is None:
        raise StepRefused("which-run", f"{step.title}: name the number; it is open at {listed}.", "/number")
    found = next((o.run for o in here if o.run and o.run.number == number), None)
    if found is None:
        raise StepRefused(
            "no-such-run", f"{step.title} is not open at number {number}, only at {listed}.", "/number"
        )
    return found


def _standing(recorder: Recorder, step: Step) -> str:
    case, book = recorder.case, recorder.book
    track = book.track(book.of_track(step) or "")
    if case.facts.merged:
        return "a case that is merged into another"
    if track is not None:
        runs = [s.title if (s := book.state(r.state)) else r.state for r in case.open_runs(track.id)]
        return f"what stands at {', '.join(runs) or 'no open state'} ({track.title})"
    state = book.state(case.state)
    return f"a case in the state {state.title if state else case.state!r}"


def _kind(recorder: Recorder, step: Step, command: TakeStep) -> str | None:
    """The kind of the run that the step begins. Raises: StepRefused, when it is none of the track's kinds, or missing."""
    if step.begins is None:
        return None
    kind = command.fields.kind if isinstance(command.fields, BeginFields) else None
    track = recorder.book.track(recorder.book.track_of(step.begins) or "")
    assert track is not None, "rulebooks are checked at load"
    if track.kinds and kind not in track.kinds:
        listed = ", ".join(track.kinds)
        raise StepRefused(
            "kind-unknown" if kind else "kind-missing", f"{step.title}: choose one of {listed}.", "/kind"
        )
    if kind is not None and not track.kinds:
        raise StepRefused("kind-unknown", f"{step.title}: {track.title} has no kinds.", "/kind")
    return kind


def _day(recorder: Recorder, step: Step, command: TakeStep, run: Run | None) -> date:
    """The day the step was done: not in the future, and not before what it follows."""
    on = command.fields.on or recorder.today
    facts, visit = recorder.case.facts, recorder.case.where(run)
    if on > recorder.today:
        raise StepRefused("day-in-future", f"{on} has not come yet.", "/on")
    if on < facts.received_on:
        raise StepRefused("day-too-early", f"{on} is before the day of receipt, {facts.received_on}.", "/on")
    if step.marks or step.to is not None or run is not None:
        # What moves a case happens in order; a note or an assignment may be caught up on.
        last = max((m.on for m in visit.marks), default=visit.started_on) if visit else facts.received_on
        last = last if run else max(last, facts.closed_on or last)
        if on < last:
            raise StepRefused("day-too-early", f"{on} is before what the case did last, on {last}.", "/on")
    return on


def _acknowledge(t: Taking) -> None:
    t.emit(e.CaseAcknowledged)


def _assign(t: Taking) -> None:
    t.emit(e.CaseAssigned, role=t.step.role, person=cast("AssignFields", t.command.fields).person)


def _extend(t: Taking) -> None:
    fields = cast("ExtendFields", t.command.fields)
    visit = t.visit
    assert visit is not None, "a clock belongs to a stage"
    t.emit_sealed(e.CaseExtended, **extension(t.recorder, t.step, fields, t.on, visit))


def _add_element(t: Taking) -> None:
    number = len(t.recorder.case.elements) + 1
    t.emit_sealed(e.ElementAdded, element=number, theme=cast("ElementFields", t.command.fields).theme)


def _find(t: Taking) -> None:
    fields = cast("FindFields", t.command.fields)
    if fields.finding not in FINDINGS:
        listed = ", ".join(sorted(FINDINGS))
        raise StepRefused(
            "not-a-finding", f"{fields.finding} is no finding on a point: {listed}.", "/finding"
        )
    if not any(el.number == fields.element for el in t.recorder.case.points):
        raise StepRefused("no-such-element", f"The complaint has no point {fields.element}.", "/element")
    t.emit_sealed(e.FindingRecorded, element=fields.element, finding=fields.finding)


def _respond(t: Taking) -> None:
    person = responsible(t.visit, t.step, t.command)
    # What a run of a track answers is no finding on the complaint.
    outcome = None if t.run else stage_outcome(t.recorder.case)
    t.emit_sealed(e.CaseResponded, outcome=outcome, person=person)


def _escalate(t: Taking) -> None:
    t.emit_sealed(e.CaseEscalated)


def _refuse(t: Taking) -> None:
    reason = cast("RefuseFields", t.command.fields).refusal_reason
    if reason is None:
        raise StepRefused("refusal-reason-missing", f"{t.step.title}: name the reason.", "/refusal_reason")
    facts = t.data.get("facts", t.recorder.case.facts).model_copy(update={"refusal_reason": reason})
    t.emit_sealed(
        e.CaseRefused,
        facts=facts,
        refusal_reason=reason,
        outcome=t.step.outcome or Outcome.REFUSED,
        answers=t.step.answers,
    )


def _withdraw(t: Taking) -> None:
    t.emit_sealed(e.CaseWithdrawn, outcome=t.step.outcome or Outcome.WITHDRAWN)


def _close(t: Taking) -> None:
    chosen = cast("CloseFields", t.command.fields).outcome
    if chosen is not None and chosen not in ENDINGS:
        listed = ", ".join(sorted(ENDINGS))
        raise StepRefused("not-an-ending", f"{chosen} is found on points, not stated: {listed}.", "/outcome")
    t.emit_sealed(e.CaseClosed, outcome=chosen or t.step.outcome)


def _reopen(t: Taking) -> None:
    t.emit_sealed(e.CaseReopened)


def _begin(t: Taking) -> None:
    t.emit_sealed(e.TrackBegun)
    _name_day(t)


def _name_day(t: Taking) -> None:
    """Set the period of the run that began, where a day was named and its track has a period to agree."""
    fields, at = cast("BeginFields", t.command.fields), cast("e.RunAt | None", t.data.get("run"))
    clock = t.recorder.book.clock_kind(at.stage, "response") if at else None
    if clock is not None and clock.fixed is not None:
        clock = None
    if fields.due_on is None and (clock is None or t.step.effect is not Effect.BEGIN):
        return
    if fields.due_on is None:
        raise StepRefused("date-missing", f"{t.step.title}: name the day in 'due_on'.", "/due_on")
    if clock is None:
        raise StepRefused("no-such-clock", f"{t.step.title}: no day is to be named.", "/due_on")
    if fields.due_on < t.on:
        raise StepRefused("not-later", f"{fields.due_on} is before the day on which it was named.", "/due_on")
    t.recorder.emit(
        e.CaseExtended,
        by=t.command.by,
        step=t.step.id,
        on=t.on,
        run=at,
        clock=clock.id,
        to=fields.due_on,
        units=0,
        counts=True,
    )


def _refer(t: Taking) -> None:
    facts = t.data.get("facts", t.recorder.case.facts)
    at = cast("e.RunAt | None", t.data.get("run"))
    number = 1 + max((o.number for o in facts.ombudsman), default=0)
    if at is not None:
        # The referral and its run have one number, also where history brought referrals that have no run.
        number = max(number, at.number)
        t.data["run"] = at.model_copy(update={"number": number})
    fields = cast("ReferFields", t.command.fields)
    referral = OmbudsmanFact(number=number, reference=fields.reference, received_on=t.on)
    facts = facts.model_copy(update={"ombudsman": (*facts.ombudsman, referral)})
    t.emit_sealed(e.OmbudsmanReferred, facts=facts, number=number)
    if at is not None:
        _name_day(t)


def _decide(t: Taking) -> None:
    fields = cast("DecisionFields", t.command.fields)
    facts = t.data.get("facts", t.recorder.case.facts)
    referral = _referral(facts.ombudsman, t.run.number if t.run else fields.number)
    if t.on < referral.received_on:
        raise StepRefused("day-too-early", f"The Ombudsman had it only on {referral.received_on}.", "/on")
    decision = _decision(t.step, fields)
    if fields.satisfactory_remedy is not None and decision is not OmbudsmanDecision.UPHELD:
        raise StepRefused(
            "not-upheld",
            "Whether the council had offered a suitable remedy is said of an upheld complaint only.",
            "/satisfactory_remedy",
        )
    decided = referral.model_copy(
        update={
            "decided_on": t.on,
            "decision": decision,
            "satisfactory_remedy": fields.satisfactory_remedy,
        }
    )
    all_ = tuple(decided if r.number == decided.number else r for r in facts.ombudsman)
    facts = facts.model_copy(update={"ombudsman": all_})
    t.emit_sealed(e.OmbudsmanDecided, facts=facts, number=decided.number, decision=decision)


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
        said = "no referral awaits a decision" if not waiting else "several referrals await a decision"
        raise StepRefused("which-referral", f"Name the referral's number: {said}.", "/number")
    found = next((r for r in all_ if r.number == number), None)
    if found is None:
        raise StepRefused("no-such-referral", f"There is no referral {number} to the Ombudsman.", "/number")
    return found


def _milestone(t: Taking) -> None:
    fields = cast("MilestoneFields", t.command.fields)
    linked = other(t, "/linked") if fields.linked else None
    t.emit_sealed(
        e.MilestoneReached,
        linked=linked.reference if linked else None,
        linked_case=linked.case_id if linked else None,
    )


def _note(t: Taking) -> None:
    if t.command.sealed is None:
        raise StepRefused("text-missing", "A note has a text.", "/text")
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
    Effect.BEGIN: _begin,
    Effect.LINK: link,
    Effect.UNLINK: unlink,
    Effect.SPLIT: split,
    Effect.MERGE: merge,
    Effect.UNMERGE: unmerge,
    Effect.MOVE: move,
    Effect.NOTE: _note,
}
