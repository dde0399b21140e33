"""History compared with what was worked live: the same case, imported as a row or step by step, has the same facts and figures."""

from collections import Counter
from datetime import date, timedelta
from functools import partial
from operator import add

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.measures import measure
from services.workflow.rulebook.choose import NoRulebook, Rulebooks
from shared.events.codes import OmbudsmanDecision, Outcome, Provenance, Status, Timeliness
from tests.workflow.case_rig import BOOKS
from tests.workflow.case_rig import Desk as PlainDesk
from tests.workflow.procedures.rig import declarations

FOI, SAR, MP = "freedom-of-information", "subject-access", "mp-correspondence"


class Desk(PlainDesk):
    """Staff who declare all that is asked."""

    def do(self, step, day, *, declare=None, **more):
        return super().do(step, day, declare=declarations(self.facts.rulebook), **more)


def day(month, n, year=2024):
    return date(year, month, n)


def asked(procedure, received, kind="enquiry"):
    return Desk().open(received, procedure=procedure, kind=kind)


def row(procedure, kind="enquiry", **more):
    return Desk().bring(kind=kind, procedure=procedure, channel="web-form", **more)


def same(imported, live):
    """Both have the same facts but for where they come from, and count alike."""
    facts = imported.facts.model_copy(update={"provenance": Provenance.LIVE})
    assert facts == live.facts
    assert measure(facts) == measure(live.facts)
    days = [e.on for e in imported.events[:-1]]
    assert days == sorted(days), "the events of a row come in the order of their days"


def answered(stage, began, until, outcome=None, **more):
    return {"stage": stage, "started_on": began, "responded_on": until, "outcome": outcome, **more}


def test_a_request_refused():
    live = asked(FOI, day(6, 17)).do("refuse", day(6, 20), refusal_reason="cost-limit")
    common = {"received_on": day(6, 17), "closed_on": day(6, 20), "refusal_reason": "cost-limit"}
    same(
        row(FOI, outcome="refused", **common, stages=[answered("request", day(6, 17), day(6, 20), "refused")]),
        live,
    )
    # A row that holds no more than that it was refused and closed: the refusal was the answer.
    same(row(FOI, outcome="refused", **common, stages=[{"stage": "request", "started_on": day(6, 17)}]), live)
    assert live.facts.stages[0].due_on == day(7, 16), "twelfth of July is a holiday in Northern Ireland"


def reviewed(desk):
    desk.do("request-review", day(9, 2)).do("add-element", day(9, 2)).do("find", day(9, 3), element=1, finding="upheld")
    return desk.do("respond-review", day(10, 15), person="reviewer-1").do("close", day(10, 15))


REVIEW = answered("internal-review", day(9, 2), day(10, 15), "upheld")


def test_a_request_refused_and_reviewed_is_closed_by_the_refusal_and_opened_by_the_review():
    live = reviewed(asked(FOI, day(6, 17)).do("refuse", day(7, 18), refusal_reason="exemption"))
    stages = [answered("request", day(6, 17), day(7, 18), "refused"), REVIEW]
    imported = row(FOI, received_on=day(6, 17), closed_on=day(10, 15), refusal_reason="exemption", stages=stages)
    same(imported, live)
    assert [s.timeliness for s in imported.facts.stages] == [Timeliness.LATE, Timeliness.LATE]
    assert (imported.facts.outcome, len(imported.facts.openings)) == (Outcome.UPHELD, 2)


@pytest.mark.parametrize("closed", [None, day(8, 14), day(9, 2)])
def test_a_request_answered_within_an_extension_and_reviewed(closed):
    live = asked(FOI, day(6, 17)).do("extend", day(7, 15), to=day(8, 14)).do("respond", day(8, 14), person="officer-1")
    live = reviewed(live.do("close", closed) if closed else live)
    first = answered(
        "request",
        day(6, 17),
        day(8, 14),
        extended_to=day(8, 14),
        extension_told_on=day(7, 15),
        closed_on=closed,
    )
    imported = row(FOI, received_on=day(6, 17), closed_on=day(10, 15), stages=[first, REVIEW])
    same(imported, live)
    assert imported.facts.stages[0].timeliness is Timeliness.WITHIN_EXTENSION
    assert len(imported.facts.openings) == (2 if closed else 1)


def test_a_subject_access_request_that_took_two_months_more():
    live = asked(SAR, day(6, 17)).do("extend", day(7, 1)).do("respond", day(9, 17), person="o").do("close", day(9, 18))
    more = {"extended_to": day(9, 17), "extension_told_on": day(7, 1)}
    stages = [answered("request", day(6, 17), day(9, 17), **more)]
    same(row(SAR, received_on=day(6, 17), closed_on=day(9, 18), stages=stages), live)


