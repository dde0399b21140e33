"""Every step of a case, with its reporting facts before and after.

What a person wrote stands here only sealed. `by` and `person` are opaque ids of staff. Days are London days.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.codes import Channel, Code, Kind, OmbudsmanDecision, Outcome
from shared.events.envelope import Event
from shared.events.facts import CaseFacts
from shared.events.feedback import AttachmentRef, FeedbackContent, MessageContent
from shared.events.sealed import Sealed


class CaseText(BaseModel):
    """What staff wrote: a note, a reason, an element's description (purpose `case-note`) or a response (`response`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str


class RunAt(BaseModel):
    """A run of a track after an event: the `number`-th of its `track`, at `stage`, in `state`; `ended` when that is its end."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    track: Code
    number: int
    kind: Code | None = None
    stage: Code
    state: Code
    ended: bool = False


class CaseEvent(Event):
    """Base of all case events. `version` counts the case's events from 1; `before` is None only for the first."""

    content: ClassVar[type[CaseText | FeedbackContent | MessageContent]] = CaseText
    """What `sealed` holds, of an event that has it."""
    purpose: ClassVar[str] = "case-note"
    """For which purpose `sealed` is sealed."""

    case_id: UUID
    reference: str
    version: int
    before: CaseFacts | None = None
    after: CaseFacts


class CaseStep(CaseEvent):
    """Base of what was done on a case.

    `step` is the rulebook's name for it (`opened` and `imported` are the engine's own). `on` is the day it happened, which
    may be before the day it was recorded. `marks` are set on the stage with that day; `enters` is the stage that
    begins with this step. `due_on` is a standard deadline that comes with imported history in place of the rulebook's.
    `source_event` is the id of the event that this follows from. `run` is the run of a track that the step begins or moves; of one
    that was there before, the marks are the run's.
    """

    step: Code
    on: date
    by: str = ""
    marks: tuple[Code, ...] = ()
    enters: Code | None = None
    due_on: date | None = None
    source_event: UUID | None = None
    run: RunAt | None = None


class CaseOpened(CaseStep):
    """Feedback became a case. `sealed` is the feedback's content (purpose `feedback`); None for imported history.

    `procedure_rule` is the council's rule by which intake gave the feedback its procedure, if one did.
    """

    type: ClassVar[str] = "redress.case.opened.v1"
    content: ClassVar = FeedbackContent
    purpose: ClassVar[str] = "feedback"

    feedback_id: UUID
    rulebook_version: int
    received_at: AwareDatetime
    stage_started_on: date | None = None
    sealed: Sealed | None = None
    attachments: tuple[AttachmentRef, ...] = ()
    raw_message: AttachmentRef | None = None
    procedure_rule: Code | None = None


class CaseAcknowledged(CaseStep):
    """The complaint, or the request to escalate it, was acknowledged."""

    type: ClassVar[str] = "redress.case.acknowledged.v1"

    sealed: Sealed | None = None


class CaseAssigned(CaseStep):
    """A person took a role at the stage the case is in."""

    type: ClassVar[str] = "redress.case.assigned.v1"

    role: Code
    person: str
    sealed: Sealed | None = None


class CaseExtended(CaseStep):
    """A clock was given until `to`; the person was notified on `on`.

    `units` is what that adds, in the clock's unit. An extension notified after the deadline does not count (`counts`).
    On a clock whose period is agreed, the first one sets the period.
    """

    type: ClassVar[str] = "redress.case.extended.v1"

    clock: Code
    to: date
    units: int
    counts: bool
    sealed: Sealed | None = None


class ElementAdded(CaseStep):
    """A point of the complaint that needs a finding. Elements are numbered from 1.

    `of_case` and `of_element` name the point of another case that it was before a merge or a split.
    """

    type: ClassVar[str] = "redress.case.element-added.v1"

    element: int
    of_case: UUID | None = None
    of_element: int | None = None
    theme: Code | None = None
    sealed: Sealed | None = None


