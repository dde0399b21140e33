"""Laws of the case over random steps: `Desk.handle` checks fold, facts and openings after every event."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.errors import CaseError
from services.workflow.case.outcome import statement
from shared.events.codes import Kind
from tests.workflow.case_rig import Desk, noon
from tests.workflow.random_steps import PROCEDURES, draw_fields, draw_step


@settings(max_examples=150)
@given(st.data())
def test_whatever_staff_do_the_laws_hold(data):
    """Every event begins from the facts the last one left, the history folds to the case, openings are coherent, and the
    outcomes published are just those that the facts state."""
    day = date(2024, 4, 8)
    kind = data.draw(st.sampled_from([Kind.COMPLAINT, Kind.COMPLAINT, Kind.COMMENT]))
    desk = Desk().open(day, procedure=data.draw(st.sampled_from(PROCEDURES)), kind=kind)
    for _ in range(data.draw(st.integers(0, 25))):
        day += timedelta(days=data.draw(st.integers(0, 12)))
        if data.draw(st.integers(0, 4)) == 0:
            desk.tick(noon(day))
            continue
        chosen, book = draw_step(data.draw, desk)
        try:
            desk.do(
                chosen.step.id,
                day,
                by=data.draw(st.sampled_from(["officer-1", "officer-2"])),
                declare=tuple(book.declarations),
                **draw_fields(data.draw, chosen, book, day, moving=True),
            )
        except CaseError:
            continue
    assert desk.published.statement == statement(desk.facts)
    assert [o.sequence for o in desk.outcomes] == list(range(1, len(desk.outcomes) + 1))
    spoken = desk.case.spoken
    assert len(spoken) == len(set(spoken))


@given(st.data())
def test_no_note_assignment_or_point_moves_a_clock(data):
    day = date(2024, 4, 8)
    desk = Desk().open(day).do("acknowledge", day)
    before = desk.facts.stages
    for _ in range(data.draw(st.integers(1, 5))):
        step = data.draw(st.sampled_from(["note", "assign", "add-element", "agree-remedy"]))
        more: dict[str, dict[str, Any]] = {
            "assign": {"person": "officer-1"},
            "agree-remedy": {"kind": "apology", "due_on": day + timedelta(days=30)},
        }
        desk.do(step, day + timedelta(days=3), **more.get(step, {}))
    assert desk.facts.stages == before
