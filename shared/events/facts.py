"""A case's reporting facts: codes, dates and numbers; no personal data. Every case event carries them before and after."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from shared.events.codes import (
    Channel,
    Code,
    Kind,
    OmbudsmanDecision,
    OmbudsmanReference,
    Outcome,
    Provenance,
    Status,
    Timeliness,
)

UNKNOWN = "unknown"


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Opening(_Facts):
    """A stretch in which a case was open, in London days. The first begins on receipt; each later one is a re-opening."""

    opened_on: date
    closed_on: date | None = None


class StageFact(_Facts):
    """One stage of a case. `due_on` is the standard deadline of its response, `extended_to` the agreed later one."""

    stage: Code
    started_on: date
    acknowledged_on: date | None = None
    acknowledgement_due_on: date | None = None
    due_on: date | None = None
    extended_to: date | None = None
    responded_on: date | None = None
    outcome: Outcome | None = None
    timeliness: Timeliness | None = None


class OmbudsmanFact(_Facts):
    """One referral to the Ombudsman: when the council was notified of it, and its decision.

    `reference` is the Ombudsman's own. `satisfactory_remedy`: of an upheld one, whether the council had offered a suitable
    remedy before; None: not stated.
    """

    number: int
    reference: OmbudsmanReference | None = None
    received_on: date
    decided_on: date | None = None
    decision: OmbudsmanDecision | None = None
    satisfactory_remedy: bool | None = None


class TrackFact(_Facts):
    """One run of a track: what runs in parallel with the procedure: a referral to the Ombudsman, a remedy, another body's part.

    Runs of a `track` are numbered from 1. `kind` is one of its kinds, such as the type of a remedy. `due_on`, `extended_to`,
    `done_on` and `timeliness` are those of its response clock; one that ended without `done_on` was not done.
    """

    track: Code
    number: int
    kind: Code | None = None
    state: Code
    began_on: date
    ended_on: date | None = None
    due_on: date | None = None
    extended_to: date | None = None
    done_on: date | None = None
    timeliness: Timeliness | None = None


class CaseFacts(_Facts):
    """What reporting needs to know of a case at one version of it.

    `formal` is false for what was resolved outside a formal procedure; `statutory` is true where the procedure is one that
    an Act or regulations require. `timeliness` is that of the last stage that was responded to. `merged` is true while the case
    is merged into another: it is closed then, and counts there and not here.
    """

    kind: Kind
    procedure: Code
    rulebook: Code
    status: Status
    state: Code
    received_on: date
    openings: tuple[Opening, ...]
    channel: Channel
    service_area: Code = UNKNOWN
    district: Code = UNKNOWN
    complainant_type: Code = UNKNOWN
    themes: tuple[Code, ...] = ()
    stage: Code | None = None
    stages: tuple[StageFact, ...] = ()
    outcome: Outcome | None = None
    timeliness: Timeliness | None = None
    refusal_reason: Code | None = None
    formal: bool = True
    statutory: bool = False
    joint_nhs: bool = False
    ombudsman: tuple[OmbudsmanFact, ...] = ()
    tracks: tuple[TrackFact, ...] = ()
    merged: bool = False
    provenance: Provenance = Provenance.LIVE

    @property
    def closed_on(self) -> date | None:
        """The London day of the last closure, or None while the case is open."""
        return self.openings[-1].closed_on


class LessonAction(_Facts):
    """An action agreed from a lesson. `status`: proposed, agreed, in-progress, implemented, verified, not-implemented."""

    action_id: Code
    action_type: Code
    status: Code
    due_on: date | None = None


class LessonFacts(_Facts):
    """What reporting needs to know of the learning decision on a case. `decision`: requested, lesson, no-lesson, withdrawn."""

    procedure: Code
    service_area: Code = UNKNOWN
    district: Code = UNKNOWN
    outcome: Outcome
    requested_on: date
    decision: Code
    decided_on: date | None = None
    tags: tuple[Code, ...] = ()
    actions: tuple[LessonAction, ...] = ()
    provenance: Provenance = Provenance.LIVE