def test_a_letter_and_a_service_request():
    live = asked(MP, day(6, 17)).do("acknowledge", day(6, 20)).do("respond", day(7, 1), person="o").do("close", day(7, 1))
    stages = [answered("correspondence", day(6, 17), day(7, 1), acknowledged_on=day(6, 20))]
    same(row(MP, received_on=day(6, 17), closed_on=day(7, 1), stages=stages), live)
    live = asked("corporate", day(6, 17), "service-request").do("acknowledge", day(6, 18)).do("close", day(6, 21))
    stages = [{"stage": "feedback", "started_on": day(6, 17), "acknowledged_on": day(6, 18)}]
    same(row("corporate", "service-request", received_on=day(6, 17), closed_on=day(6, 21), stages=stages), live)


def test_a_data_protection_complaint():
    received, answered_on = date(2026, 6, 22), date(2026, 7, 20)
    live = asked("data-protection", received, "complaint").do("acknowledge", received).do("add-element", received)
    live.do("find", answered_on, element=1, finding="upheld").do("respond", answered_on, person="o").do("close", answered_on)
    stages = [answered("complaint", received, answered_on, "upheld", acknowledged_on=received)]
    common = {"received_on": received, "closed_on": answered_on, "outcome": "upheld"}
    same(row("data-protection", "complaint", **common, stages=stages), live)


def test_a_refused_request_that_the_row_closes_later_stays_open_until_then():
    desk = row(
        FOI,
        received_on=day(6, 17),
        closed_on=day(6, 30),
        outcome="refused",
        refusal_reason="exemption",
        stages=[answered("request", day(6, 17), day(6, 20), "refused")],
    )
    assert (desk.facts.closed_on, desk.facts.stages[0].responded_on) == (day(6, 30), day(6, 20))
    assert desk.facts.outcome is Outcome.REFUSED


COMPLAINT = {
    "received_on": day(6, 3),
    "closed_on": day(6, 14),
    "outcome": "upheld",
    "stages": [answered("stage-1", day(6, 3), day(6, 14), "upheld", acknowledged_on=day(6, 4))],
}


def complained():
    live = Desk().open(day(6, 3), procedure="corporate").do("acknowledge", day(6, 4)).do("assign", day(6, 4), person="o")
    live.do("add-element", day(6, 4)).do("find", day(6, 14), element=1, finding="upheld")
    return live.do("respond", day(6, 14)).do("close", day(6, 14))


def test_an_upheld_complaint_with_a_late_remedy_one_not_complied_with_and_one_awaited():
    live = complained().do("refer-to-ombudsman", day(7, 1), reference="24 001 234").do("ombudsman-investigate", day(7, 9))
    live.do("ombudsman-uphold", day(9, 2), satisfactory_remedy=False)
    live.do("ombudsman-recommend", day(9, 2), kind="apology", due_on=day(9, 30))
    live.do("ombudsman-recommend", day(9, 2), kind="financial-remedy", due_on=day(10, 7))
    live.do("ombudsman-recommend", day(9, 5), kind="training-or-guidance", due_on=day(12, 2))
    live.do("ombudsman-remedy-evidence", day(10, 4), number=1).do("ombudsman-remedy-satisfied", day(10, 4))
    live.do("ombudsman-remedy-not-complied", day(11, 4), number=2)
    remedies = [
        # Not in the order in which they were recommended: they are numbered as they came.
        {"kind": "training-or-guidance", "agreed_on": day(9, 5), "due_on": day(12, 2)},
        {"kind": "apology", "due_on": day(9, 30), "done_on": day(10, 4)},
        {"kind": "financial-remedy", "due_on": day(10, 7), "not_done_on": day(11, 4)},
    ]
    referral = {
        "received_on": day(7, 1),
        "decided_on": day(9, 2),
        "decision": "upheld",
        "reference": "24 001 234",
        "satisfactory_remedy": False,
        "remedies": remedies,
    }
    imported = row("corporate", "complaint", **COMPLAINT, ombudsman=[referral])
    same(imported, live)
    due = {cell.rpartition("how=")[2] for cell in measure(imported.facts) if "track=ombudsman-remedy|how=" in cell}
    assert due == {"late", "not-done", "awaited"}
    assert imported.run("ombudsman").state == "ombudsman-upheld", "a remedy is still under way"
    # It goes on in Redress, by the steps of the rulebook.
    imported.do("ombudsman-remedy-evidence", day(12, 1)).do("ombudsman-remedy-satisfied", day(12, 3))
    imported.do("ombudsman-conclude", day(12, 3))
    assert imported.fact("ombudsman-remedy", 3).timeliness is Timeliness.WITHIN_STANDARD


