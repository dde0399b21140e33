"""What ran in parallel with the procedure, by track: begun, ended, and whether what was due was done. No track is known by name."""

from __future__ import annotations

from datetime import date

from services.reporting.measures.cells import Cells, add
from shared.events.codes import Timeliness
from shared.events.facts import CaseFacts, TrackFact


def count_tracks(cells: Cells, facts: CaseFacts) -> None:
    """Each run of each track, in the months in which it began, ended and was due."""
    for run in facts.tracks:
        track, kind = run.track, {"kind": run.kind or "none"}
        add(cells, run.began_on, "track-begun", facts.procedure, kind, track=track)
        if run.ended_on is not None:
            state, how = {"state": run.state}, {"timeliness": run.timeliness or "no-timescale"}
            add(cells, run.ended_on, "track-ended", facts.procedure, state, how, kind, track=track)
        due = run.extended_to or run.due_on
        if due is not None:
            went = {"how": _how(run, due)}
            add(cells, due, "track-due", facts.procedure, went, kind, {**kind, **went}, track=track)


def _how(run: TrackFact, due: date) -> str:
    """How a deadline was met: by the timeliness of the run's own clock where it has one, else by the days."""
    if run.done_on is None:
        return "awaited" if run.ended_on is None else "not-done"
    late = run.done_on > due if run.timeliness is None else run.timeliness is Timeliness.LATE
    return "late" if late else "in-time"
