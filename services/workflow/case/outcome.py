"""What is published on `outcomes` about a case, worked out from its facts alone."""

from __future__ import annotations

from uuid import UUID, uuid5

from services.workflow.case.model import Published
from shared.events.codes import Status
from shared.events.facts import CaseFacts
from shared.events.outcomes import (
    OmbudsmanOutcome,
    OutcomeCorrected,
    OutcomeEvent,
    OutcomeRecorded,
    OutcomeStatement,
    OutcomeWithdrawn,
    StageOutcome,
    TrackOutcome,
)

_OUTCOME = UUID("0c0ff7a3-5a3f-5a52-8d0f-3a9cf53e0f24")


def statement(facts: CaseFacts) -> OutcomeStatement | None:
    """What can be stated of a case; None while nothing came out of it: no response, no closure, no decision.

    Of the runs of its tracks only those that ended are stated, and they do not make a statement by themselves.

    None too of a case that is merged into another: what comes out of the matter is stated of that one.
    """
    if facts.merged:
        return None
    stages = tuple(
        StageOutcome(stage=s.stage, responded_on=s.responded_on, outcome=s.outcome, timeliness=s.timeliness)
        for s in facts.stages
        if s.responded_on is not None
    )
    ombudsman = tuple(
        OmbudsmanOutcome(number=o.number, decided_on=o.decided_on, decision=o.decision)
        for o in facts.ombudsman
        if o.decided_on is not None and o.decision is not None
    )
    if facts.status is Status.OPEN and facts.outcome is None and not stages and not ombudsman:
        return None
    ended = [t for t in facts.tracks if t.ended_on is not None]
    tracks = tuple(TrackOutcome.model_validate(t.model_dump()) for t in ended)
    codes = {name: getattr(facts, name) for name in OutcomeStatement.model_fields if hasattr(facts, name)}
    return OutcomeStatement(**{**codes, "stages": stages, "ombudsman": ombudsman, "tracks": tracks})


def next_outcome(published: Published, facts: CaseFacts, case_id: UUID, case_version: int) -> tuple[OutcomeEvent | None, Published]:
    """The outcome event that a new version of the case calls for, if any, and what is published with it."""
    now, before = statement(facts), published.statement
    if now == before:
        return None, published
    sequence = published.sequence + 1
    common = {
        "outcome_id": uuid5(_OUTCOME, f"{case_id}:{sequence}"),
        "case_id": case_id,
        "sequence": sequence,
        "case_version": case_version,
    }
    event: OutcomeEvent
    if now is None:
        event = OutcomeWithdrawn(**common, corrects=published.sequence)
    elif before is None or _adds(before, now):
        event = OutcomeRecorded(**common, statement=now)
    else:
        event = OutcomeCorrected(**common, corrects=published.sequence, statement=now)
    return event, Published(sequence=sequence, statement=now)


def _adds(before: OutcomeStatement, now: OutcomeStatement) -> bool:
    """Whether everything stated before still holds.

    The overall outcome and timeliness are those of the last stage, so a further stage moves them.
    """
    further = len(now.stages) > len(before.stages)
    moves = {"outcome", "timeliness"} if further else set()
    for name in OutcomeStatement.model_fields:
        was, is_ = getattr(before, name), getattr(now, name)
        if name in {"stages", "ombudsman", "tracks"}:
            if any(one not in is_ for one in was):
                return False
        elif was is not None and was != is_ and name not in moves:
            return False
    return True
