"""A case's reporting facts: what its events record, and what follows from them by its rulebook and the calendar."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar, cast

from services.workflow.case.clocks.reading import Reading, read
from services.workflow.case.model import Case, Run, Visit
from services.workflow.rulebook.model import Rulebook
from shared.calendar.holidays import HolidayRegister
from shared.events.codes import Outcome
from shared.events.facts import CaseFacts, StageFact, TrackFact

_FOUND = {Outcome.UPHELD, Outcome.PARTLY_UPHELD}
P = TypeVar("P", Visit, Run)
F = TypeVar("F", StageFact, TrackFact)


def overall(findings: Iterable[Outcome]) -> Outcome | None:
    """The outcome that follows from the findings on the elements; None of no findings.

    Any upheld and none not upheld: upheld. A mix: partly upheld. None upheld: not upheld. An element that is itself partly
    upheld is a mix. Elements without a finding of fault or of none (withdrawn, resolved, no finding) count only where
    there are no others; they give what they all are, else no finding.
    """
    all_ = list(findings)
    if not all_:
        return None
    found = [f for f in all_ if f in _FOUND]
    not_upheld = Outcome.NOT_UPHELD in all_
    if found:
        mixed = not_upheld or Outcome.PARTLY_UPHELD in found
        return Outcome.PARTLY_UPHELD if mixed else Outcome.UPHELD
    if not_upheld:
        return Outcome.NOT_UPHELD
    return all_[0] if len(set(all_)) == 1 else Outcome.NO_FINDING


def stage_outcome(case: Case) -> Outcome | None:
    """The outcome of the stage that the case is at, from the findings made there."""
    at = len(case.visits) - 1
    return overall(found for el in case.points if (found := el.finding(at)) is not None)


Known = dict[int, tuple[object, Rulebook, StageFact | TrackFact]]
"""What has been worked out of a visit or run in one decision, by its identity; it is kept so that it stays unique."""


def refreshed(case: Case, book: Rulebook, register: HolidayRegister, known: Known | None = None) -> CaseFacts:
    """The case's facts with everything that follows from its history worked out: stages, deadlines, timeliness, outcome."""
    cache: Known = {} if known is None else known

    def worked_out(part: P, how: Callable[[P, Rulebook, HolidayRegister], F]) -> F:
        if id(part) not in cache or cache[id(part)][1] is not book:
            cache[id(part)] = (part, book, how(part, book, register))
        return cast("F", cache[id(part)][2])

    earlier = case.facts.stages
    stages = tuple(
        _kept(worked_out(visit, _stage), earlier[n] if n < len(earlier) else None, over=n < len(case.visits) - 1)
        for n, visit in enumerate(case.visits)
    )
    before = {(t.track, t.number): t for t in case.facts.tracks}
    tracks = tuple(_kept_run(worked_out(run, _track), before.get((run.track, run.number))) for run in case.runs)
    last = next((s for s in reversed(stages) if s.responded_on is not None), None)
    found = next((s.outcome for s in reversed(stages) if s.outcome is not None), None)
    return case.facts.model_copy(
        update={
            "stages": stages,
            "tracks": tracks,
            "stage": case.visit.stage if case.visit else None,
            # What a stage found is not undone by how the case ended afterwards.
            "outcome": case.stated or found or case.ended,
            "timeliness": last.timeliness if last else None,
        }
    )


def _kept(stage: StageFact, before: StageFact | None, *, over: bool) -> StageFact:
    """What was published of a clock that has stopped stays: a holiday announced later moves open clocks only."""
    if before is None or (before.stage, before.started_on) != (stage.stage, stage.started_on):
        return stage
    if over:
        return before
    kept: dict[str, object] = {}
    if stage.acknowledged_on is not None and stage.acknowledged_on == before.acknowledged_on:
        kept["acknowledgement_due_on"] = before.acknowledgement_due_on
    if stage.responded_on is not None and stage.responded_on == before.responded_on:
        kept |= {"due_on": before.due_on, "extended_to": before.extended_to}
        kept["timeliness"] = before.timeliness
    return stage.model_copy(update=kept)


def _kept_run(fact: TrackFact, before: TrackFact | None) -> TrackFact:
    """What was published of a run that is over stays, and of the clock of one that was answered, as of a stage's."""
    if before is not None and before.ended_on is not None and before.ended_on == fact.ended_on:
        return before
    if before is None or fact.done_on is None or fact.done_on != before.done_on:
        return fact
    kept = {name: getattr(before, name) for name in ("due_on", "extended_to", "timeliness")}
    return fact.model_copy(update=kept)


def _track(run: Run, book: Rulebook, register: HolidayRegister) -> TrackFact:
    respond = _reading(book, run.visit, "response", register)
    done_on = run.visit.responded_on
    return TrackFact(
        track=run.track,
        number=run.number,
        kind=run.kind,
        state=run.state,
        began_on=run.visit.started_on,
        ended_on=run.ended_on,
        due_on=respond.standard_due if respond else None,
        extended_to=respond.extended_to if respond else None,
        done_on=done_on,
        timeliness=respond.timeliness if respond and done_on is not None else None,
    )


def _stage(visit: Visit, book: Rulebook, register: HolidayRegister) -> StageFact:
    acknowledge = _reading(book, visit, "acknowledgement", register)
    respond = _reading(book, visit, "response", register)
    return StageFact(
        stage=visit.stage,
        started_on=visit.started_on,
        acknowledged_on=visit.acknowledged_on,
        acknowledgement_due_on=acknowledge.due if acknowledge else None,
        due_on=respond.standard_due if respond else visit.due_on,
        extended_to=respond.extended_to if respond else None,
        responded_on=visit.responded_on,
        outcome=visit.outcome,
        timeliness=respond.timeliness if respond and visit.responded_on is not None else None,
    )


def _reading(book: Rulebook, visit: Visit, kind: str, register: HolidayRegister) -> Reading | None:
    clock = book.clock_kind(visit.stage, kind)
    return read(clock, visit, book, register) if clock else None
