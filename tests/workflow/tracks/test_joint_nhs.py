"""A complaint about the council and the NHS: one body leads, one reply, each body's clocks and each body's return."""

from datetime import UTC, date, datetime

import pytest

from shared.events.codes import Timeliness
from tests.workflow.case_rig import Desk
from tests.workflow.procedures.rig import refused

MON = date(2024, 4, 8)
SENT = date(2024, 4, 11)
AGREED = ("consent-to-share", "lead-agreed")
REPLY = (
    "one-reply",
    "signed-by-responsible-person",
    "ombudsman-rights-told",
    "health-ombudsman-rights-told",
)
PROCEDURES = ["adults-statutory", "public-health"]


def complaint(procedure="adults-statutory"):
    desk = Desk().open(MON, procedure=procedure)
    desk.do("acknowledge", MON, declare=("discussion-offered",))
    desk.do("agree-period", MON, to=date(2024, 5, 31), declare=("period-agreed",))
    desk.do("add-element", MON).do("find", MON, element=1, finding="upheld")
    return desk.do("join-nhs-body", MON, kind="acute-trust")


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_the_council_leads_and_sends_one_reply_for_both(procedure):
    desk = complaint(procedure)
    assert desk.facts.joint_nhs
    with refused("consent-to-share-not-declared"):
        desk.do("council-leads", SENT, declare=("lead-agreed",))
    desk.do("council-leads", SENT, declare=AGREED).do("agree-nhs-day", SENT, to=date(2024, 5, 10))
    desk.do("nhs-body-acknowledged", date(2024, 4, 12))
    # The council cannot answer for itself alone, nor for both without the other's part.
    with refused("nhs-body-open"):
        desk.do("respond", date(2024, 5, 20), person="chief-1", declare=REPLY)
    with refused("not-all-at-nhs-body-contributed"):
        desk.do("respond-jointly", date(2024, 5, 20), person="chief-1", declare=REPLY)
    desk.do("receive-nhs-part", date(2024, 5, 9))
    for missing in ("one-reply", "health-ombudsman-rights-told"):
        with refused(f"{missing}-not-declared"):
            declared = tuple(d for d in REPLY if d != missing)
            desk.do("respond-jointly", date(2024, 5, 20), person="chief-1", declare=declared)
    desk.do("respond-jointly", date(2024, 5, 20), person="chief-1", declare=REPLY)
    assert desk.facts.timeliness is Timeliness.WITHIN_STANDARD
    # Two returns: the council's counts its response, the body's counts the same reply by its own clock.
    fact = desk.fact("nhs-body")
    assert (fact.kind, fact.done_on, fact.ended_on) == ("acute-trust", date(2024, 5, 20), date(2024, 5, 20))
    assert (fact.due_on, fact.timeliness) == (date(2024, 10, 10), Timeliness.WITHIN_STANDARD)
    assert len([o for o in desk.outcomes if o.statement.stages]) == 1
    assert desk.outcomes[-1].statement.joint_nhs


@pytest.mark.parametrize("procedure", PROCEDURES)
def test_the_nhs_body_leads_and_its_reply_is_the_councils_too(procedure):
    desk = complaint(procedure).do("nhs-body-leads", SENT, declare=AGREED)
    desk.do("agree-council-day", SENT, to=date(2024, 5, 3))
    with refused("not-all-at-nhs-body-has-our-part"):
        desk.do("record-lead-reply", date(2024, 5, 20), person="chief-1", declare=REPLY)
    desk.do("send-council-part", date(2024, 5, 2))
    desk.do("record-lead-reply", date(2024, 6, 20), person="chief-1", declare=REPLY)
    assert desk.facts.stages[-1].responded_on == desk.fact("nhs-body").done_on == date(2024, 6, 20)
    # The period agreed with the person was over, and the six months of the body were not.
    assert desk.facts.timeliness is Timeliness.LATE
    assert desk.fact("nhs-body").timeliness is Timeliness.WITHIN_STANDARD


def test_each_body_has_its_own_clocks():
    desk = complaint().do("council-leads", SENT, declare=AGREED)
    assert desk.reading("local-resolution-six-months").due == date(2024, 10, 7)
    assert desk.reading("nhs-body-response").due == date(2024, 10, 10)
    # Sent on a Thursday: three working days after it.
    assert desk.reading("nhs-body-acknowledgement").due == date(2024, 4, 16)
    events = desk.tick(datetime(2024, 4, 17, 12, tzinfo=UTC))
    assert [(e.clock, e.run) for e in events if e.clock.startswith("nhs")] == [("nhs-body-acknowledgement", 1)] * 2


@pytest.mark.parametrize(("sent", "due"), [(date(2022, 9, 14), date(2022, 9, 20)), (date(2024, 3, 27), date(2024, 4, 3))])
def test_the_bodys_three_days_pass_over_the_funeral_and_easter(sent, due):
    desk = Desk().open(date(2022, 9, 1), procedure="adults-statutory")
    desk.do("join-nhs-body", date(2022, 9, 1), kind="ambulance-trust").do("council-leads", sent, declare=AGREED)
    assert desk.reading("nhs-body-acknowledgement").due == due


def test_without_consent_each_body_answers_for_itself():
    desk = complaint().do("answer-apart", date(2024, 4, 9))
    assert desk.run("nhs-body").ended_on == date(2024, 4, 9)
    desk.do("respond", date(2024, 5, 20), person="chief-1", declare=REPLY)
    # That it is not joint after all is put right in so many words.
    assert not desk.do("reclassify", date(2024, 5, 20), joint_nhs=False).facts.joint_nhs


def test_two_bodies_are_answered_in_the_one_reply():
    desk = complaint().do("join-nhs-body", MON, kind="ambulance-trust")
    for number in (1, 2):
        desk.do("council-leads", SENT, number=number, declare=AGREED)
    desk.do("receive-nhs-part", SENT, number=1)
    with refused("not-all-at-nhs-body-contributed"):
        desk.do("respond-jointly", date(2024, 5, 20), person="chief-1", declare=REPLY)
    desk.do("receive-nhs-part", SENT)
    desk.do("respond-jointly", date(2024, 5, 20), person="chief-1", declare=REPLY)
    assert {(t.kind, t.done_on) for t in desk.facts.tracks} == {
        ("acute-trust", date(2024, 5, 20)),
        ("ambulance-trust", date(2024, 5, 20)),
    }


def test_what_carries_the_bodies_along_is_one_event_each():
    desk = complaint().do("council-leads", SENT, declare=AGREED).do("receive-nhs-part", SENT)
    desk.do("respond-jointly", SENT, person="chief-1", declare=REPLY)
    last = desk.events[-2:]
    assert [e.type.rsplit(".", 2)[1] for e in last] == ["responded", "responded"]
    assert (last[0].run, last[1].run.state) == (None, "nhs-body-replied")
