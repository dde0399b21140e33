"""What ran in parallel with an imported case: referrals to the Ombudsman and remedies, as runs of tracks, as of live cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any, Final

from services.workflow.case.model import Run
from services.workflow.case.recorder import Recorder
from services.workflow.rulebook.choose import NoRulebook
from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.events import cases as e
from shared.events.codes import Status
from shared.events.facts import OmbudsmanFact
from shared.events.historic import HistoricCase, HistoricOmbudsman, HistoricRemedy

IMPORTED: Final = "imported"
Entry = tuple[date, Callable[[], None]]
"""What happened on a day, and how it is recorded."""

RECOMMENDED: Final = "ombudsman-remedy"
OWN: Final = "remedy"
"""The tracks of the two kinds of remedy that a row has. A row's columns are fixed, so that their tracks are named once, here."""


def track_entries(recorder: Recorder, row: HistoricCase) -> list[Entry]:
    """The entries of a row's referrals and remedies; those of one day stand in the order of the procedure.

    Raises:
        NoRulebook: the row has remedies, and the case's rulebook has none.
    """
    entries: list[Entry] = []
    # Numbered as they come, as live ones are: the first to begin is the first.
    for number, referral in enumerate(sorted(row.ombudsman, key=lambda o: o.received_on), 1):
        entries.append((referral.received_on, partial(_refer, recorder, number, referral)))
        if referral.decided_on is not None:
            entries.append((referral.decided_on, partial(_decide, recorder, number, referral)))
    recommended = [(o.recommended_on(r), r) for o in row.ombudsman for r in o.remedies]
    own = [(day, r) for r in row.remedies if (day := row.agreed_on(r)) is not None]
    for track, remedies in ((RECOMMENDED, recommended), (OWN, own)):
        for number, (day, remedy) in enumerate(sorted(remedies, key=lambda found: found[0]), 1):
            entries += _remedy(recorder, track, number, day, remedy)
    for number, referral in enumerate(sorted(row.ombudsman, key=lambda o: o.received_on), 1):
        if (day := _concluded_on(row, referral)) is not None:
            entries.append((day, partial(_conclude, recorder, number, day)))
    return entries


def _concluded_on(row: HistoricCase, referral: HistoricOmbudsman) -> date | None:
    """The day on which nothing of a decided referral was left to do: that of its decision, or of the end of its last remedy.

    None while a remedy is under way; and of an open case without remedies, which may still be recorded.
    """
    ends = [remedy.ended_on for remedy in referral.remedies]
    if referral.decided_on is None or None in ends or (not ends and row.closed_on is None):
        return None
    return max((day for day in ends if day is not None), default=referral.decided_on)


def _refer(recorder: Recorder, number: int, referral: HistoricOmbudsman) -> None:
    facts, day = recorder.case.facts, referral.received_on
    fact = OmbudsmanFact(number=number, reference=referral.reference, received_on=day)
    step = next((s for s in recorder.book.steps if s.effect is Effect.REFER), None)
    data: dict[str, Any] = _imported_step(recorder, step, day) if step else {"step": IMPORTED, "on": day}
    if (at := data.get("run")) is not None:
        data["run"] = at.model_copy(update={"number": number})
    data["facts"] = facts.model_copy(update={"ombudsman": (*facts.ombudsman, fact)})
    recorder.emit(e.OmbudsmanReferred, number=number, **data)


def _decide(recorder: Recorder, number: int, referral: HistoricOmbudsman) -> None:
    facts, day, decision = recorder.case.facts, referral.decided_on, referral.decision
    assert day is not None
    assert decision is not None, "a row has both or none"
    found = _deciding(recorder.book, referral)
    run = recorder.case.run(found[0], number) if found else None
    data = _imported_step(recorder, found[1], day, run) if found and run else {"step": IMPORTED, "on": day}
    changes = {
        "decided_on": day,
        "decision": decision,
        "satisfactory_remedy": referral.satisfactory_remedy,
    }
    all_ = tuple(o.model_copy(update=changes) if o.number == number else o for o in facts.ombudsman)
    data["facts"] = facts.model_copy(update={"ombudsman": all_})
    recorder.emit(e.OmbudsmanDecided, number=number, decision=decision, **data)


