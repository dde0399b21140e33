"""Laws of the case over random lives: `Desk.tell` checks fold, facts and openings after every event."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.errors import CaseError
from services.workflow.case.outcome import statement
from services.workflow.rulebook.model import Effect
from shared.events.codes import Kind
from tests.workflow.desk import Desk, noon

PROCEDURES = st.sampled_from(
    ["corporate", "childrens-statutory", "adults-statutory", "public-health", "childrens-non-statutory"]
)


def fields(draw, step):
    match step.effect:
        case Effect.ASSIGN:
            return {"person": draw(st.sampled_from(["officer-1", "officer-2"]))}
        case Effect.FIND:
            return {
                "element": draw(st.integers(1, 3)),
                "finding": draw(st.sampled_from(["upheld", "not-upheld", "partly-upheld", "no-finding"])),
            }
        case Effect.EXTEND:
            return {
                "to": date(2024, 4, 8) + timedelta(days=draw(st.integers(1, 200))),
                "good_reason": draw(st.booleans()),
            }
        case Effect.REFUSE:
            return {"refusal_reason": "out-of-time"}
        case Effect.OMBUDSMAN_DECISION:
            return {"decision": draw(st.sampled_from(["upheld", "referred-back"]))}
        case Effect.RECLASSIFY:
            kind = draw(st.sampled_from([None, None, Kind.COMPLAINT, Kind.COMPLIMENT]))
            return {
                "kind": kind,
                "procedure": draw(PROCEDURES),
                "themes": draw(st.sampled_from([None, ("delay",)])),
            }
        case _:
            return {}


@settings(max_examples=150)
@given(st.data())
def test_whatever_staff_do_the_laws_hold(data):
    """Every event begins from the facts the last one left, the history folds to the case, openings are coherent, and the
    outcomes told are just those that the facts state."""
    day = date(2024, 4, 8)
    kind = data.draw(st.sampled_from([Kind.COMPLAINT, Kind.COMPLAINT, Kind.COMMENT]))
    desk = Desk().open(day, procedure=data.draw(PROCEDURES), kind=kind)
    for _ in range(data.draw(st.integers(0, 25))):
        day += timedelta(days=data.draw(st.integers(0, 12)))
        if data.draw(st.integers(0, 4)) == 0:
            desk.tick(noon(day))
            continue
        book = desk.books.get(desk.facts.rulebook, desk.case.rulebook_version)
        step = data.draw(st.sampled_from(book.available(desk.case.state, desk.case.stage)))
        try:
            desk.do(
                step.id,
                day,
                by=data.draw(st.sampled_from(["officer-1", "officer-2"])),
                **fields(data.draw, step),
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
        step = data.draw(st.sampled_from(["note", "assign", "add-element", "refer-to-ombudsman"]))
        desk.do(step, day + timedelta(days=3), **({"person": "officer-1"} if step == "assign" else {}))
    assert desk.facts.stages == before
