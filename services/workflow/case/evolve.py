"""`evolve(case, event) -> case`: the one place where an event changes a case. It needs no rulebook and no calendar."""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatch
from typing import Any
from uuid import UUID

from services.workflow.case.model import (
    Case,
    Element,
    Finding,
    Given,
    Holder,
    Mark,
    Relation,
    Run,
    Visit,
)
from shared.events import cases as e


def evolve(case: Case | None, event: e.CaseEvent) -> Case:
    """The case after one more event.

    Raises:
        ValueError: the event is not the next one of this case.
    """
    expected = 1 if case is None else case.version + 1
    if event.version != expected:
        raise ValueError(f"event of version {event.version} on a case that expects {expected}")
    if case is None:
        if not isinstance(event, e.CaseOpened):
            raise ValueError(f"a case begins with {e.CaseOpened.type}, not {event.type}")
        case = _opened(event)
    elif isinstance(event, e.CaseStep):
        case = _stepped(case, event)
    changes = _change(event, case)
    source = getattr(event, "source_event", None)
    if source is not None and source not in case.applied:
        changes["applied"] = (*case.applied, source)
    return case.model_copy(update={**changes, "version": event.version, "facts": event.after})


def fold(events: Iterable[e.CaseEvent]) -> Case | None:
    """The case that a history makes; None of no events."""
    case = None
    for event in events:
        case = evolve(case, event)
    return case


def _opened(event: e.CaseOpened) -> Case:
    visits: tuple[Visit, ...] = ()
    if event.enters:
        visits = (_visit(event, event.stage_started_on),)
    return Case(
        case_id=event.case_id,
        feedback_id=event.feedback_id,
        reference=event.reference,
        version=event.version,
        received_at=event.received_at,
        rulebook_version=event.rulebook_version,
        facts=event.after,
        visits=visits,
        sealed=event.sealed,
        attachments=event.attachments,
        procedure_rule=event.procedure_rule,
    )


def _visit(event: e.CaseStep, started_on: Any = None) -> Visit:
    day = started_on or event.on
    marks = tuple(Mark(name=name, on=day) for name in event.marks)
    return Visit(stage=event.enters or "", started_on=day, marks=marks, due_on=event.due_on)


def _stepped(case: Case, event: e.CaseStep) -> Case:
    """What every step does: it begins a stage or a run, or sets its marks on the one that it is taken at."""
    if isinstance(event, e.CaseReclassified) and event.moved:
        return case
    if event.run is not None and case.run(event.run.track, event.run.number) is not None:
        return _marked(case, event, event.run)
    if event.enters:
        case = case.model_copy(update={"visits": (*case.visits, _visit(event))})
    elif event.marks:
        case = _marked(case, event)
    return _begun(case, event, event.run) if event.run is not None else case


def _marked(case: Case, event: e.CaseStep, at: e.RunAt | None = None) -> Case:
    marks = tuple(Mark(name=name, on=event.on) for name in event.marks)
    case = case.model_copy(update=_visits(case, at, marks=(*_now(case, at).marks, *marks)))
    if at is None:
        return case
    changes = {"state": at.state, "ended_on": event.on if at.ended else None}
    return case.model_copy(update={"runs": _runs(case, at, **changes)})


def _begun(case: Case, event: e.CaseStep, at: e.RunAt) -> Case:
    run = Run(
        track=at.track,
        number=at.number,
        kind=at.kind,
        state=at.state,
        visit=Visit(stage=at.stage, started_on=event.on),
    )
    return case.model_copy(update={"runs": (*case.runs, run)})


def _now(case: Case, at: e.RunAt | None = None) -> Visit:
    """The visit at which something is done: the run's, or that of the stage the case is at."""
    run = case.run(at.track, at.number) if at else None
    visit = case.where(run)
    if visit is None:
        raise ValueError("the case is at no stage")
    return visit


def _visits(case: Case, at: e.RunAt | None = None, **changes: Any) -> dict[str, Any]:
    visit = _now(case, at).model_copy(update=changes)
    if at is not None:
        return {"runs": _runs(case, at, visit=visit)}
    return {"visits": (*case.visits[:-1], visit)}


def _runs(case: Case, at: e.RunAt, **changes: Any) -> tuple[Run, ...]:
    return tuple(run.model_copy(update=changes) if (run.track, run.number) == (at.track, at.number) else run for run in case.runs)


@singledispatch
def _change(event: e.CaseEvent, case: Case) -> dict[str, Any]:
    """What this kind of event changes beyond its facts and marks: nothing, unless registered below."""
    return {}


@_change.register
def _(event: e.CaseAcknowledged, case: Case) -> dict[str, Any]:
    return _visits(case, event.run, acknowledged_on=_now(case, event.run).acknowledged_on or event.on)


@_change.register
def _(event: e.CaseAssigned, case: Case) -> dict[str, Any]:
    holder = Holder(role=event.role, person=event.person)
    return _visits(case, event.run, holders=(*_now(case, event.run).holders, holder))


@_change.register
def _(event: e.CaseExtended, case: Case) -> dict[str, Any]:
    given = Given(clock=event.clock, to=event.to, units=event.units, told_on=event.on, counts=event.counts)
    return _visits(case, event.run, given=(*_now(case, event.run).given, given))


@_change.register
def _(event: e.ElementAdded, case: Case) -> dict[str, Any]:
    element = Element(
        number=event.element,
        of_case=event.of_case,
        of_element=event.of_element,
        theme=event.theme,
        sealed=event.sealed,
    )
    return {"elements": (*case.elements, element)}


