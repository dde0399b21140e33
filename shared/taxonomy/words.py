"""The words that figures of the annual report use for a stage that is answered, and for a track."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class AnswerWords(BaseModel):
    """An answer in the words of its stage: "replied to", "replies", to "reply". `asked_for` heads the count of those begun,
    of a stage that follows only where a person asks for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    done: str = "answered"
    plural: str = "answers"
    verb: str = "answer"
    asked_for: str | None = None


class TrackWords(BaseModel):
    """Where a track's figures stand (`section`.`name`) and what the field calls a run that begins, falls due, and each way its
    deadline may go. `by_kind` heads the table by kind; `complied` is the rate of those done at all, where one is published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    section: str = Field(pattern=r"^[a-z][a-z_]*$")
    name: str = Field(pattern=r"^[a-z][a-z_]*$")
    title: str
    begun: str
    due: str
    in_time: str
    late: str
    not_done: str
    awaited: str
    by_kind: str | None = None
    complied: str | None = None
    complied_note: str | None = None
