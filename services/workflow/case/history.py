"""Imported history as the events it would have been: each at its own day, of the same types as those of live cases."""

from __future__ import annotations

from datetime import date

from services.workflow.case.clocks.reading import read, units_between
from services.workflow.case.history_tracks import IMPORTED, Entry, track_entries
from services.workflow.case.recorder import Recorder, noon
from services.workflow.rulebook.choose import NoRulebook
from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.calendar.holidays import CalendarError
from shared.events import cases as e
from shared.events.codes import Kind, Outcome, Status
from shared.events.envelope import Envelope
from shared.events.facts import UNKNOWN, CaseFacts, Opening
from shared.events.feedback import FeedbackImported
from shared.events.historic import HistoricCase, HistoricStage
from shared.ids import case_id


def record_history(recorder: Recorder, event: Envelope[FeedbackImported]) -> None:
    """The events of one row, in the order of their days.

    A case that the row leaves open stands in the state that its last event leads to.

    Raises:
        NoRulebook: no rulebook serves the procedure, or it has no such stage or remedy.
    """
    row = event.data.row
    book = recorder.books.choose(row.procedure, row.kind, row.received_on, history=True)
    stages = [(_stage_code(book, stage), stage) for stage in row.stages]
    _open(recorder, book, event, stages[0] if stages else None)
    entries: list[Entry] = []
    for number, (code, stage) in enumerate(stages):
        # What a row states of a stage belongs to it even when it is dated after the next one began.
        until = stages[number + 1][1].started_on if number + 1 < len(stages) else date.max
        found = _stage_entries(recorder, row, code, stage, begins=number > 0, until=until)
        entries += [(min(day, until), record) for day, record in found]
    last = max((day for day, _ in entries), default=row.received_on)
    entries += track_entries(recorder, row)
    if row.closed_on is not None:
        entries.append((max(row.closed_on, last), lambda: _close(recorder, row)))
    # A stable sort: what falls on one day stays in the order of the procedure, with closure after the responses.
    for _, record in sorted(entries, key=lambda entry: entry[0]):
        record()
    recorder.emit(
        e.CaseImported,
        step=IMPORTED,
        on=row.closed_on or last,
        learning_tags=row.learning_tags,
        source_event=event.id,
    )


def _stage_code(book: Rulebook, stage: HistoricStage) -> str:
    found = book.stage_called(stage.stage)
    if found is None:
        known = ", ".join(s.id for s in book.stages)
        raise NoRulebook(f"rulebook {book.id} has no stage {stage.stage!r}: {known}")
    return found.id


def _open(
    recorder: Recorder,
    book: Rulebook,
    event: Envelope[FeedbackImported],
    first: tuple[str, HistoricStage] | None,
) -> None:
    row = event.data.row
    enters = first[0] if first else None
    if enters is None and row.closed_on is None:
        # It is still under way: it needs the stage at which its next step is taken.
        opening = book.state(book.opening.state)
        enters = opening.stage if opening else None
    state = book.opening.state if enters is None else _entry_state(book, enters)
    facts = CaseFacts(
        kind=row.kind,
        procedure=row.procedure,
        rulebook=book.id,
        status=Status.OPEN,
        state=state,
        received_on=row.received_on,
        openings=(Opening(opened_on=row.received_on),),
        channel=row.channel,
        service_area=row.service_area,
        district=row.district,
        complainant_type=row.complainant_type,
        themes=row.themes,
        refusal_reason=row.refusal_reason,
        formal=row.formal if row.kind is Kind.COMPLAINT else _formal(book),
        statutory=book.statutory,
        joint_nhs=row.joint_nhs,
        provenance=row.provenance,
    )
    recorder.open(
        book,
        facts,
        case_id=case_id(event.data.feedback_id),
        reference=event.data.reference,
        feedback_id=event.data.feedback_id,
        on=row.received_on,
        marks=_entry_marks(book, enters) if enters else (),
        enters=enters,
        stage_started_on=first[1].started_on if first else None,
        due_on=first[1].due_on if first else None,
        received_at=noon(row.received_on),
        source_event=event.id,
    )


def _formal(book: Rulebook) -> bool:
    """Whether what begins under the rulebook counts as formal, as a live case does; only of complaints the row itself states it."""
    opening = book.state(book.opening.state)
    stage = book.stage(opening.stage or "") if opening else None
    return stage.formal if stage else True


def _stage_entries(
    recorder: Recorder, row: HistoricCase, code: str, stage: HistoricStage, *, begins: bool, until: date
) -> list[Entry]:
    """What the row states of one stage; the next begins on `until`."""
    last = until == date.max
    entries: list[Entry] = []
    if begins:
        entries.append((stage.started_on, lambda: _begin(recorder, code, stage)))
    if stage.acknowledged_on is not None:
        entries.append((stage.acknowledged_on, lambda: _acknowledge(recorder, code, stage)))
    if stage.extended_to is not None:
        notified_on = stage.extension_told_on or stage.responded_on or stage.started_on
        entries.append((notified_on, lambda: _extend(recorder, code, stage, notified_on)))
    if (refused := _refused_on(recorder.book, row, code, stage, last=last)) is not None:
        ends = row.closed_on == refused if last else refused <= until and stage.closed_on in {None, refused}
        entries.append((refused, lambda: _refuse(recorder, row, code, refused, ends=ends)))
    elif stage.responded_on is not None:
        entries.append((stage.responded_on, lambda: _respond(recorder, code, stage)))
    if stage.closed_on is not None:
        entries.append((stage.closed_on, lambda: _close_meanwhile(recorder, stage)))
    return entries


