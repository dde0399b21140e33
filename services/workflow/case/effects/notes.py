"""What is recorded and decides nothing: notes, and the milestones that a rulebook names, such as a panel held."""

from __future__ import annotations

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.effects.relations import other
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields, Reference
from services.workflow.rulebook.model import Effect
from shared.events import cases as e


class MilestoneFields(Fields):
    """`linked` is the reference of another case that belongs to this one."""

    linked: Reference | None = None

    @property
    def other_reference(self) -> str | None:
        return self.linked


@effect(Effect.MILESTONE, e.MilestoneReached, MilestoneFields, text="text", also=("reason",))
def milestone(t: Taking[MilestoneFields]) -> None:
    linked = other(t, "/linked") if t.fields.linked else None
    t.emit(
        linked=linked.reference if linked else None,
        linked_case=linked.case_id if linked else None,
    )


@effect(Effect.NOTE, e.NoteAdded, Fields, text="text", also=("reason",))
def note(t: Taking[Fields]) -> None:
    """Raises: StepRefused, without a text."""
    if t.command.sealed is None:
        raise StepRefused("text-missing", "A note has a text.", "/text")
    t.emit()
