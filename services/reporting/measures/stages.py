"""What happened at each stage: begun, acknowledged, responded to, with its outcome and whether in time.

A stage counts by its code, so that the stages of requests and letters never stand in a complaint's figure.
"""

from __future__ import annotations

from typing import Final

from services.reporting.measures.cells import Cells, add
from shared.calendar.london import financial_year
from shared.events.codes import Kind
from shared.events.facts import UNKNOWN, CaseFacts, StageFact
from shared.taxonomy import load

REQUEST_STAGES: Final = frozenset(term.code for term in load("stages").terms if term.kind is Kind.ENQUIRY)
"""The stages of information requests and of letters, by the list of stages. What an enquiry does elsewhere, as under the
rulebook for feedback, is no stage that any figure asks for."""


def count_stages(cells: Cells, facts: CaseFacts) -> None:
    """Stages of complaints, information requests and letters; each count in the financial year of its own day."""
    for stage in _counted(facts):
        add(cells, financial_year(stage.started_on), f"stage-started|{facts.procedure}|stage={stage.stage}")
        _acknowledgement(cells, facts.procedure, stage)
        _response(cells, facts.procedure, stage)


def _counted(facts: CaseFacts) -> tuple[StageFact, ...]:
    if facts.kind is Kind.COMPLAINT:
        return facts.stages
    if facts.kind is Kind.ENQUIRY:
        return tuple(stage for stage in facts.stages if stage.stage in REQUEST_STAGES)
    return ()


def _acknowledgement(cells: Cells, procedure: str, stage: StageFact) -> None:
    if stage.acknowledgement_due_on is None:
        return
    if stage.acknowledged_on is None:
        how = "awaited"
    elif stage.acknowledged_on <= stage.acknowledgement_due_on:
        how = "in-time"
    else:
        how = "late"
    year = financial_year(stage.acknowledgement_due_on)
    add(cells, year, f"acknowledgement|{procedure}|stage={stage.stage}")
    add(cells, year, f"acknowledgement|{procedure}|stage={stage.stage}|acknowledged={how}")


def _response(cells: Cells, procedure: str, stage: StageFact) -> None:
    if stage.responded_on is None:
        return
    year = financial_year(stage.responded_on)
    base = f"stage-responded|{procedure}|stage={stage.stage}"
    add(cells, year, base)
    add(cells, year, f"{base}|timeliness={stage.timeliness or 'no-timescale'}")
    add(cells, year, f"{base}|outcome={stage.outcome or UNKNOWN}")
    days = (stage.responded_on - stage.started_on).days
    if days:
        add(cells, year, f"stage-days|{procedure}|stage={stage.stage}", days)
