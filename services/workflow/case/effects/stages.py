"""Steps of a stage, and of a run of a track: acknowledging it, assigning it, responding, and going on to the next stage."""

from __future__ import annotations

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.facts import stage_outcome
from services.workflow.case.fields import Fields, PersonFields, StaffId
from services.workflow.rulebook.model import Effect
from shared.events import cases as e


class AssignFields(PersonFields):
    person: StaffId


class RespondFields(PersonFields):
    """`person` is who answers for the response; left out, the officer of the stage."""


@effect(Effect.ACKNOWLEDGE, e.CaseAcknowledged, Fields, text="text", also=("reason",))
def acknowledge(t: Taking[Fields]) -> None:
    t.emit()


@effect(Effect.ASSIGN, e.CaseAssigned, AssignFields)
def assign(t: Taking[AssignFields]) -> None:
    t.emit(role=t.step.role, person=t.fields.person)


@effect(Effect.RESPOND, e.CaseResponded, RespondFields, text="text", also=("response",))
def respond(t: Taking[RespondFields]) -> None:
    # What a run of a track answers is no finding on the complaint.
    outcome = None if t.run else stage_outcome(t.case)
    t.emit(outcome=outcome, person=t.command.responsible(t.step.role, t.visit))


@effect(Effect.ESCALATE, e.CaseEscalated, Fields)
def escalate(t: Taking[Fields]) -> None:
    t.emit()
