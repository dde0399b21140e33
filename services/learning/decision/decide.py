"""What staff may do with a learning decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.learning.decision.model import Decision
from shared.errors import Conflict, DomainError, Fault, Invalid, NotFound
from shared.events.facts import LessonAction, LessonFacts
from shared.events.lessons import ActionAgreed, ActionProgressed, LessonEvent, LessonTagged, NoLessonRecorded
from shared.events.sealed import Sealed
from shared.taxonomy import CodeList
from shared.taxonomy.codes import perhaps

NOT_IMPLEMENTED: Final = "not-implemented"
NEXT: Final[dict[str, tuple[str, ...]]] = {
    "proposed": ("agreed", NOT_IMPLEMENTED),
    "agreed": ("in-progress", "implemented", NOT_IMPLEMENTED),
    "in-progress": ("implemented", NOT_IMPLEMENTED),
    "implemented": ("verified", "in-progress"),
    "verified": (),
    NOT_IMPLEMENTED: ("agreed",),
}
"""How an action goes on. What was not implemented stays in the reports with its reason, and may be agreed anew."""


class NotPermitted(DomainError):
    """The step does not fit the decision as it stands. `pointer` is the field that is wrong, if any."""

    def __init__(self, code: str, message: str, pointer: str = "") -> None:
        super().__init__(code, message, [Fault(pointer, message)] if pointer else ())
        self.pointer = pointer


class UnknownAction(NotPermitted, NotFound):
    """The decision has no such action."""


class NotNow(NotPermitted, Conflict):
    """The step cannot be taken at the decision's status."""


class NotFitting(NotPermitted, Invalid):
    """A field of the step does not fit."""


@dataclass(frozen=True, slots=True)
class Lists:
    """The codes that may be chosen now."""

    tags: frozenset[str]
    actions: frozenset[str]
    reasons: frozenset[str]

    @classmethod
    def offered(cls, themes: CodeList, actions: CodeList, reasons: CodeList) -> Lists:
        """What these code lists offer: a lesson is tagged with themes and kinds of action."""
        kinds = frozenset(term.code for term in actions.offered)
        return cls(
            tags=kinds | {term.code for term in themes.offered},
            actions=kinds,
            reasons=frozenset(term.code for term in reasons.offered),
        )


