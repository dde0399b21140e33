"""The points of a complaint, and what is found on each."""

from __future__ import annotations

from pydantic import Field

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields
from services.workflow.case.model import Case, Run
from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.calendar.holidays import HolidayRegister
from shared.events import cases as e
from shared.events.codes import Outcome, Theme

FINDINGS = frozenset(
    {
        Outcome.UPHELD,
        Outcome.PARTLY_UPHELD,
        Outcome.NOT_UPHELD,
        Outcome.NO_FINDING,
        Outcome.RESOLVED,
        Outcome.WITHDRAWN,
        Outcome.OUT_OF_JURISDICTION,
    }
)
"""What an element can be found to be."""


class ElementFields(Fields):
    theme: Theme | None = None


class FindFields(Fields):
    element: int = Field(ge=1)
    finding: Outcome


@effect(Effect.ADD_ELEMENT, e.ElementAdded, ElementFields, text="text", also=("description",))
def add_element(t: Taking[ElementFields]) -> None:
    t.emit(element=len(t.case.elements) + 1, theme=t.fields.theme)


def _no_point(case: Case, book: Rulebook, step: Step, run: Run | None, register: HolidayRegister) -> str | None:
    return None if case.points else f"{step.title}: the complaint has no points yet. Add at least one."


@effect(Effect.FIND, e.FindingRecorded, FindFields, also=("reasoning",), blocked=_no_point)
def find(t: Taking[FindFields]) -> None:
    """Raises: StepRefused, when it is no finding or there is no such point."""
    element, finding = t.fields.element, t.fields.finding
    if finding not in FINDINGS:
        listed = ", ".join(sorted(FINDINGS))
        raise StepRefused("not-a-finding", f"{finding} is no finding on a point: {listed}.", "/finding")
    if not any(el.number == element for el in t.case.points):
        raise StepRefused("no-such-element", f"The complaint has no point {element}.", "/element")
    t.emit(element=element, finding=finding)
