"""Whatever staff do under any rulebook, the laws of the case hold: `Desk.tell` checks them after every event."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.errors import CaseError
from services.workflow.case.outcome import statement
from services.workflow.rulebook.load import shipped
from services.workflow.rulebook.model import Effect
from tests.workflow.desk import Desk, noon
from tests.workflow.procedures.rig import declarations

PEOPLE = ("officer-1", "officer-2", "outside-1", "outside-2", "outside-3", "outside-4")
LIVE = sorted((b for b in shipped() if b.procedures and not b.history), key=lambda b: b.id)
FINDINGS = ("upheld", "not-upheld", "partly-upheld", "no-finding")


def fields(draw, step, book, day):
    match step.effect:
        case Effect.ASSIGN:
            return {"person": draw(st.sampled_from(PEOPLE))}
        case Effect.RESPOND:
            return {"person": draw(st.sampled_from((None, *PEOPLE)))}
        case Effect.FIND:
            return {"element": draw(st.integers(1, 2)), "finding": draw(st.sampled_from(FINDINGS))}
        case Effect.EXTEND:
            later = st.integers(1, 90).map(lambda n: day + timedelta(days=n))
            return {"to": draw(st.none() | later), "good_reason": draw(st.booleans())}
        case Effect.REFUSE:
            return {"refusal_reason": draw(st.sampled_from(sorted(book.refusal_reasons)))}
        case Effect.OMBUDSMAN_DECISION:
            return {"decision": draw(st.sampled_from(["upheld", "referred-back"]))}
        case Effect.RECLASSIFY:
            return {"themes": ("delay",)}
        case _:
            return {}


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
        step = data.draw(st.sampled_from(book.available(desk.case.state, desk.case.stage)))
        before = desk.case
        try:
            desk.do(
                step.id,
                day,
                by=data.draw(st.sampled_from(PEOPLE)),
                declare=declarations(book.id),
                **fields(data.draw, step, book, day),
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
