"""What a case event leads to in learning: a decision requested, withdrawn, restated, or imported from history."""

from __future__ import annotations

from datetime import date

from services.learning.decision.model import CaseSide, Decision, fold, upheld_outcome
from shared.events.cases import CaseEvent, CaseImported, CaseOpened
from shared.events.codes import Outcome, Provenance
from shared.events.facts import LessonFacts
from shared.events.lessons import (
    LessonEvent,
    LessonImported,
    LessonRequested,
    LessonRequestWithdrawn,
    LessonRestated,
)


def follow(decision: Decision | None, event: CaseEvent, on: date) -> tuple[Decision, list[LessonEvent]]:
    """The decision after a case event of the London day `on`, and the lesson events that follow from it.

    An event that was seen before changes nothing and leads to no event.
    """
    if decision is not None and event.version <= decision.case.version:
        return decision, []
    side = _case_side(decision, event)
    before = Decision(case_id=event.case_id, case=side) if decision is None else decision
    now = before.model_copy(update={"case": side})
    if side.importing:
        return now, []
    events = _imported(now, event, on) if isinstance(event, CaseImported) else _requested(now, on)
    return fold(now, events), events


def _case_side(decision: Decision | None, event: CaseEvent) -> CaseSide:
    facts = event.after
    known = None if decision is None else decision.case
    opened = event if isinstance(event, CaseOpened) else None
    historic = facts.provenance is not Provenance.LIVE
    return CaseSide(
        version=event.version,
        reference=event.reference,
        feedback_id=opened.feedback_id if opened else known.feedback_id if known else None,
        sealed=opened.sealed if opened else known.sealed if known else None,
        importing=not isinstance(event, CaseImported) and (known.importing if known else historic),
        procedure=facts.procedure,
        service_area=facts.service_area,
        district=facts.district,
        provenance=facts.provenance,
        upheld=upheld_outcome(facts),
    )


def _requested(decision: Decision, on: date) -> list[LessonEvent]:
    case, facts = decision.case, decision.facts
    open_request = facts is not None and facts.decision == "requested"
    if case.upheld is None:
        if facts is None or not open_request:
            return []
        after = facts.model_copy(update={"decision": "withdrawn"})
        return [LessonRequestWithdrawn(**_base(decision, after), on=on)]
    if facts is None or facts.decision == "withdrawn":
        after = _facts(case, case.upheld, requested_on=on, decision="requested")
        return [LessonRequested(**_base(decision, after), reference=case.reference, on=on)]
    after = facts.model_copy(
        update={
            "procedure": case.procedure,
            "service_area": case.service_area,
            "district": case.district,
            "outcome": case.upheld,
        }
    )
    return [] if after == facts else [LessonRestated(**_base(decision, after), on=on)]


def _imported(decision: Decision, event: CaseImported, on: date) -> list[LessonEvent]:
    """History is complete. What was decided then is decided; for a case still open one is requested as for any other."""
    case, closed_on = decision.case, event.after.closed_on
    tags = event.learning_tags
    if case.upheld is None or not (tags or closed_on):
        return _requested(decision, on)
    day = closed_on or on
    after = _facts(
        case,
        case.upheld,
        requested_on=day,
        decided_on=day,
        decision="lesson" if tags else "no-lesson",
        tags=tags,
    )
    return [LessonImported(**_base(decision, after), reference=case.reference, on=day, tags=tags)]


def _facts(case: CaseSide, outcome: Outcome, **more: object) -> LessonFacts:
    return LessonFacts.model_validate(
        {
            "procedure": case.procedure,
            "service_area": case.service_area,
            "district": case.district,
            "outcome": outcome,
            "provenance": case.provenance,
            **more,
        }
    )


def _base(decision: Decision, after: LessonFacts) -> dict[str, object]:
    return {
        "case_id": decision.case_id,
        "version": decision.version + 1,
        "before": decision.facts,
        "after": after,
    }