class FindingRecorded(CaseStep):
    """The finding on one element at the stage the case is in; a later one replaces it."""

    type: ClassVar[str] = "redress.case.finding-recorded.v1"

    element: int
    finding: Outcome
    sealed: Sealed | None = None


class CaseResponded(CaseStep):
    """The response of a stage was sent, with the outcome derived from its findings. `sealed` has purpose `response`."""

    type: ClassVar[str] = "redress.case.responded.v1"
    purpose: ClassVar[str] = "response"

    outcome: Outcome | None = None
    person: str = ""
    sealed: Sealed | None = None


class CaseEscalated(CaseStep):
    """The person asked for the next stage and it began."""

    type: ClassVar[str] = "redress.case.escalated.v1"

    sealed: Sealed | None = None


class CaseRefused(CaseStep):
    """A complaint, its escalation or a request was not accepted. `answers`: the refusal is itself the stage's response."""

    type: ClassVar[str] = "redress.case.refused.v1"

    answers: bool = False

    refusal_reason: Code
    outcome: Outcome
    sealed: Sealed | None = None


class CaseWithdrawn(CaseStep):
    """The person withdrew the complaint."""

    type: ClassVar[str] = "redress.case.withdrawn.v1"

    outcome: Outcome
    sealed: Sealed | None = None


class CaseClosed(CaseStep):
    """The case was closed. `outcome` is how it ended where no finding shows it; `stated`: it is the overall outcome as recorded."""

    type: ClassVar[str] = "redress.case.closed.v1"

    outcome: Outcome | None = None
    stated: bool = False
    sealed: Sealed | None = None


class CaseReopened(CaseStep):
    """A closed case was opened again."""

    type: ClassVar[str] = "redress.case.reopened.v1"

    sealed: Sealed | None = None


class CaseReclassified(CaseStep):
    """Codes of the case were put right. `moved`: it goes on under another rulebook, from its beginning, received when it was."""

    type: ClassVar[str] = "redress.case.reclassified.v1"

    moved: bool = False
    rulebook_version: int
    kind_was: Kind
    procedure_was: Code
    sealed: Sealed | None = None


class OmbudsmanReferred(CaseStep):
    """The council was notified that the Ombudsman has the complaint. Referrals are numbered from 1."""

    type: ClassVar[str] = "redress.case.ombudsman-referred.v1"

    number: int
    sealed: Sealed | None = None


class OmbudsmanDecided(CaseStep):
    """The Ombudsman's decision on a referral; a later one replaces it."""

    type: ClassVar[str] = "redress.case.ombudsman-decided.v1"

    number: int
    decision: OmbudsmanDecision
    sealed: Sealed | None = None


class MilestoneReached(CaseStep):
    """Something the rulebook names happened, such as a panel held. It is known by its marks.

    `linked` is the reference, and `linked_case` the id, of another case that belongs to it, such as the complaint that a service
    request gave rise to.
    """

    type: ClassVar[str] = "redress.case.milestone-reached.v1"

    linked: str | None = None
    linked_case: UUID | None = None
    sealed: Sealed | None = None


class CaseMoved(CaseStep):
    """The case goes on where it is under another rulebook, or another version of its own, by an explicit decision."""

    type: ClassVar[str] = "redress.case.moved.v1"

    rulebook_was: Code
    version_was: int
    rulebook_version: int
    sealed: Sealed | None = None


class RelatedStep(CaseStep):
    """Base of what concerns another case: its id and reference. One with a `source_event` answers what happened to that case."""

    other: UUID
    other_reference: str


class CaseLinked(RelatedStep):
    """Another case belongs to this one; `relation` is how. Both count as before."""

    type: ClassVar[str] = "redress.case.linked.v1"

    relation: Code
    sealed: Sealed | None = None


class CaseUnlinked(RelatedStep):
    """The other case does not belong to this one after all."""

    type: ClassVar[str] = "redress.case.unlinked.v1"

    relation: Code
    sealed: Sealed | None = None


