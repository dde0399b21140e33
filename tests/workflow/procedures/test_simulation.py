"""Whatever staff do under any rulebook, the laws of the case hold: `Desk.handle` checks them after every event."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.errors import CaseError
from services.workflow.case.outcome import statement
from services.workflow.rulebook.load import shipped
from tests.workflow.case_rig import Desk, noon
from tests.workflow.random_steps import PEOPLE, draw_fields, draw_step

LIVE = sorted((b for b in shipped() if b.procedures and not b.history), key=lambda b: b.id)


@pytest.mark.parametrize("book", LIVE, ids=lambda b: b.id)
@settings(max_examples=25)
@given(data=st.data())
def test_whatever_staff_do_the_laws_hold(book, data):
    day = max(book.effective_from, date(2024, 4, 8))
    if book.effective_until:
        day = date(2022, 6, 6)
    desk = Desk().open(day, procedure=book.procedures[0], kind=book.kinds[0])
    assert desk.facts.rulebook == book.id
    for _ in range(data.draw(st.integers(5, 30))):
        day += timedelta(days=data.draw(st.integers(0, 8)))
        if data.draw(st.integers(0, 5)) == 0:
            desk.tick(noon(day))
            continue
        chosen, under = draw_step(data.draw, desk)
        before = desk.case
        try:
            desk.do(
                chosen.step.id,
                day,
                by=data.draw(st.sampled_from(PEOPLE)),
                declare=tuple(under.declarations),
                **draw_fields(data.draw, chosen, under, day),
            )
        except CaseError:
            assert desk.case is before
    assert desk.published.statement == statement(desk.facts)
    assert len(desk.case.spoken) == len(set(desk.case.spoken))
    for visit in desk.case.visits:
        held = {role: visit.holder(role) for role in ("panel-chair", "panel-member-1", "panel-member-2")}
        panel = [person for person in held.values() if person]
        assert len(panel) == len(set(panel))
        if visit.first("panel-held"):
            assert len(panel) == 3