@dataclass(frozen=True, slots=True)
class NewAction:
    action_type: str
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class TagLesson:
    tags: tuple[str, ...]
    actions: tuple[NewAction, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordNoLesson:
    reason: str


@dataclass(frozen=True, slots=True)
class AgreeAction:
    action: NewAction


@dataclass(frozen=True, slots=True)
class ProgressAction:
    action_id: str
    status: str
    due_on: date | None = None


Command = TagLesson | RecordNoLesson | AgreeAction | ProgressAction


def decide(
    decision: Decision, command: Command, lists: Lists, *, by: str, on: date, sealed: Sealed | None = None
) -> list[LessonEvent]:
    """The events of a step that `by` takes on the London day `on`; `sealed` is what they wrote with it.

    Raises:
        NotPermitted: nothing was asked for, a code is not offered, or the step does not follow.
    """
    facts = decision.facts
    if facts is None or facts.decision == "withdrawn":
        raise NotNow("not-requested", "No learning decision is asked for on this case.")
    match command:
        case TagLesson():
            return _tag(decision, facts, command, lists, by, on, sealed)
        case RecordNoLesson():
            return [_no_lesson(decision, facts, command, lists, by, on, sealed)]
        case AgreeAction():
            return [_agree(decision, facts, command.action, lists, by, on, sealed)]
        case ProgressAction():
            return [_progress(decision, facts, command, by, on, sealed)]


def _tag(
    decision: Decision,
    facts: LessonFacts,
    command: TagLesson,
    lists: Lists,
    by: str,
    on: date,
    sealed: Sealed | None,
) -> list[LessonEvent]:
    tags = tuple(dict.fromkeys(command.tags))
    if not tags:
        raise NotFitting("no-tags", "A lesson needs at least one tag.", "/tags")
    for at, tag in enumerate(command.tags):
        if tag not in lists.tags and tag not in facts.tags:
            raise NotFitting(
                "unknown-code", f"{tag!r} is not a tag of the taxonomy{perhaps(tag, sorted(lists.tags))}.", f"/tags/{at}"
            )
    after = facts.model_copy(update={"decision": "lesson", "decided_on": on, "tags": tags})
    events: list[LessonEvent] = [
        LessonTagged(
            case_id=decision.case_id,
            version=decision.version + 1,
            before=facts,
            after=after,
            on=on,
            by=by,
            tags=tags,
            sealed=sealed,
        )
    ]
    for at, action in enumerate(command.actions):
        now = decision.model_copy(update={"version": events[-1].version})
        event = _agree(now, events[-1].after, action, lists, by, on, None, f"/actions/{at}/action_type")
        events.append(event)
    return events


def _no_lesson(
    decision: Decision,
    facts: LessonFacts,
    command: RecordNoLesson,
    lists: Lists,
    by: str,
    on: date,
    sealed: Sealed | None,
) -> NoLessonRecorded:
    if command.reason not in lists.reasons:
        raise NotFitting(
            "unknown-code",
            f"{command.reason!r} is not a reason of the list{perhaps(command.reason, sorted(lists.reasons))}.",
            "/reason",
        )
    if command.reason == "other" and sealed is None:
        raise NotFitting("note-needed", "The reason 'other' needs a text that says which.", "/text")
    if facts.actions:
        raise NotNow("has-actions", "Actions were agreed from this lesson: it cannot become none.")
    after = facts.model_copy(update={"decision": "no-lesson", "decided_on": on, "tags": ()})
    return NoLessonRecorded(
        case_id=decision.case_id,
        version=decision.version + 1,
        before=facts,
        after=after,
        on=on,
        by=by,
        reason=command.reason,
        sealed=sealed,
    )


def _agree(
    decision: Decision,
    facts: LessonFacts,
    action: NewAction,
    lists: Lists,
    by: str,
    on: date,
    sealed: Sealed | None,
    pointer: str = "/action_type",
) -> ActionAgreed:
    if facts.decision != "lesson":
        raise NotNow("no-lesson", "An action follows from a lesson: record the lesson first.")
    if action.action_type not in lists.actions:
        meant = perhaps(action.action_type, sorted(lists.actions))
        raise NotFitting("unknown-code", f"{action.action_type!r} is not a kind of action{meant}.", pointer)
    action_id = f"action-{len(facts.actions) + 1}"
    agreed = LessonAction(action_id=action_id, action_type=action.action_type, status="agreed", due_on=action.due_on)
    return ActionAgreed(
        case_id=decision.case_id,
        version=decision.version + 1,
        before=facts,
        after=facts.model_copy(update={"actions": (*facts.actions, agreed)}),
        on=on,
        by=by,
        action_id=action_id,
        action_type=action.action_type,
        due_on=action.due_on,
        sealed=sealed,
    )


def _progress(
    decision: Decision, facts: LessonFacts, command: ProgressAction, by: str, on: date, sealed: Sealed | None
) -> ActionProgressed:
    found = next((a for a in facts.actions if a.action_id == command.action_id), None)
    if found is None:
        raise UnknownAction("unknown-action", f"There is no action {command.action_id!r} on this case.")
    may = NEXT.get(found.status, ())
    if command.status not in may:
        follows = " or ".join(may) or "nothing"
        raise NotFitting("not-next", f"After {found.status} comes {follows}, not {command.status}.", "/status")
    if command.status == NOT_IMPLEMENTED and sealed is None:
        raise NotFitting("note-needed", "Say why the action is not implemented.", "/text")
    due_on = command.due_on or found.due_on
    moved = found.model_copy(update={"status": command.status, "due_on": due_on})
    actions = tuple(moved if a is found else a for a in facts.actions)
    return ActionProgressed(
        case_id=decision.case_id,
        version=decision.version + 1,
        before=facts,
        after=facts.model_copy(update={"actions": actions}),
        on=on,
        by=by,
        action_id=found.action_id,
        was=found.status,
        status=command.status,
        due_on=due_on,
        sealed=sealed,
    )