def test_a_referral_is_concluded_when_its_last_remedy_has_ended():
    live = complained().do("refer-to-ombudsman", day(7, 1)).do("ombudsman-uphold", day(9, 2), satisfactory_remedy=True)
    live.do("ombudsman-recommend", day(9, 2), kind="apology", due_on=day(9, 30))
    live.do("ombudsman-remedy-evidence", day(9, 30)).do("ombudsman-remedy-satisfied", day(9, 30))
    live.do("ombudsman-conclude", day(9, 30))
    remedy = {"kind": "apology", "due_on": day(9, 30), "done_on": day(9, 30)}
    referral = {
        "received_on": day(7, 1),
        "decided_on": day(9, 2),
        "decision": "upheld",
        "satisfactory_remedy": True,
    }
    same(row("corporate", "complaint", **COMPLAINT, ombudsman=[{**referral, "remedies": [remedy]}]), live)
    without = row("corporate", "complaint", **COMPLAINT, ombudsman=[referral]).fact("ombudsman")
    assert (without.state, without.ended_on) == ("ombudsman-concluded", day(9, 2))
    goes_on = {**COMPLAINT, "closed_on": None, "outcome": None}
    assert row("corporate", "complaint", **goes_on, ombudsman=[referral]).run("ombudsman").state == "ombudsman-upheld"


def test_the_councils_own_remedies_are_agreed_with_the_response_unless_the_row_has_the_day():
    live = complained().do("agree-remedy", day(6, 14), kind="apology", due_on=day(6, 28))
    live.do("agree-remedy", day(6, 17), kind="amend-record", due_on=day(7, 1))
    live.do("carry-out-remedy", day(6, 28), number=1).do("give-up-remedy", day(7, 2), number=2)
    remedies = [
        {"kind": "apology", "due_on": day(6, 28), "done_on": day(6, 28)},
        {"kind": "amend-record", "agreed_on": day(6, 17), "due_on": day(7, 1), "not_done_on": day(7, 2)},
    ]
    same(row("corporate", "complaint", **COMPLAINT, remedies=remedies), live)


@pytest.mark.parametrize("procedure", ["adults-statutory", "childrens-statutory", "public-health", "corporate"])
@pytest.mark.parametrize("decision", list(OmbudsmanDecision))
def test_every_decision_ends_a_referral_under_every_procedure(procedure, decision):
    desk = Desk().bring(
        kind="complaint",
        procedure=procedure,
        received_on=day(6, 3),
        closed_on=day(6, 14),
        outcome="resolved",
        ombudsman=[{"received_on": day(7, 1), "decided_on": day(9, 2), "decision": decision}],
    )
    fact = desk.fact("ombudsman")
    assert (fact.began_on, fact.ended_on, fact.state) == (day(7, 1), day(9, 2), "ombudsman-concluded")
    assert desk.facts.ombudsman[0].decision is decision


def test_two_referrals_of_one_day_keep_their_decisions_apart():
    referrals = [
        {"received_on": day(7, 1), "decided_on": day(9, 2), "decision": "upheld"},
        {"received_on": day(7, 1), "decided_on": day(8, 1), "decision": "not-upheld"},
    ]
    desk = row("corporate", "complaint", **COMPLAINT, ombudsman=referrals)
    assert [o.decision for o in desk.facts.ombudsman] == ["upheld", "not-upheld"]


def test_a_referral_that_awaits_its_decision_goes_on_in_redress():
    desk = row("corporate", "complaint", **COMPLAINT, ombudsman=[{"received_on": day(7, 1)}])
    desk.do("ombudsman-close-early", day(7, 9), decision="referred-back")
    assert desk.facts.ombudsman[0].decision is OmbudsmanDecision.REFERRED_BACK


def test_a_rulebook_without_remedies_reports_it():
    """Such as that of data protection complaints, of whom the Commissioner and not the Ombudsman decides."""
    remedy = {"kind": "apology", "agreed_on": date(2026, 7, 20), "due_on": date(2026, 8, 3)}
    with pytest.raises(NoRulebook, match="data-protection-2026 has nothing to record a remedy in"):
        row("data-protection", "complaint", received_on=date(2026, 6, 22), remedies=[remedy])


