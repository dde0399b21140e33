"""A case that ended (or is under way) before Redress knew it: the row of `redress import`."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.events.codes import Channel, Code, Kind, OmbudsmanDecision, Outcome, Provenance
from shared.events.facts import UNKNOWN


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HistoricStage(_Row):
    """One stage as it went: the dates are London days. `extended_to` counts only when `extension_told_on` is before it was due."""

    stage: Code
    started_on: date
    acknowledged_on: date | None = None
    due_on: date | None = None
    extended_to: date | None = None
    extension_told_on: date | None = None
    responded_on: date | None = None
    outcome: Outcome | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("acknowledged_on", "responded_on", "extension_told_on"):
            day = getattr(self, name)
            if day is not None and day < self.started_on:
                raise ValueError(f"{name} {day} is before the stage started on {self.started_on}")
        if self.extended_to is not None and self.due_on is not None and self.extended_to < self.due_on:
            raise ValueError(f"extended_to {self.extended_to} is before due_on {self.due_on}")
        if self.outcome is not None and self.responded_on is None:
            raise ValueError("an outcome needs responded_on")
        return self


class HistoricOmbudsman(_Row):
    received_on: date
    decided_on: date | None = None
    decision: OmbudsmanDecision | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if (self.decided_on is None) != (self.decision is None):
            raise ValueError("decided_on and decision go together")
        if self.decided_on is not None and self.decided_on < self.received_on:
            raise ValueError("decided_on is before received_on")
        return self


class HistoricCase(_Row):
    """One case, compliment or comment with its original dates and outcomes at each stage.

    `source_id` is the row's identity in the system it comes from: importing it again changes nothing.
    `learning_tags` are lessons recorded at the time; empty when none was.
    """

    source_id: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")
    kind: Kind
    procedure: Code
    channel: Channel = Channel.LETTER
    received_on: date
    closed_on: date | None = None
    outcome: Outcome | None = None
    service_area: Code = UNKNOWN
    district: Code = UNKNOWN
    complainant_type: Code = UNKNOWN
    themes: tuple[Code, ...] = ()
    formal: bool = True
    joint_nhs: bool = False
    refusal_reason: Code | None = None
    stages: tuple[HistoricStage, ...] = ()
    ombudsman: tuple[HistoricOmbudsman, ...] = ()
    learning_tags: tuple[Code, ...] = ()
    provenance: Provenance = Provenance.IMPORTED

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
        return self
