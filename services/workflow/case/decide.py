"""`decide(case, command, rulebooks, now, register) -> events`: pure. All that can happen to a case happens here."""

from __future__ import annotations

from datetime import datetime

from services.workflow.case.clocks.late_holidays import moved
from services.workflow.case.clocks.timers import LATE_AFTER, timers
from services.workflow.case.commands import (
    AddMessage,
    Command,
    FireTimers,
    Import,
    ReactToCase,
    Receive,
    RecordLearning,
    Replan,
    TakeStep,
    Withdraw,
    source_id,
)
from services.workflow.case.history import record_history
from services.workflow.case.model import Case
from services.workflow.case.open_steps import open_steps
from services.workflow.case.opening import open_case
from services.workflow.case.reacting import react, undo_merge
from services.workflow.case.recorder import Recorder
from services.workflow.case.taking import take
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Effect
from shared.calendar.holidays import HolidayRegister
from shared.calendar.london import london_date
from shared.events import cases as e
from shared.events.lessons import LessonImported
from shared.ids import case_id


def decide(
    case: Case | None,
    command: Command,
    books: Rulebooks,
    now: datetime,
    register: HolidayRegister,
) -> tuple[e.CaseEvent, ...]:
    """The events that a command leads to at the instant `now` (UTC), by the holidays of `register`.

    None when the command follows from an event that was applied before, or would open a case that is there already; when nothing is
    due; and when no deadline moved.

    Raises:
        NotAllowed, StepRefused: a step of staff that cannot be taken.
        NoRulebook: an imported case of a procedure that no rulebook serves.
        NotFound: a command that needs a case, without one.
    """
    recorder = Recorder(case, books, now, register)
    if case is not None and (isinstance(command, Receive | Import) or source_id(command) in case.applied):
        return ()
    match command:
        case TakeStep():
            take(recorder, command)
        case FireTimers():
            _fire(recorder)
        case Replan():
            _replan(recorder, command)
        case Receive():
            _receive(recorder, command)
        case Import():
            record_history(recorder, command.event)
        case AddMessage():
            _message(recorder, command)
        case Withdraw():
            _withdraw(recorder, command)
        case RecordLearning():
            _learning(recorder, command)
        case ReactToCase():
            react(recorder, case, command)
    return tuple(recorder.events)


def _receive(recorder: Recorder, command: Receive) -> None:
    feedback = command.event.data
    procedure, book = recorder.books.route(feedback.procedure, feedback.kind, feedback.received_on)
    open_case(
        recorder,
        book,
        kind=feedback.kind,
        procedure=procedure,
        received_on=feedback.received_on,
        codes={
            "channel": feedback.channel,
            "service_area": feedback.service_area,
            "district": feedback.district,
            "complainant_type": feedback.complainant_type,
        },
        case_id=case_id(feedback.feedback_id),
        reference=feedback.reference,
        feedback_id=feedback.feedback_id,
        received_at=feedback.received_at,
        sealed=feedback.sealed,
        attachments=feedback.attachments,
        raw_message=feedback.raw_message,
        procedure_rule=feedback.procedure_rule if procedure == feedback.procedure else None,
        source_event=command.event.id,
    )


def _message(recorder: Recorder, command: AddMessage) -> None:
    message = command.event.data
    recorder.emit(
        e.MessageAdded,
        message_id=message.message_id,
        channel=message.channel,
        received_at=message.received_at,
        sealed=message.sealed,
        attachments=message.attachments,
        source_event=command.event.id,
    )


def _withdraw(recorder: Recorder, command: Withdraw) -> None:
    """The person withdrew: the rulebook's step for it, if it is open to the case. On a closed case it changes nothing.

    A case that is merged into another is un-merged and withdrawn alone: the other may be somebody else's.
    """
    if recorder.case.facts.merged:
        undo_merge(recorder, "withdrawn")
    book, case = recorder.book, recorder.case
    steps = [o.step for o in open_steps(case, book) if o.step.effect is Effect.WITHDRAW and o.run is None]
    if not steps or case.visit is None:
        return
    # The withdrawal may have been sent before staff recorded their last step.
    last = max((m.on for m in case.visit.marks), default=case.visit.started_on)
    on = max(london_date(command.event.data.withdrawn_at), last)
    recorder.emit(
        e.CaseWithdrawn,
        **recorder.transition(steps[0], on),
        outcome=steps[0].outcome,
        source_event=command.event.id,
    )


def _learning(recorder: Recorder, command: RecordLearning) -> None:
    lesson = command.event.data.after
    if isinstance(command.event.data, LessonImported):
        return  # the case's own history brought these tags
    recorder.emit(e.LearningRecorded, decision=lesson.decision, tags=lesson.tags, source_event=command.event.id)


def _fire(recorder: Recorder) -> None:
    for timer in timers(recorder.case, recorder.book, recorder.register):
        if timer.at > recorder.now:
            break
        recorder.emit(
            e.ClockBreached if timer.event == "breached" else e.ClockDueSoon,
            clock=timer.clock,
            stage=timer.stage,
            run=timer.run,
            deadline=timer.deadline,
            at=timer.at,
            provisional=timer.provisional,
            late=recorder.now - timer.at > LATE_AFTER,
        )


def _replan(recorder: Recorder, command: Replan) -> None:
    for clock, published in moved(recorder.case, recorder.book, recorder.register, command.published):
        recorder.emit(
            e.ClockReplanned,
            clock=clock.reading.clock.id,
            stage=clock.reading.clock.stage,
            run=clock.number,
            said=published,
            holds=clock.reading.due,
            calendar=recorder.register.version,
        )
