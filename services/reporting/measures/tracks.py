"""What ran in parallel with the procedure, by track: begun, ended, and whether what was due was done. No track is known by name."""

from __future__ import annotations

from datetime import date

from services.reporting.measures.cells import Cells, add
from shared.calendar.london import financial_year
from shared.events.codes import Timeliness
from shared.events.facts import CaseFacts, TrackFact


def count_tracks(cells: Cells, facts: CaseFacts) -> None:
    """Each run of each track, in the financial years in which it began, ended and was due."""
    for run in facts.tracks:
        track, kind = f"track={run.track}", f"kind={run.kind or 'none'}"
        _count(cells, run.began_on, f"track-begun|{facts.procedure}", track, kind)
        if run.ended_on is not None:
            how_long = f"timeliness={run.timeliness or 'no-timescale'}"
            _count(
                cells,
                run.ended_on,
                f"track-ended|{facts.procedure}",
                track,
                f"state={run.state}",
                how_long,
                kind,
            )
        due = run.extended_to or run.due_on
        if due is not None:
            how = f"how={_how(run, due)}"
            _count(cells, due, f"track-due|{facts.procedure}", track, how, kind, f"{kind}|{how}")


def _count(cells: Cells, day: date, base: str, track: str, *marginals: str) -> None:
    year = financial_year(day)
    add(cells, year, f"{base}|{track}")
    for marginal in marginals:
        add(cells, year, f"{base}|{track}|{marginal}")


def _how(run: TrackFact, due: date) -> str:
    """How a deadline was met: by the run's own clock where that says so, else by the days."""
    if run.done_on is None:
        return "awaited" if run.ended_on is None else "not-done"
    late = run.done_on > due if run.timeliness is None else run.timeliness is Timeliness.LATE
    return "late" if late else "in-time"
