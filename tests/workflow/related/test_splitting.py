"""One contact opens several cases, each with its clocks; what is split off is answered there and counts by itself."""

from datetime import date

import pytest

from shared.events.codes import Kind, Status
from tests.workflow.procedures.rig import due, refused
from tests.workflow.related.rig import Cases

MON = date(2024, 4, 8)


def letter(points=2):
    cases = Cases()
    desk = cases.open(MON, procedure="adults-statutory", service_area="adult-social-care")
    for _ in range(points):
        desk.do("add-element", MON)
    return cases, desk


def test_a_letter_that_is_a_complaint_and_a_request_becomes_two_cases():
    cases, complaint = letter()
    complaint.do("split", date(2024, 4, 10), kind=Kind.ENQUIRY, procedure="subject-access")
    cases.settle(date(2024, 4, 10))
    (relation,) = complaint.case.related("split-into")
    request = cases.of(relation)
    assert (request.facts.kind, request.facts.procedure) == (Kind.ENQUIRY, "subject-access")
    assert request.facts.rulebook == "subject-access"
    # It was all in the letter: its time runs from the letter's receipt, by its own rules.
    assert request.facts.received_on == MON
    assert request.reading("request-response").due == due("subject-access", "request-response", MON)
    assert request.case.feedback_id == complaint.case.feedback_id
    assert request.case.sealed == complaint.case.sealed
    assert request.case.reference == relation.reference != complaint.case.reference
    assert request.case.related("split-from")[0].case_id == complaint.case.case_id
    assert complaint.facts.status is Status.OPEN


def test_points_go_with_the_case_and_are_answered_there():
    cases, complaint = letter(3)
    text = complaint.case.elements[1].sealed
    complaint.do("split", MON, procedure="corporate", elements=(2,))
    cases.settle(MON)
    (other,) = (cases.of(r) for r in complaint.case.related("split-into"))
    assert [(el.number, el.sealed, el.of_element) for el in other.case.elements] == [(1, text, 2)]
    assert [el.number for el in complaint.case.points] == [1, 3]
    with refused("no-such-element"):
        complaint.do("find", MON, element=2, finding="upheld")
    with refused("no-such-element"):
        complaint.do("split", MON, procedure="corporate", elements=(2,))
    for n in (1, 3):
        complaint.do("find", MON, element=n, finding="not-upheld")
    declared = ("signed-by-responsible-person", "ombudsman-rights-told")
    complaint.do("respond", MON, person="chief-1", declare=declared)
    assert complaint.facts.outcome == "not-upheld"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"received_on": date(2024, 4, 7)}, "day-outside"),
        ({"received_on": date(2024, 4, 11)}, "day-outside"),
        ({"elements": (1, 2)}, "nothing-left"),
        ({"elements": (9,)}, "no-such-element"),
        ({"procedure": "moon-landing"}, "no-rulebook"),
        ({"text": False}, "reason-missing"),
    ],
)
def test_a_split_that_does_not_fit_is_refused(fields, code):
    _, complaint = letter()
    with refused(code):
        complaint.do("split", date(2024, 4, 10), **fields)


def test_a_matter_raised_later_is_counted_from_that_day():
    cases, complaint = letter()
    complaint.do("split", date(2024, 4, 19), procedure="corporate", received_on=date(2024, 4, 18))
    cases.settle(date(2024, 4, 19))
    (other,) = (cases.of(r) for r in complaint.case.related("split-into"))
    assert other.reading("stage-1-acknowledgement").started_on == date(2024, 4, 18)


def test_each_counts_once_and_a_repeat_changes_nothing():
    cases, complaint = letter()
    before = cases.counted()
    complaint.do("split", MON, procedure="corporate")
    cases.settle(MON)
    after = cases.counted()
    assert after["2024/25", "received|adults-statutory"] == before["2024/25", "received|adults-statutory"] == 1
    assert after["2024/25", "received|corporate"] == 1
    assert after["2024/25", "stock-received|corporate|kind=complaint"] == 1
    for desk in list(cases.desks.values()):
        for event in desk.events:
            if event.type.endswith("split.v1"):
                cases.carry(event, MON, again=True)
    assert (len(cases.desks), cases.counted()) == (2, after)


def test_two_cases_split_from_one_letter_are_two():
    cases, complaint = letter()
    complaint.do("split", MON, procedure="corporate").do("split", MON, procedure="corporate")
    cases.settle(MON)
    ids = [r.case_id for r in complaint.case.related("split-into")]
    assert len(set(ids)) == 2
    assert len({cases.desks[i].case.reference for i in ids}) == 2
