"""What a case does when something happened to another that concerns it: the other half of a link, a split or a merge."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.workflow.case.commands import ReactToCase
from services.workflow.case.effects.relations import can_absorb
from services.workflow.case.model import Case
from services.workflow.case.opening import open_case
from services.workflow.case.recorder import Recorder
from shared.calendar.london import london_date
from shared.events import cases as e

_STEP = "answered"


def concerns(event: e.CaseEvent) -> bool:
    """Whether an event is one that another case has to react to."""
    match event:
        case e.MessageAdded():
            return event.after.merged
        case e.MilestoneReached():
            return event.linked_case is not None
        case e.CaseReleased():
            return event.refused
        case e.RelatedStep():
            return event.source_event is None
    return False


def react(recorder: Recorder, case: Case | None, command: ReactToCase) -> None:
    """Emit what follows for this case; None where it is to be opened by a split.

    Of links and merges the two cases are compared as they stand, and not the event alone: in whatever order events are handled,
    they agree.
    """
    event = command.event
    if case is None:
        if isinstance(event, e.CaseSplit):
            _open(recorder, event, command)
        return
    match event:
        case e.CaseLinked() | e.CaseUnlinked():
            there = command.other.relates(case, event.relation)
            here = case.relates(command.other, event.relation)
            if there != here:
                _emit_related(recorder, e.CaseLinked if there else e.CaseUnlinked, command, relation=event.relation)
        case e.MilestoneReached():
            if not case.relates(command.other, "arises-from"):
                _emit_related(recorder, e.CaseLinked, command, relation="arises-from")
        case e.CaseMerged() | e.CaseUnmerged():
            _follow_merge(recorder, command)
        case e.CaseReleased():
            if case.relates(command.other, "merged-into") and not command.other.relates(case, "absorbed"):
                undo_merge(recorder, "target-closed", source_event=command.event_id)
        case e.MessageAdded():
            if command.other.relates(case, "merged-into"):
                message = event.model_dump(include=_MESSAGE)
                recorder.emit(e.MessageAdded, **message, source_event=command.event_id)


_MESSAGE = {"message_id", "channel", "received_at", "sealed", "attachments"}


def _emit_related(recorder: Recorder, kind: type[e.CaseEvent], command: ReactToCase, **more: Any) -> None:
    other = command.other
    recorder.emit(
        kind,
        step=_STEP,
        on=_day(recorder, command),
        other=other.case_id,
        other_reference=other.reference,
        source_event=command.event_id,
        **more,
    )


def _day(recorder: Recorder, command: ReactToCase) -> date:
    return command.event.on if isinstance(command.event, e.CaseStep) else london_date(recorder.now)


def _open(recorder: Recorder, event: e.CaseSplit, command: ReactToCase) -> None:
    origin = command.other
    book = recorder.books.choose(event.procedure, event.kind, event.received_on)
    facts = {
        "service_area": event.service_area,
        "district": origin.facts.district,
        "complainant_type": origin.facts.complainant_type,
        "channel": origin.facts.channel,
        "themes": event.themes,
    }
    open_case(
        recorder,
        book,
        kind=event.kind,
        procedure=event.procedure,
        received_on=event.received_on,
        codes=facts,
        case_id=event.other,
        reference=event.other_reference,
        feedback_id=origin.feedback_id,
        received_at=origin.received_at,
        sealed=origin.sealed,
        attachments=origin.attachments,
        source_event=command.event_id,
    )
    _emit_related(recorder, e.CaseLinked, command, relation="split-from")
    _copy_points(recorder, command, event.elements)


def _follow_merge(recorder: Recorder, command: ReactToCase) -> None:
    """Absorb a case that is merged into this one, with its points, and release one that no longer is.

    Where this case cannot absorb another (the two were decided at the same time), `CaseReleased` is `refused`, and the other is
    un-merged.
    """
    case, other = recorder.case, command.other
    absorbed = case.relates(other, "absorbed")
    if not other.relates(case, "merged-into"):
        if absorbed:
            _emit_related(recorder, e.CaseReleased, command)
        return
    if not can_absorb(case):
        _emit_related(recorder, e.CaseReleased, command, refused=True)
        return
    if not absorbed:
        _emit_related(recorder, e.CaseAbsorbed, command)
    _copy_points(recorder, command, tuple(el.number for el in other.points))


def _copy_points(recorder: Recorder, command: ReactToCase, numbers: tuple[int, ...]) -> None:
    """The other case's points of these numbers that did not come yet; one that was split off from here has come."""
    other = command.other
    here = {el.of_element for el in recorder.case.elements if el.of_case == other.case_id}
    for element in other.elements:
        if element.number in numbers and element.number not in here:
            recorder.emit(
                e.ElementAdded,
                step=_STEP,
                on=_day(recorder, command),
                element=len(recorder.case.elements) + 1,
                of_case=other.case_id,
                of_element=element.number,
                theme=element.theme,
                sealed=element.sealed,
                source_event=command.event_id,
            )


def undo_merge(recorder: Recorder, why: str, **more: Any) -> None:
    """Un-merge a case without a decision of staff: it stands by itself again."""
    case = recorder.case
    assert case.standing is not None, "asked only of a merged case"
    (into,) = case.related("merged-into")
    recorder.emit(
        e.CaseUnmerged,
        case.standing,
        step="unmerged",
        on=recorder.today,
        other=into.case_id,
        other_reference=into.reference,
        why=why,
        **more,
    )
