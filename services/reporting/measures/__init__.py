"""What a case and a learning decision count for, in which month: pure functions of their facts.

Since an event carries the facts before and after, an aggregate is `cells += measure(after) - measure(before)`:
corrections, re-openings and withdrawals are exact, and nothing is ever looked up.
"""

from __future__ import annotations

from services.reporting.measures.cells import Cell, Cells, difference
from services.reporting.measures.cohorts import count_closed, count_merged, count_received
from services.reporting.measures.definitions import MEASURES_VERSION
from services.reporting.measures.lessons import measure_lesson
from services.reporting.measures.ombudsman import count_ombudsman
from services.reporting.measures.placing import can_be, placed, set_aside
from services.reporting.measures.stages import count_stages
from services.reporting.measures.stock import count_stock
from services.reporting.measures.tracks import count_tracks
from shared.events.facts import CaseFacts

__all__ = [
    "MEASURES_VERSION",
    "Cell",
    "Cells",
    "difference",
    "measure",
    "measure_lesson",
]


def measure(facts: CaseFacts | None) -> Cells:
    """The cells of one case at one version of it; nothing for None. Pure.

    A case with days that no report can have is set aside whole. One that is merged into another counts there: here it leaves one
    cell family, which counts that it was merged.
    """
    cells: Cells = {}
    if facts is None:
        return cells
    if not all(map(can_be, facts.openings)):
        # Before anything is counted: a case that was open for thousands of years has a cell in each of their months.
        return set_aside(facts.procedure, facts.kind)
    if facts.merged:
        count_merged(cells, facts)
        return placed(cells, facts.procedure, facts.kind)
    for count in (count_received, count_closed, count_stages, count_ombudsman, count_tracks, count_stock):
        count(cells, facts)
    return placed(cells, facts.procedure, facts.kind)
