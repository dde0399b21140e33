"""The same matter in two contacts is one complaint: it goes on in the one received first, counts once, and can be parted again."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from services.workflow.case.commands import AddMessage, Withdraw
from services.workflow.case.outcome import statement
from shared.events.codes import Channel, Kind, Status
from shared.events.feedback import FeedbackMessageAdded, FeedbackWithdrawn
from tests.workflow.case_rig import envelope, noon, sealed
from tests.workflow.procedures.rig import refused
from tests.workflow.related.rig import Cases

MON = date(2024, 4, 8)
WED = date(2024, 4, 10)
FRI = date(2024, 4, 12)


def two(**more):
    cases = Cases()
    first, second = cases.open(MON, **more), cases.open(WED, **more)
    first.do("add-element", MON)
    second.do("add-element", WED)
    return cases, first, second


def merge(cases, second, first, day=FRI, **more):
    second.do("merge", day, into=first.case.reference, other=first, declare=("same-matter",), **more)
    cases.settle(day)


def test_a_merged_case_goes_on_in_the_other_and_counts_once():
    cases, first, second = two()
    alone = cases.counted()
    merge(cases, second, first)
    assert (second.facts.merged, second.facts.status) == (True, Status.CLOSED)
    assert second.case.related("merged-into")[0].case_id == first.case.case_id
    assert first.case.related("absorbed")[0].reference == second.case.reference
    # Its point is answered in the one it went into.
    assert [(el.number, el.of_case) for el in first.case.points] == [(1, None), (2, second.case.case_id)]
    assert first.case.points[1].sealed == second.case.elements[0].sealed
    counted = cases.counted()
    assert alone["2024/25", "received|corporate"] == 2
    assert counted["2024/25", "received|corporate"] == 1
    assert counted["2024/25", "stock-status|corporate|kind=complaint"] == 1
    assert statement(second.facts) is None


def test_a_merged_case_publishes_nothing_and_takes_no_step_but_to_come_back():
    cases, first, second = two()
    merge(cases, second, first)
    assert second.tick(datetime(2025, 1, 1, tzinfo=UTC)) == ()
    with refused("step-not-open"):
        second.do("acknowledge", FRI)
    with refused("step-not-open"):
        second.do("reopen", FRI)
    second.do("note-on-merged", FRI)
    with refused("reason-missing"):
        second.do("unmerge", FRI, text=False)


def test_unmerging_restores_facts_clocks_and_every_count():
    cases, first, second = two()
    alone, facts = cases.counted(), second.facts
    reading = second.reading("stage-1-acknowledgement")
    merge(cases, second, first)
    second.do("unmerge", date(2024, 4, 16))
    cases.settle(date(2024, 4, 16))
    assert second.facts == facts
    assert cases.counted() == alone
    # The merge was the council's, and not the person's: no clock was stopped by it.
    assert second.reading("stage-1-acknowledgement") == reading
    assert [el.number for el in first.case.points] == [1]
    assert (first.case.relations, second.case.relations) == ((), ())
    events = second.tick(datetime(2024, 4, 30, tzinfo=UTC))
    assert any(event.type.endswith("clock-breached.v1") for event in events)


def test_merged_again_its_points_come_again():
    cases, first, second = two()
    merge(cases, second, first)
    second.do("unmerge", FRI).do("add-element", FRI)
    merge(cases, second, first)
    assert len(first.case.points) == 3
    assert {el.of_element for el in first.case.points} == {None, 1, 2}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda first, second: first.do("withdraw", FRI), "target-closed"),
        (
            lambda first, second: first.do("reclassify", FRI, procedure="public-health"),
            "not-the-same-procedure",
        ),
        (lambda first, second: second.do("refer-to-ombudsman", FRI), "runs-open"),
        (lambda first, second: None, "received-later"),
        (lambda first, second: None, "links-itself"),
        (lambda first, second: None, "no-such-case"),
    ],
)
def test_what_does_not_fit_is_not_merged(spoil, code):
    _, first, second = two()
    spoil(first, second)
    pairs = {
        "received-later": (first, second),
        "links-itself": (second, second),
        "no-such-case": (second, None),
    }
    here, into = pairs.get(code, (second, first))
    with refused(code):
        reference = (into or first).case.reference
        here.do("merge", FRI, into=reference, other=into, declare=("same-matter",))


def test_an_answered_case_is_not_merged_and_nor_is_one_that_took_others_in():
    cases, first, second = two()
    third = cases.open(FRI)
    merge(cases, third, second)
    with refused("has-absorbed"):
        merge(cases, second, first)
    other = cases.open(FRI)
    other.do("acknowledge", FRI).do("add-element", FRI).do("find", FRI, element=1, finding="upheld")
    other.do("respond", FRI)
    with refused("answered-already"):
        merge(cases, other, first)


def test_one_that_was_closed_at_the_same_time_sends_the_other_back():
    cases, first, second = two()
    facts = second.facts
    second.do("merge", FRI, into=first.case.reference, other=first, declare=("same-matter",))
    first.do("withdraw", FRI)
    cases.settle(FRI)
    assert second.facts == facts
    assert second.last.type == "redress.case.unmerged.v1"
    assert second.last.why == "target-closed"
    assert not second.case.relations
    assert first.last.refused


def test_in_whatever_order_it_is_carried_over_the_two_agree():
    cases, first, second = two()
    second.do("merge", FRI, into=first.case.reference, other=first, declare=("same-matter",))
    second.do("unmerge", FRI)
    merged, unmerged = cases.waiting()
    cases.carry(unmerged, FRI)
    cases.carry(merged, FRI)
    assert not first.case.related("absorbed")
    assert [el.number for el in first.case.points] == [1]


def test_a_message_on_a_merged_case_reaches_the_one_it_went_into():
    cases, first, second = two()
    merge(cases, second, first)
    message = FeedbackMessageAdded(
        feedback_id=second.case.feedback_id,
        message_id=uuid4(),
        channel=Channel.EMAIL,
        received_at=noon(FRI),
        sealed=sealed(second.case.feedback_id),
    )
    second.handle(AddMessage(envelope(message, noon(FRI))), noon(FRI))
    cases.settle(FRI)
    assert (first.case.messages, second.case.messages) == (1, 1)
    assert first.last.sealed == message.sealed


def test_who_takes_a_merged_complaint_back_takes_back_their_own():
    cases, first, second = two()
    merge(cases, second, first)
    gone = FeedbackWithdrawn(feedback_id=second.case.feedback_id, withdrawn_at=noon(FRI))
    second.handle(Withdraw(envelope(gone, noon(FRI))), noon(FRI))
    cases.settle(FRI)
    assert (second.facts.merged, second.facts.outcome) == (False, "withdrawn")
    assert first.facts.status is Status.OPEN
    assert [el.number for el in first.case.points] == [1]


def test_compliments_on_the_same_thing_are_merged_too():
    cases, first, second = two_compliments()
    merge(cases, second, first)
    assert cases.counted()["2024/25", "compliments|corporate"] == 1


def two_compliments():
    cases = Cases()
    return cases, cases.open(MON, kind=Kind.COMPLIMENT), cases.open(WED, kind=Kind.COMPLIMENT)


def test_a_case_that_was_answered_at_stage_1_takes_in_no_other_at_stage_2():
    cases, first, second = two()
    first.do("acknowledge", WED).do("find", WED, element=1, finding="not-upheld").do("respond", WED)
    first.do("escalate", WED)
    with refused("target-closed"):
        merge(cases, second, first)


def test_a_point_that_was_split_off_after_the_merge_does_not_come_twice():
    cases, first, second = two()
    merge(cases, second, first)
    first.do("split", FRI, procedure="corporate", elements=(2,))
    second.do("unmerge", FRI)
    second.do("merge", FRI, into=first.case.reference, other=first, declare=("same-matter",))
    unmerged = next(e for e in cases.waiting() if e.type.endswith("unmerged.v1"))
    cases.carry(unmerged, FRI)
    cases.settle(FRI)
    assert [el.number for el in first.case.points] == [1]