def test_under_rulebooks_without_tracks_a_referral_is_recorded_as_before():
    book = BOOKS.get("corporate-2022", 1)
    steps = tuple(s for s in book.steps if s.begins is None and not book.of_track(s))
    bare = Rulebooks([book.model_copy(update={"steps": steps})])
    referral = {"received_on": date(2022, 7, 1), "decided_on": date(2022, 9, 2), "decision": "upheld"}
    desk = Desk(bare).bring(kind="complaint", procedure="corporate", received_on=date(2022, 6, 3), ombudsman=[referral])
    assert (desk.facts.ombudsman[0].decision, desk.facts.tracks) == ("upheld", ())


LATER = st.integers(0, 90).map(timedelta)


@st.composite
def remedies(draw, since):
    agreed = since + draw(LATER)
    how = draw(st.sampled_from(["done_on", "not_done_on", None]))
    end = {how: agreed + draw(LATER)} if how else {}
    return {"kind": "apology", "agreed_on": agreed, "due_on": agreed + draw(LATER), **end}


@settings(max_examples=60)
@given(st.data())
def test_whatever_became_of_remedies_each_counts_once_by_its_own_days(data):
    referrals = []
    for _ in range(data.draw(st.integers(0, 2))):
        decided = day(7, 1) + data.draw(LATER)
        some = data.draw(st.lists(remedies(decided), max_size=3))
        referrals.append({"received_on": day(7, 1), "decided_on": decided, "decision": "upheld", "remedies": some})
    own = data.draw(st.lists(remedies(day(6, 14)), max_size=3))
    desk = row("corporate", "complaint", **COMPLAINT, ombudsman=referrals, remedies=own)
    days = [e.on for e in desk.events[:-1]]
    assert days == sorted(days)
    assert desk.facts.status is Status.CLOSED
    for track, given_ in (
        ("remedy", own),
        ("ombudsman-remedy", [r for o in referrals for r in o["remedies"]]),
    ):
        facts = [t for t in desk.facts.tracks if t.track == track]
        assert [t.number for t in facts] == list(range(1, len(given_) + 1))
        want = Counter((r["agreed_on"], r["due_on"], r.get("done_on"), r.get("done_on") or r.get("not_done_on")) for r in given_)
        assert Counter((t.began_on, t.due_on, t.done_on, t.ended_on) for t in facts) == want
        for fact in facts:
            late = fact.done_on is not None and fact.done_on > fact.due_on
            assert (fact.timeliness is Timeliness.LATE) == late


@st.composite
def asked_for(draw):
    """A row of a request with up to two stages, whatever their days are."""
    received = day(6, 17)
    stages, start = [], received
    for n, name in enumerate(("request", "internal-review")[: draw(st.integers(1, 2))]):
        answered_on = draw(st.none() | LATER.map(partial(add, start)))
        found = [None, "refused"] if n == 0 else [None, "upheld", "not-upheld"]
        stages.append(answered(name, start, answered_on, answered_on and draw(st.sampled_from(found))))
        start += draw(LATER)
    first = stages[0]
    if len(stages) > 1 and (first["responded_on"] or received) <= stages[1]["started_on"]:
        first["closed_on"] = draw(st.sampled_from([None, first["responded_on"], stages[1]["started_on"]]))
    days = [s["responded_on"] or s["started_on"] for s in stages]
    closed = draw(st.none() | LATER.map(lambda more: max(days) + more))
    outcome = closed and draw(st.sampled_from([None, "refused", "withdrawn"]))
    return {"received_on": received, "closed_on": closed, "outcome": outcome, "stages": stages}


@settings(max_examples=150)
@given(asked_for(), st.sampled_from([FOI, SAR, "environmental-information"]))
def test_whatever_the_days_of_a_request_are_it_is_open_and_closed_in_turn(given_row, procedure):
    """That each opening follows the one before is checked of every event, by the desk."""
    desk = row(procedure, **given_row)
    assert desk.facts.closed_on == given_row["closed_on"] or desk.facts.status is Status.OPEN
    assert (desk.facts.closed_on is None) == (given_row["closed_on"] is None)
    assert [s.responded_on for s in desk.facts.stages[:-1]] == [s["responded_on"] for s in given_row["stages"][:-1]]
    last, fact = given_row["stages"][-1], desk.facts.stages[-1]
    wholly = given_row["outcome"] == "refused" and last["stage"] == "request"
    assert fact.responded_on == (last["responded_on"] or (given_row["closed_on"] if wholly else None))
