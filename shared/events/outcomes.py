"""The public contract: outcomes of cases and their corrections. Codes, dates, whole numbers and ids only, by construction.

A subscriber keeps, of each case, the event with the highest `sequence`: each carries the whole statement, so a missed
or repeated one does no harm. `outcomes.latest` holds just that one.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.events.codes import Channel, Code, Kind, OmbudsmanDecision, Outcome, Provenance, Timeliness
from shared.events.envelope import Event


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class StageOutcome(_Part):
    """The outcome of one stage that was responded to."""

    stage: Code
    responded_on: date
    outcome: Outcome | None = None
    timeliness: Timeliness | None = None


class OmbudsmanOutcome(_Part):
    """The Ombudsman's decision on one referral."""

    number: int
    decided_on: date
    decision: OmbudsmanDecision


class TrackOutcome(_Part):
    """What came of one run of a track that ended: a remedy, another body's part, a public-interest report.

    `due_on` or, where an extension was notified in time, `extended_to` is when it was to be done, in London days. One that ended
    without `done_on` was not done: a remedy that was not complied with.
    """

    track: Code
    number: int
    kind: Code | None = None
    ended_on: date
    due_on: date | None = None
    extended_to: date | None = None
    done_on: date | None = None
    timeliness: Timeliness | None = None


class OutcomeStatement(_Part):
    """Everything stated of a case. `closed_on` is None while it is open. `tracks` are the runs that ended."""

    kind: Kind
    procedure: Code
    rulebook: Code
    service_area: Code
    district: Code
    complainant_type: Code
    channel: Channel
    themes: tuple[Code, ...]
    formal: bool
    statutory: bool
    joint_nhs: bool
    received_on: date
    closed_on: date | None
    outcome: Outcome | None
    timeliness: Timeliness | None
    refusal_reason: Code | None
    stages: tuple[StageOutcome, ...]
    ombudsman: tuple[OmbudsmanOutcome, ...]
    tracks: tuple[TrackOutcome, ...] = ()
    provenance: Provenance


class OutcomeEvent(Event):
    """Base of the outcomes. `sequence` counts a case's outcome events from 1; `case_version` is the case's version it states."""

    outcome_id: UUID
    case_id: UUID
    sequence: int
    case_version: int


class OutcomeRecorded(OutcomeEvent):
    """Something was added: a stage's outcome, the closure, an Ombudsman's decision, a remedy. Nothing stated before changes."""

    type: ClassVar[str] = "redress.outcome.recorded.v1"

    statement: OutcomeStatement


class OutcomeCorrected(OutcomeEvent):
    """Something stated before is otherwise: a code put right, a finding replaced, a case re-opened.

    `corrects` is the sequence of the event it replaces.
    """

    type: ClassVar[str] = "redress.outcome.corrected.v1"

    corrects: int
    statement: OutcomeStatement


class OutcomeWithdrawn(OutcomeEvent):
    """What was stated no longer holds and is not replaced, as when a case moves to another procedure."""

    type: ClassVar[str] = "redress.outcome.withdrawn.v1"

    corrects: int