@_change.register
def _(event: e.FindingRecorded, case: Case) -> dict[str, Any]:
    made = Finding(visit=len(case.visits) - 1, outcome=event.finding, sealed=event.sealed)
    return {
        "elements": tuple(
            el.model_copy(update={"findings": (*(f for f in el.findings if f.visit != made.visit), made)})
            if el.number == event.element
            else el
            for el in case.elements
        )
    }


@_change.register
def _(event: e.CaseResponded, case: Case) -> dict[str, Any]:
    visit = _now(case, event.run)
    holders = visit.holders
    if event.person and visit.holder() != event.person:
        holders = (*holders, Holder(role="officer", person=event.person))
    return _visits(case, event.run, responded_on=event.on, outcome=event.outcome, holders=holders)


@_change.register
def _(event: e.CaseRefused, case: Case) -> dict[str, Any]:
    answered = _visits(case, responded_on=event.on, outcome=event.outcome) if event.answers else {}
    return {"ended": event.outcome, **answered}


@_change.register
def _(event: e.CaseWithdrawn, case: Case) -> dict[str, Any]:
    return {"ended": event.outcome}


@_change.register
def _(event: e.CaseClosed, case: Case) -> dict[str, Any]:
    if event.stated:
        return {"stated": event.outcome}
    return {"ended": event.outcome or case.ended}


@_change.register
def _(event: e.CaseReopened, case: Case) -> dict[str, Any]:
    return {"ended": None, "stated": None}


@_change.register
def _(event: e.CaseEscalated, case: Case) -> dict[str, Any]:
    return {"ended": None, "stated": None}


@_change.register
def _(event: e.CaseReclassified, case: Case) -> dict[str, Any]:
    if not event.moved:
        return {}
    # It begins anew under its other rulebook: what was found under the wrong one is history, not outcome.
    return {
        "rulebook_version": event.rulebook_version,
        "visits": (_visit(event, case.facts.received_on),),
        "elements": tuple(el.model_copy(update={"findings": ()}) for el in case.elements),
        "ended": None,
        "stated": None,
        "spoken": (),
    }


@_change.register
def _(event: e.CaseImported, case: Case) -> dict[str, Any]:
    return {"learning_tags": event.learning_tags}


@_change.register
def _(event: e.CaseMoved, case: Case) -> dict[str, Any]:
    was = (event.rulebook_was, event.version_was)
    over = (v if v.under else v.model_copy(update={"under": was}) for v in case.visits[:-1])
    return {"rulebook_version": event.rulebook_version, "visits": (*over, *case.visits[-1:])}


@_change.register
def _(event: e.MilestoneReached, case: Case) -> dict[str, Any]:
    if event.linked is None:
        return {}
    return _related(case, event.linked_case, event.linked, "gave-rise-to")


@_change.register
def _(event: e.MessageAdded, case: Case) -> dict[str, Any]:
    return {"messages": case.messages + 1}


@_change.register
def _(event: e.LearningRecorded, case: Case) -> dict[str, Any]:
    return {"learning": event.decision, "learning_tags": event.tags}


@_change.register(e.ClockDueSoon)
@_change.register(e.ClockBreached)
def _(event: e.ClockDueSoon | e.ClockBreached, case: Case) -> dict[str, Any]:
    name = "breached" if isinstance(event, e.ClockBreached) else "due-soon"
    key = case.spoken_key(event.run, event.stage, event.clock, name, event.deadline)
    return {"spoken": (*case.spoken, key)}


def _related(case: Case, other: UUID | None, reference: str, relation: str) -> dict[str, Any]:
    found = Relation(case_id=other, reference=reference, relation=relation)
    return {} if found in case.relations else {"relations": (*case.relations, found)}


def _unrelated(case: Case, other: UUID, relation: str) -> dict[str, Any]:
    kept = (r for r in case.relations if (r.case_id, r.relation) != (other, relation))
    return {"relations": tuple(kept)}


@_change.register
def _(event: e.CaseLinked, case: Case) -> dict[str, Any]:
    return _related(case, event.other, event.other_reference, event.relation)


@_change.register
def _(event: e.CaseUnlinked, case: Case) -> dict[str, Any]:
    return _unrelated(case, event.other, event.relation)


@_change.register
def _(event: e.CaseSplit, case: Case) -> dict[str, Any]:
    elements = tuple(el.model_copy(update={"away": True}) if el.number in event.elements else el for el in case.elements)
    return {"elements": elements, **_related(case, event.other, event.other_reference, "split-into")}


@_change.register
def _(event: e.CaseMerged, case: Case) -> dict[str, Any]:
    return {"standing": case.facts, **_related(case, event.other, event.other_reference, "merged-into")}


@_change.register
def _(event: e.CaseUnmerged, case: Case) -> dict[str, Any]:
    return {"standing": None, **_unrelated(case, event.other, "merged-into")}


@_change.register
def _(event: e.CaseAbsorbed, case: Case) -> dict[str, Any]:
    return _related(case, event.other, event.other_reference, "absorbed")


@_change.register
def _(event: e.CaseReleased, case: Case) -> dict[str, Any]:
    # Should the other be merged again, its points come again: these are none of its any more.
    gone = {"away": True, "of_element": None}
    elements = tuple(el.model_copy(update=gone) if el.of_case == event.other else el for el in case.elements)
    return {"elements": elements, **_unrelated(case, event.other, "absorbed")}
