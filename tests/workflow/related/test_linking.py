"""Links between cases, and a complaint that came of a service request: both cases know."""

from datetime import date

import pytest

from services.workflow.case.commands import TakeStep
from services.workflow.case.effects.relations import LinkFields
from shared.events.codes import Kind
from tests.workflow.case_rig import noon, sealed
from tests.workflow.procedures.rig import refused
from tests.workflow.related.rig import Cases

MON = date(2024, 4, 8)


def two():
    cases = Cases()
    return cases, cases.open(MON), cases.open(MON)


def _do(desk, step, other, **fields):
    """The step names the other case by its reference, as staff do."""
    named = LinkFields(other=other.case.reference, **fields)
    command = TakeStep(step, named, by="officer-1", sealed=sealed(), other=other.case)
    desk.handle(command, noon(MON))


def test_a_link_stands_on_both_cases_and_changes_no_count():
    cases, one, two_ = two()
    before = cases.counted()
    _do(one, "link-case", two_, relation="same-person")
    cases.settle(MON)
    assert [(r.case_id, r.relation) for r in one.case.relations] == [(two_.case.case_id, "same-person")]
    assert [(r.case_id, r.relation) for r in two_.case.relations] == [(one.case.case_id, "same-person")]
    assert cases.counted() == before
    _do(one, "unlink-case", two_, relation="same-person")
    cases.settle(MON)
    assert (one.case.relations, two_.case.relations) == ((), ())


@pytest.mark.parametrize(("relation", "code"), [("merged-into", "relation-reserved"), ("same-person", "linked-already")])
def test_a_link_that_is_there_or_not_for_staff_to_make_is_refused(relation, code):
    _, one, other = two()
    _do(one, "link-case", other, relation="same-person")
    with refused(code):
        _do(one, "link-case", other, relation=relation)


def test_what_is_not_linked_cannot_be_unlinked():
    _, one, other = two()
    with refused("not-linked"):
        _do(one, "unlink-case", other, relation="same-person")
    with refused("links-itself"):
        _do(one, "link-case", one)


def test_the_complaint_that_came_of_a_request_knows_where_it_arose():
    cases, complaint, _ = two()
    request = cases.open(MON, kind=Kind.SERVICE_REQUEST)
    request.do("raise-complaint", MON, linked=complaint.case.reference, other=complaint)
    cases.settle(MON)
    (relation,) = complaint.case.related("arises-from")
    assert (relation.case_id, relation.reference) == (request.case.case_id, request.case.reference)
    assert request.case.related("gave-rise-to")[0].case_id == complaint.case.case_id


def test_in_whatever_order_a_link_and_its_end_are_carried_over_the_two_agree():
    cases, one, other = two()
    _do(one, "link-case", other, relation="same-person")
    _do(one, "unlink-case", other, relation="same-person")
    linked, unlinked = cases.waiting()
    cases.carry(unlinked, MON)
    cases.carry(linked, MON)
    assert (one.case.relations, other.case.relations) == ((), ())


def test_two_that_link_each_other_at_once_have_one_link_each():
    cases, one, other = two()
    _do(one, "link-case", other, relation="same-person")
    _do(other, "link-case", one, relation="same-person")
    cases.settle(MON)
    assert len(one.case.relations) == len(other.case.relations) == 1
    assert [len(d.events) for d in (one, other)] == [2, 2]
