"""Whatever is split, merged, un-merged and linked, in whatever order it is carried over: the cases agree, and each counts once."""

import contextlib
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.errors import CaseError
from shared.calendar.london import financial_year
from tests.workflow.related.rig import Cases

DAY = date(2024, 4, 8)
PROCEDURES = ("corporate", "adults-statutory", "childrens-statutory")
STEPS = ("split", "merge", "merge", "unmerge", "add-element", "withdraw", "reopen", "note", "acknowledge")


def act(draw, cases, day):
    desk = draw(st.sampled_from(list(cases.desks.values())))
    step = draw(st.sampled_from(STEPS))
    more = {}
    if step == "merge":
        into = draw(st.sampled_from(list(cases.desks.values())))
        more = {"into": into.case.reference, "other": into}
    elif step == "split":
        more = {"procedure": draw(st.sampled_from(PROCEDURES)), "elements": draw(st.sampled_from([(), (1,)]))}
    book = desk.books.get(desk.facts.rulebook, desk.case.rulebook_version)
    with contextlib.suppress(CaseError):
        desk.do(step, day, declare=tuple(book.declarations), **more)


@settings(max_examples=120)
@given(st.data())
def test_the_cases_agree_and_each_counts_once(data):
    cases = Cases()
    day = DAY
    for _ in range(data.draw(st.integers(2, 3))):
        cases.open(day, procedure=data.draw(st.sampled_from(PROCEDURES[:2])))
    for _ in range(data.draw(st.integers(1, 25))):
        day += timedelta(days=data.draw(st.integers(0, 3)))
        if (waiting := cases.waiting()) and data.draw(st.booleans()):
            # In any order, and some of it twice.
            event = data.draw(st.sampled_from(waiting))
            cases.carry(event, day, again=data.draw(st.booleans()))
        else:
            act(data.draw, cases, day)
    cases.settle(day)
    for desk in cases.desks.values():
        case = desk.case
        into = [cases.of(r) for r in case.related("merged-into")]
        assert len(into) == int(case.facts.merged)
        for other in into:
            assert [r.case_id for r in other.case.related("absorbed")].count(case.case_id) == 1
            # One that was split off there is answered elsewhere again.
            there = {(el.of_case, el.of_element) for el in other.case.elements}
            assert {(case.case_id, el.number) for el in case.points} <= there
        for relation in case.related("absorbed"):
            assert cases.of(relation).case.related("merged-into")[0].case_id == case.case_id
        for relation in case.related("split-into"):
            assert cases.of(relation).case.related("split-from")[0].case_id == case.case_id
        # Points that came from a case which stands by itself are answered there.
        gone = {r.case_id for r in case.related("absorbed")} | {r.case_id for r in case.related("split-from")}
        assert {el.of_case for el in case.points} <= {None, *gone}
    counted = cases.counted()
    standing = [d.facts for d in cases.desks.values() if not d.facts.merged]
    for procedure in PROCEDURES:
        of = [f for f in standing if f.procedure == procedure]
        for year in {financial_year(DAY), financial_year(day)}:
            received = [f for f in of if financial_year(f.received_on) == year]
            assert counted[year, f"received|{procedure}"] == len(received)
            assert counted[year, f"stock-status|{procedure}|kind=complaint"] == sum(f.status == "open" for f in received)
