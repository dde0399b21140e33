"""A case that ended (or is under way) before Redress knew it: the row of `redress import`."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.events.codes import (
    Channel,
    ComplainantType,
    District,
    Kind,
    LearningTag,
    OmbudsmanDecision,
    OmbudsmanReference,
    Outcome,
    Procedure,
    Provenance,
    RefusalReason,
    RemedyType,
    ServiceArea,
    StageCode,
    Theme,
)
from shared.events.facts import UNKNOWN


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HistoricStage(_Row):
    """One stage as it went: the dates are London days. `extended_to` counts only when `extension_told_on` is before it was due.

    `closed_on` is for a case that was closed after this stage and opened again by the next, as by an internal review; the closing
    of the case for good is the case's own.
    """

    stage: StageCode
    started_on: date
    acknowledged_on: date | None = None
    due_on: date | None = None
    extended_to: date | None = None
    extension_told_on: date | None = None
    responded_on: date | None = None
    outcome: Outcome | None = None
    closed_on: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        done = (self.started_on, self.acknowledged_on, self.extension_told_on, self.responded_on)
        if self.closed_on is not None and self.closed_on < (last := max(filter(None, done))):
            raise ValueError(f"closed_on {self.closed_on} is before the last of the stage on {last}")
        for name in ("acknowledged_on", "responded_on", "extension_told_on"):
            day = getattr(self, name)
            if day is not None and day < self.started_on:
                raise ValueError(f"{name} {day} is before the stage started on {self.started_on}")
        if self.extended_to is not None and self.due_on is not None and self.extended_to < self.due_on:
            raise ValueError(f"extended_to {self.extended_to} is before due_on {self.due_on}")
        if self.outcome is not None and self.responded_on is None:
            raise ValueError("an outcome needs responded_on")
        return self


class HistoricRemedy(_Row):
    """What was to be put right, by when, and what became of it: done, not done, or neither: it is still under way.

    `agreed_on` is the day on which it was agreed or recommended. Left out, it is the day of the Ombudsman's decision; of one of
    the council's own the day of the last response, else of the closing. `due_on` is the day that holds: a later one, where it was
    agreed, in place of the first. `done_on` is the day on which it was carried out, and the evidence sent; `not_done_on` the day
    on which the Ombudsman found that it was not complied with, or the council that it cannot be delivered.
    """

    kind: RemedyType
    agreed_on: date | None = None
    due_on: date
    done_on: date | None = None
    not_done_on: date | None = None

    @property
    def ended_on(self) -> date | None:
        """The day on which it was done, or given up."""
        return self.done_on or self.not_done_on

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.done_on is not None and self.not_done_on is not None:
            raise ValueError("it was done on one day or not done on another: done_on and not_done_on exclude each other")
        if self.agreed_on is not None:
            self.check_from(self.agreed_on)
        return self

    def check_from(self, agreed_on: date) -> None:
        """ValueError when something of it is before the day on which it was agreed or recommended."""
        for name in ("due_on", "done_on", "not_done_on"):
            day = getattr(self, name)
            if day is not None and day < agreed_on:
                raise ValueError(f"{name} {day} is before the remedy was agreed or recommended on {agreed_on}")


class HistoricOmbudsman(_Row):
    """One referral to the Ombudsman. `reference` is the Ombudsman's own number of it.

    Of one that was upheld: whether the council had offered a suitable remedy before, and the remedies that were recommended.
    """

    received_on: date
    decided_on: date | None = None
    decision: OmbudsmanDecision | None = None
    reference: OmbudsmanReference | None = None
    satisfactory_remedy: bool | None = None
    remedies: tuple[HistoricRemedy, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.decided_on is None) != (self.decision is None):
            raise ValueError("decided_on and decision go together")
        if self.decided_on is not None and self.decided_on < self.received_on:
            raise ValueError("decided_on is before received_on")
        if self.decision is not OmbudsmanDecision.UPHELD:
            for name, given in (
                ("satisfactory_remedy", self.satisfactory_remedy is not None),
                ("remedies", self.remedies),
            ):
                if given:
                    raise ValueError(f"{name}: only a complaint that the Ombudsman upheld has any; the decision is {self.decision}")
        for number, remedy in enumerate(self.remedies, 1):
            _begun(f"remedy {number}", remedy, not_before=self.decided_on, event="the Ombudsman decided")
        return self

    def recommended_on(self, remedy: HistoricRemedy) -> date:
        """The day on which one of its remedies was recommended."""
        day = remedy.agreed_on or self.decided_on
        assert day is not None, "a remedy is of a decision"
        return day


def _begun(name: str, remedy: HistoricRemedy, *, not_before: date | None, event: str) -> None:
    """ValueError when a remedy begins before what it follows, or ends before it begins. Without a day of its own it begins then."""
    if not_before is None:
        raise ValueError(f"{name}: agreed_on is missing, and nothing else says when it was agreed")
    try:
        if remedy.agreed_on is None:
            remedy.check_from(not_before)
        elif remedy.agreed_on < not_before:
            raise ValueError(f"agreed_on {remedy.agreed_on} is before {event} on {not_before}")
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


class HistoricCase(_Row):
    """One case of any kind, a complaint, a request or a compliment, with its original dates and outcomes at each stage.

    `source_id` is the row's identity in the system it comes from: importing it again changes nothing.
    `learning_tags` are lessons recorded at the time; empty when none was. `remedies` are those that the council agreed itself.
    """

    source_id: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
    kind: Kind
    procedure: Procedure
    channel: Channel = Channel.LETTER
    received_on: date
    closed_on: date | None = None
    outcome: Outcome | None = None
    service_area: ServiceArea = UNKNOWN
    district: District = UNKNOWN
    complainant_type: ComplainantType = UNKNOWN
    themes: tuple[Theme, ...] = ()
    formal: bool = True
    joint_nhs: bool = False
    refusal_reason: RefusalReason | None = None
    stages: tuple[HistoricStage, ...] = ()
    ombudsman: tuple[HistoricOmbudsman, ...] = ()
    learning_tags: tuple[LearningTag, ...] = ()
    provenance: Provenance = Provenance.IMPORTED
    remedies: tuple[HistoricRemedy, ...] = ()

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.closed_on is not None and self.closed_on < self.received_on:
            raise ValueError(f"closed_on {self.closed_on} is before received_on {self.received_on}")
        days = [s.started_on for s in self.stages]
        if any(day < self.received_on for day in days):
            raise ValueError("a stage started before the case was received")
        if days != sorted(days):
            raise ValueError("the stages are not in order of their start")
        if self.outcome is not None and self.closed_on is None:
            raise ValueError("an outcome needs closed_on")
        if any(s.responded_on and self.closed_on and s.responded_on > self.closed_on for s in self.stages):
            raise ValueError("a stage was responded to after the case was closed")
        self._closed_between()
        self._put_right()
        return self

    def agreed_on(self, remedy: HistoricRemedy) -> date | None:
        """The day on which one of the council's own remedies was agreed; None: the row does not give it."""
        responses = [s.responded_on for s in self.stages if s.responded_on is not None]
        return remedy.agreed_on or max(responses, default=self.closed_on)

    def _closed_between(self) -> None:
        for number, stage in enumerate(self.stages, 1):
            if stage.closed_on is None:
                continue
            if number == len(self.stages):
                raise ValueError(f"stage {number}: closed_on is for a case that went on; its last closing is the case's closed_on")
            if stage.closed_on > (following := self.stages[number].started_on):
                raise ValueError(f"stage {number}: closed_on {stage.closed_on} is after the next stage began on {following}")

    def _put_right(self) -> None:
        if self.kind is not Kind.COMPLAINT and (self.remedies or any(o.remedies for o in self.ombudsman)):
            raise ValueError(f"remedies: only a complaint has any; the kind is {self.kind}")
        for number, remedy in enumerate(self.remedies, 1):
            begins = self.received_on if remedy.agreed_on is not None else self.agreed_on(remedy)
            _begun(f"remedy {number}", remedy, not_before=begins, event="the complaint was received")