def _deciding(book: Rulebook, referral: HistoricOmbudsman) -> tuple[str, Step] | None:
    """The track of referrals, and the step of it that records the decision; None where the rulebook has no such track."""
    for step in book.steps:
        track = book.of_track(step)
        if track and step.effect is Effect.OMBUDSMAN_DECISION and referral.decision in step.decisions:
            return track, step
    return None


def _conclude(recorder: Recorder, number: int, day: date) -> None:
    refers = next((s.begins for s in recorder.book.steps if s.effect is Effect.REFER), None)
    track = recorder.book.track_of(refers) if refers else None
    run = recorder.case.run(track, number) if track else None
    if run is not None and run.ended_on is None:
        _end(recorder, run, Effect.MILESTONE, day)


def _remedy(recorder: Recorder, track: str, number: int, agreed_on: date, remedy: HistoricRemedy) -> Iterator[Entry]:
    book = recorder.book
    step = next(
        (s for s in book.steps if s.effect is Effect.BEGIN and s.begins and book.track_of(s.begins) == track),
        None,
    )
    if step is None:
        raise NoRulebook(f"rulebook {book.id} has nothing to record a remedy in (track {track})")
    yield agreed_on, partial(_agree, recorder, step, agreed_on, remedy)
    for day, effect in ((remedy.done_on, Effect.RESPOND), (remedy.not_done_on, Effect.MILESTONE)):
        if day is not None:
            yield day, partial(_ended, recorder, track, number, effect, day)


def _agree(recorder: Recorder, step: Step, day: date, remedy: HistoricRemedy) -> None:
    data = _imported_step(recorder, step, day, kind=remedy.kind)
    recorder.emit(e.TrackBegun, **data)
    at: e.RunAt = data["run"]
    clock = recorder.book.clock_kind(at.stage, "response")
    if clock is not None and clock.fixed is None:
        # The period is named case by case, so the first day that is given is the deadline itself.
        named: dict[str, Any] = {"clock": clock.id, "to": remedy.due_on, "units": 0, "counts": True}
        recorder.emit(e.CaseExtended, step=IMPORTED, on=day, run=at, **named)


def _ended(recorder: Recorder, track: str, number: int, effect: Effect, day: date) -> None:
    run = recorder.case.run(track, number)
    assert run is not None, "it ends after it began"
    _end(recorder, run, effect, day)


def _end(recorder: Recorder, run: Run, effect: Effect, day: date) -> None:
    """Bring a run to its end on one day, by the shortest path whose last step has the effect."""
    for step in _path_to_end(recorder.book, run.state, effect):
        type_ = e.CaseResponded if step.effect is Effect.RESPOND else e.MilestoneReached
        recorder.emit(type_, **_imported_step(recorder, step, day, recorder.case.run(run.track, run.number)))


def _path_to_end(book: Rulebook, state: str, effect: Effect) -> tuple[Step, ...]:
    """The shortest path from a state of a track to an end of it, its last step of the effect; empty where there is none."""
    paths: list[tuple[str, tuple[Step, ...]]] = [(state, ())]
    seen = {state}
    for at, path in paths:
        for step in book.steps:
            target = step.to
            if at not in step.from_ or not isinstance(target, str):
                continue
            found = book.state(target)
            if found is not None and found.status is Status.CLOSED:
                if step.effect is effect:
                    return (*path, step)
            elif target not in seen and step.effect in {Effect.MILESTONE, Effect.RESPOND}:
                seen.add(target)
                paths.append((target, (*path, step)))
    return ()


def _imported_step(recorder: Recorder, step: Step, on: date, run: Run | None = None, kind: str | None = None) -> dict[str, Any]:
    """The event data of a step of the rulebook, recorded as imported."""
    return {**recorder.transition(step, on, run, kind), "step": IMPORTED}
