"""What happened at each stage: begun, acknowledged, responded to, with its outcome and whether in time.

A stage counts by its code, so that the stages of requests and letters never stand in a complaint's figure.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from services.reporting.measures.cells import Cells, add
from shared.events.codes import Kind
from shared.events.facts import UNKNOWN, CaseFacts, StageFact
from shared.taxonomy import load

REQUEST_STAGES: Final = frozenset(term.code for term in load("stages").terms if term.kind is Kind.ENQUIRY)
"""The stages of information requests and of letters, by the list of stages. What an enquiry does elsewhere, as under the
rulebook for feedback, is no stage that any figure asks for."""


def count_stages(cells: Cells, facts: CaseFacts) -> None:
    """Stages of complaints, information requests and letters; each count in the month of its own day."""
    counted = _counted(facts)
    for number, stage in enumerate(counted):
        add(cells, stage.started_on, "stage-started", facts.procedure, stage=stage.stage)
        following = counted[number + 1].started_on if number + 1 < len(counted) else facts.closed_on
        _acknowledgement(cells, facts.procedure, stage, stage.responded_on or following)
        _response(cells, facts.procedure, stage)


def _counted(facts: CaseFacts) -> tuple[StageFact, ...]:
    if facts.kind is Kind.COMPLAINT:
        return facts.stages
    if facts.kind is Kind.ENQUIRY:
        return tuple(stage for stage in facts.stages if stage.stage in REQUEST_STAGES)
    return ()


def _acknowledgement(cells: Cells, procedure: str, stage: StageFact, ended_on: date | None) -> None:
    """`ended_on` is when the stage was answered, left or closed. Without an acknowledgement it is late if that was after the
    deadline, and none was needed if not."""
    due, sent = stage.acknowledgement_due_on, stage.acknowledged_on
    if due is None:
        return
    if sent is not None:
        how = "in-time" if sent <= due else "late"
    elif ended_on is None:
        how = "awaited"
    else:
        how = "late" if ended_on > due else "not-needed"
    add(cells, due, "acknowledgement", procedure, {"acknowledged": how}, stage=stage.stage)


def _response(cells: Cells, procedure: str, stage: StageFact) -> None:
    if stage.responded_on is None:
        return
    on, days = stage.responded_on, (stage.responded_on - stage.started_on).days
    how, outcome = stage.timeliness or "no-timescale", stage.outcome or UNKNOWN
    add(cells, on, "stage-responded", procedure, {"timeliness": how}, {"outcome": outcome}, stage=stage.stage)
    add(cells, on, "stage-days", procedure, stage=stage.stage, days=str(days))