def _refused_on(book: Rulebook, row: HistoricCase, code: str, stage: HistoricStage, *, last: bool) -> date | None:
    """The day on which a stage was answered by a refusal, as a request is; None: it was not, or by this rulebook it is no answer.

    Where the row states no more than that the case was refused and closed, the refusal was on the day of the closing.
    """
    if _refusal(book, code) is None:
        return None
    if stage.outcome is Outcome.REFUSED:
        return stage.responded_on
    wholly = last and row.outcome is Outcome.REFUSED and stage.responded_on is None
    return row.closed_on if wholly else None


def _refusal(book: Rulebook, stage: str) -> Step | None:
    """The step at a stage by which a refusal is itself the answer."""
    answers = (step for step in book.steps if step.effect is Effect.REFUSE and step.answers)
    return next((s for s in answers if any(_of_stage(book, name, stage) for name in s.from_)), None)


def _begin(recorder: Recorder, code: str, stage: HistoricStage) -> None:
    book = recorder.book
    state = _entry_state(book, code)
    recorder.emit(
        e.CaseEscalated,
        recorder.moved(state, stage.started_on),
        step=IMPORTED,
        on=stage.started_on,
        marks=_entry_marks(book, code),
        enters=code,
        due_on=stage.due_on,
    )


def _acknowledge(recorder: Recorder, code: str, stage: HistoricStage) -> None:
    day = stage.acknowledged_on
    assert day is not None
    state, marks = _landing(recorder, Effect.ACKNOWLEDGE, code)
    recorder.emit(
        e.CaseAcknowledged,
        recorder.moved(state, day),
        step=IMPORTED,
        on=day,
        marks=marks or ("acknowledged",),
    )


def _extend(recorder: Recorder, code: str, stage: HistoricStage, notified_on: date) -> None:
    """An extension counts when it was notified, and before the deadline was over."""
    clock = recorder.book.clock_kind(code, "response")
    visit = recorder.case.visit
    if clock is None or visit is None or stage.extended_to is None:
        return
    due = read(clock, visit, recorder.book, recorder.register).due
    counts = stage.extension_told_on is not None and (due is None or notified_on <= due)
    units = 0
    if due is not None and stage.extended_to > due:
        try:
            units = units_between(clock, due, stage.extended_to, recorder.register)
        except CalendarError:
            counts = False
    recorder.emit(
        e.CaseExtended,
        step=IMPORTED,
        on=notified_on,
        clock=clock.id,
        to=stage.extended_to,
        units=units,
        counts=counts,
    )


def _respond(recorder: Recorder, code: str, stage: HistoricStage) -> None:
    day = stage.responded_on
    assert day is not None
    state, marks = _landing(recorder, Effect.RESPOND, code)
    recorder.emit(
        e.CaseResponded,
        recorder.moved(state, day),
        step=IMPORTED,
        on=day,
        marks=marks or ("responded",),
        outcome=stage.outcome,
    )


def _refuse(recorder: Recorder, row: HistoricCase, code: str, day: date, *, ends: bool) -> None:
    """A refusal that is itself the answer. It closes the case, unless the row states that it was closed on another day."""
    step = _refusal(recorder.book, code)
    assert step is not None, "asked only where there is one"
    state = step.target(code) if ends else _landing(recorder, Effect.RESPOND, code)[0]
    recorder.emit(
        e.CaseRefused,
        recorder.moved(state or recorder.case.state, day),
        step=IMPORTED,
        on=day,
        marks=step.marks,
        answers=True,
        refusal_reason=row.refusal_reason or UNKNOWN,
        outcome=Outcome.REFUSED,
    )


def _close_meanwhile(recorder: Recorder, stage: HistoricStage) -> None:
    day = stage.closed_on
    assert day is not None
    if recorder.case.is_open:
        recorder.emit(e.CaseClosed, recorder.moved(recorder.book.ends()[0], day), step=IMPORTED, on=day)


def _close(recorder: Recorder, row: HistoricCase) -> None:
    day, case = row.closed_on, recorder.case
    assert day is not None
    if not case.is_open and row.outcome in {None, case.facts.outcome}:
        return  # its refusal closed it
    recorder.emit(
        e.CaseClosed,
        recorder.moved(recorder.book.ends()[0], day),
        step=IMPORTED,
        on=day,
        outcome=row.outcome,
        stated=row.outcome is not None,
    )


def _landing(recorder: Recorder, effect: Effect, stage: str) -> tuple[str, tuple[str, ...]]:
    """Where the rulebook's step of an effect leads a case at that stage, and its marks; where it is, if there is none."""
    book = recorder.book
    for step in book.steps:
        if step.effect is not effect or (step.stages and stage not in step.stages):
            continue
        target = step.target(stage)
        found = book.state(target) if target else None
        if found is not None and found.stage == stage:
            return found.id, step.marks
        if target is None and any(_of_stage(book, name, stage) for name in step.from_):
            return recorder.case.state, step.marks
    return recorder.case.state, ()


def _of_stage(book: Rulebook, state: str, stage: str) -> bool:
    found = book.state(state)
    return found is not None and found.stage == stage


def _entry_state(book: Rulebook, stage: str) -> str:
    """The state in which the stage begins: the opening, else where the step leads that begins it."""
    if _of_stage(book, book.opening.state, stage):
        return book.opening.state
    targets = [s.to for s in book.steps if s.effect is Effect.ESCALATE and isinstance(s.to, str)]
    return next((t for t in targets if _of_stage(book, t, stage)), None) or next(
        state.id for state in book.states if state.stage == stage
    )


def _entry_marks(book: Rulebook, stage: str) -> tuple[str, ...]:
    if _of_stage(book, book.opening.state, stage):
        return book.opening.marks
    for step in book.steps:
        if step.effect is Effect.ESCALATE and isinstance(step.to, str) and _of_stage(book, step.to, stage):
            return step.marks
    return book.opening.marks
