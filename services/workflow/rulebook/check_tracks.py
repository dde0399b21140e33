"""What must hold of the tracks of a rulebook, and of the steps that begin their runs, move them and carry them along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.workflow.rulebook.fault import Fault, Place
from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.events.codes import Status

_OF_RUNS: Final = frozenset(
    {
        Effect.ACKNOWLEDGE,
        Effect.ASSIGN,
        Effect.EXTEND,
        Effect.RESPOND,
        Effect.MILESTONE,
        Effect.OMBUDSMAN_DECISION,
    }
)
"""The effects that a step of a run may have."""


def check_tracks(book: Rulebook) -> Iterator[Fault]:
    """Faults of tracks; none of a rulebook without any."""
    tracks = {track.id for track in book.tracks}
    for i, stage in enumerate(book.stages):
        if stage.track is not None and stage.track not in tracks:
            listed = ", ".join(sorted(tracks)) or "none"
            yield Fault("unknown-track", ("stages", i, "track"), f"there is no track {stage.track!r}: {listed}")
    for i, track in enumerate(book.tracks):
        stages = [stage.id for stage in book.stages if stage.track == track.id]
        if len(stages) != 1:
            yield Fault("track-stage", ("tracks", i), f"a track has one stage, and {track.id!r} has {len(stages)}")
        if not any(book.track_of(step.begins) == track.id for step in book.steps if step.begins):
            yield Fault("track-never-begins", ("tracks", i), f"no step begins a run of {track.id!r}")
    if book.track_of(book.opening.state) is not None:
        yield Fault("bad-opening", ("opening", "state"), "a case begins in the procedure, not in a track")
    for i, step in enumerate(book.steps):
        yield from _step(book, step, ("steps", i))


def _step(book: Rulebook, step: Step, place: Place) -> Iterator[Fault]:
    track = book.of_track(step)
    from_ = {book.track_of(name) for name in step.from_}
    if len(from_) > 1:
        yield Fault("from-mixed", (*place, "from"), "a step is of the procedure or of one track, not of several")
    if any(book.state(name) and book.track_of(name) != track for name in step.targets):
        yield Fault("to-elsewhere", (*place, "to"), "a step leads to states of its own procedure or track")
    if track is not None and step.effect not in _OF_RUNS:
        listed = ", ".join(sorted(_OF_RUNS))
        yield Fault("not-of-a-run", (*place, "effect"), f"a run of a track may: {listed}")
    if step.effect is Effect.BEGIN and step.begins is None:
        yield Fault("begins-nothing", place, "name in begins the state in which the run begins")
    if step.begins is not None:
        yield from _begins(book, step, step.begins, place)
    if step.carries is not None and book.state(step.carries.to) and book.track_of(step.carries.to) is None:
        yield Fault("carries-nothing", (*place, "carries"), "only runs of a track can be carried along")
    if step.decisions and step.effect is not Effect.OMBUDSMAN_DECISION:
        yield Fault("decisions-without-decision", (*place, "decisions"), "only a decision of the Ombudsman has them")
    if (step.effect is Effect.UNMERGE) != ("@merged" in step.from_ and step.effect is not Effect.NOTE):
        yield Fault("bad-merged", (*place, "from"), "a merged case can be un-merged or written a note on, no more")


def _begins(book: Rulebook, step: Step, state: str, place: Place) -> Iterator[Fault]:
    found = book.state(state)
    if step.effect not in {Effect.BEGIN, Effect.REFER}:
        yield Fault("begins-by-the-way", (*place, "begins"), f"a step with the effect {step.effect} begins no run")
    if found is not None and (book.track_of(state) is None or found.status is Status.CLOSED):
        yield Fault("bad-begin", (*place, "begins"), "a run begins in an open state of a track")
