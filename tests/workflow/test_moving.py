"""A case stays under the rulebook it began under; moving it is an explicit, reasoned event that keeps what happened."""

from datetime import date

import pytest

from services.workflow.explaining.clocks import explain
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.load import FOLDER, parse, shipped
from shared.calendar.holidays import published
from tests.workflow.case_rig import Desk
from tests.workflow.procedures.rig import refused

MON = date(2024, 4, 8)
DECLARED = ("move-told",)


def second_version():
    """The corporate rulebook with five more days for stage 1, as a version 2 next to the first."""
    text = (FOLDER / "corporate-code-2024.yaml").read_text()
    text = text.replace("version: 1\n", "version: 2\n", 1).replace("    limit: 10\n", "    limit: 15\n", 1)
    text = text.replace("includes:", "  - {version: 2, on: 2024-07-01, what: Longer}\n\nincludes:", 1)
    return parse(text.replace("effective_from: 2024-04-01", "effective_from: 2024-07-01", 1))


BOOKS = Rulebooks([*shipped(), second_version()])


def opened(day=MON):
    return Desk(BOOKS).open(day).do("acknowledge", day)


def test_two_versions_stand_side_by_side_and_a_case_keeps_its_own():
    first, later = opened(), opened(date(2024, 7, 1))
    assert (first.case.rulebook_version, later.case.rulebook_version) == (1, 2)
    assert first.reading("stage-1-response").due == date(2024, 4, 22)
    assert later.reading("stage-1-response").due == date(2024, 7, 22)


def test_a_case_moves_with_what_happened_and_its_open_clocks_count_by_the_other():
    desk = opened().do("add-element", MON)
    desk.do("move-rulebook", date(2024, 4, 10), rulebook="corporate-code-2024", version=2, declare=DECLARED)
    assert desk.reading("stage-1-response").due == date(2024, 4, 29)
    assert (desk.last.version_was, desk.last.rulebook_version, desk.case.rulebook_version) == (1, 2, 2)
    assert (desk.case.state, len(desk.case.elements)) == ("stage-1-investigating", 1)
    assert desk.facts.stages[0].acknowledged_on == MON


def test_what_is_over_keeps_the_deadline_it_had():
    desk = Desk(BOOKS)
    desk.open(MON).do("acknowledge", MON).do("add-element", MON).do("find", MON, element=1, finding="upheld")
    desk.do("respond", date(2024, 4, 24)).do("escalate", date(2024, 4, 25))
    before = desk.facts.stages[0]
    desk.do("move-rulebook", date(2024, 4, 26), rulebook="corporate-code-2024", version=2, declare=DECLARED)
    assert desk.facts.stages[0] == before
    clocks = explain(desk.case, BOOKS.get("corporate-code-2024", 2), date(2024, 4, 26), published(), books=BOOKS).clocks
    assert [(c.rule.limit, c.due_on) for c in clocks if c.clock == "stage-1-response"] == [("10 working days", date(2024, 4, 22))]
    assert before.timeliness == "late"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"rulebook": "corporate-code-2024", "version": 1}, "nothing-changes"),
        ({"rulebook": "corporate-code-2024", "version": 9}, "no-rulebook"),
        ({"rulebook": "adults-statutory"}, "no-rulebook"),
        ({"rulebook": "corporate-code-2024", "version": 2, "declare": ()}, "move-told-not-declared"),
        ({"rulebook": "corporate-code-2024", "version": 2, "text": False}, "reason-missing"),
        ({"rulebook": "corporate-code-2024", "version": 2, "roles": ("officer",)}, "role-missing"),
    ],
)
def test_a_move_that_is_not_one_is_refused(fields, code):
    with refused(code):
        opened().do("move-rulebook", MON, **{"declare": DECLARED, **fields})


def test_where_the_other_rulebook_does_not_know_its_state_it_has_to_begin_anew():
    desk = Desk().open(date(2022, 6, 6))
    assert desk.case.state == "informal"
    with refused("stands-nowhere"):
        desk.do("move-rulebook", date(2022, 6, 7), rulebook="corporate-code-2024", declare=DECLARED)


def test_a_case_of_before_the_code_may_go_on_under_it():
    desk = Desk().open(date(2024, 3, 28)).do("make-formal", date(2024, 3, 28))
    assert desk.facts.rulebook == "corporate-2022"
    desk.do("move-rulebook", date(2024, 4, 2), rulebook="corporate-code-2024", declare=DECLARED)
    assert (desk.facts.rulebook, desk.last.rulebook_was) == ("corporate-code-2024", "corporate-2022")
    clocks = explain(desk.case, BOOKS.get("corporate-code-2024", 1), date(2024, 4, 2), published(), books=BOOKS).clocks
    assert [c.clock for c in clocks if c.visit == 0] == ["informal-response"]