class CaseSplit(RelatedStep):
    """Another case was opened from the same contact: `other`, received on `received_on`, which counts by itself.

    `elements` are the points that go with it; they are answered there and no longer here.
    """

    type: ClassVar[str] = "redress.case.split.v1"

    kind: Kind
    procedure: Code
    service_area: Code
    themes: tuple[Code, ...] = ()
    received_on: date
    elements: tuple[int, ...] = ()
    sealed: Sealed | None = None


class CaseMerged(RelatedStep):
    """The case is the same matter as `other` and goes on there: from now on it counts nowhere else."""

    type: ClassVar[str] = "redress.case.merged.v1"

    sealed: Sealed | None = None


class CaseUnmerged(RelatedStep):
    """The case stands by itself again, as if it had never been merged: its clocks were never stopped.

    `why` is a code where no person decided it: `target-closed`, `withdrawn`.
    """

    type: ClassVar[str] = "redress.case.unmerged.v1"

    why: Code | None = None
    sealed: Sealed | None = None


class CaseAbsorbed(RelatedStep):
    """`other` was merged into this case; its points follow as `ElementAdded`."""

    type: ClassVar[str] = "redress.case.absorbed.v1"


class CaseReleased(RelatedStep):
    """`other` stands by itself again, and its points are answered there. `refused`: it could not be merged at all."""

    type: ClassVar[str] = "redress.case.released.v1"

    refused: bool = False


class TrackBegun(CaseStep):
    """A run of a track began in parallel with the procedure, such as a remedy or another body's part."""

    type: ClassVar[str] = "redress.case.track-begun.v1"

    sealed: Sealed | None = None


class NoteAdded(CaseStep):
    """Staff wrote a note."""

    type: ClassVar[str] = "redress.case.note-added.v1"

    sealed: Sealed | None = None


class CaseImported(CaseStep):
    """The history from before Redress is complete. `learning_tags` are the lessons recorded at the time."""

    type: ClassVar[str] = "redress.case.imported.v1"

    learning_tags: tuple[Code, ...] = ()


class MessageAdded(CaseEvent):
    """The person wrote again. `sealed` has purpose `message`."""

    type: ClassVar[str] = "redress.case.message-added.v1"
    content: ClassVar = MessageContent
    purpose: ClassVar[str] = "message"

    message_id: UUID
    channel: Channel
    received_at: AwareDatetime
    sealed: Sealed
    attachments: tuple[AttachmentRef, ...] = ()
    source_event: UUID


class LearningRecorded(CaseEvent):
    """What learning decided on the case: `decision` is `requested`, `lesson` or `no-lesson`."""

    type: ClassVar[str] = "redress.case.learning-recorded.v1"

    decision: Code
    tags: tuple[Code, ...] = ()
    source_event: UUID


class ClockReplanned(CaseEvent):
    """Bank holidays became known, or were withdrawn, and an open clock's deadline moved from `said` to `holds`.

    Either is None where there was, or is, no deadline: past the last year that is published. `calendar` is the version of
    what is known of holidays. `run` is the number of the run whose clock it is, of one of a track.
    """

    type: ClassVar[str] = "redress.case.clock-replanned.v1"

    clock: Code
    stage: Code
    run: int | None = None
    said: date | None
    holds: date | None
    calendar: Code


class ClockEvent(CaseEvent):
    """Base of the events that a clock raises by itself.

    `at` is the instant at which it was due, in UTC; `late` is true when Redress published it appreciably later.
    `provisional`: the deadline counts from a day on which something should have been done and has not. `run` is the number of the
    run whose clock it is, of one of a track.
    """

    clock: Code
    stage: Code
    run: int | None = None
    deadline: date
    at: AwareDatetime
    provisional: bool = False
    late: bool = False


class ClockDueSoon(ClockEvent):
    """The deadline is near: the rulebook's number of working days before it has begun."""

    type: ClassVar[str] = "redress.case.clock-due-soon.v1"


class ClockBreached(ClockEvent):
    """The London day of the deadline is over and what stops the clock has not happened."""

    type: ClassVar[str] = "redress.case.clock-breached.v1"
