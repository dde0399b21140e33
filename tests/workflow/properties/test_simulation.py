"""Laws of whole cases under random rulebooks. `Desk.handle` checks with every event that the history folds to the case and that
each event begins from the facts which the one before left."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.clocks.reading import ClockStatus
from services.workflow.case.clocks.timers import timers
from services.workflow.case.commands import TakeStep
from services.workflow.case.decide import decide
from services.workflow.case.effects.extending import ExtendFields
from services.workflow.case.errors import CaseError
from services.workflow.rulebook.model import Effect
from shared.calendar.holidays import published
from shared.calendar.london import end_of_day, start_of_day, today
from shared.events.cases import CaseExtended, ClockBreached, ClockDueSoon
from shared.events.codes import Timeliness
from tests.workflow.case_rig import noon, sealed
from tests.workflow.properties.simulating import IDLE, SimulatedCase, readings_of, shown


@settings(max_examples=60)
@given(st.data())
def test_whatever_staff_do_under_whatever_rulebook_the_laws_of_the_case_hold(data):
    """Its history folds to it and its facts go on from event to event, with the clocks speaking in between. No note,
    assignment, point or finding moves a clock; no longer time is more than the rule's cap; a response is late just when the
    deadline that was shown before it was over.
    """
    simulated = SimulatedCase(data.draw)
    desk = simulated.desk
    for step, was in simulated.steps():
        if step.effect in IDLE:
            assert shown(desk) == was
        for r in readings_of(desk):
            rule = r.clock.extension
            if rule and rule.cap and rule.beyond_cap == "refused" and r.clock.fixed:
                assert sum(g.units for g in r.given if g.counts) <= rule.cap
        if step.effect is Effect.RESPOND:
            stage = desk.facts.stages[-1]
            first = simulated.book.clock_kind(stage.stage, "response")
            due, status = next((w[3], w[1]) for w in was if w[0] == first.id)
            if due is not None and status is ClockStatus.RUNNING:
                assert (stage.timeliness is Timeliness.LATE) == (stage.responded_on > due)
        if data.draw(st.booleans()):
            simulated.tick()
    now = noon(simulated.day)
    command = TakeStep("extend", ExtendFields(to=today(now) + timedelta(days=9)), sealed=sealed())
    assert outcome(desk, command, now) == outcome(desk, command, now)


def outcome(desk, command, now):
    """What a command leads to, without its being done."""
    try:
        return decide(desk.case, command, desk.books, now, published())
    except CaseError as error:
        return error.code, str(error)


@settings(max_examples=60)
@given(st.data())
def test_longer_time_is_by_the_rule_whatever_the_rulebook(data):
    """What is notified in time is the deadline from then on, or it is rolled from that day; notified late, it changes nothing."""
    simulated = SimulatedCase(data.draw)
    for step, was in simulated.steps():
        if step.effect is not Effect.EXTEND:
            continue
        event = simulated.desk.last
        assert isinstance(event, CaseExtended)
        before = next(w for w in was if w[0] == event.clock)
        after = next(r for r in readings_of(simulated.desk) if r.clock.id == event.clock)
        if not event.counts:
            assert event.on > before[3]
            assert shown(simulated.desk) == was
            continue
        assert before[3] is None or event.on <= before[3]
        assert after.due >= event.to
        assert after.due == event.to or after.clock.roll != "none" or after.clock.unit == "working_days"


@settings(max_examples=60)
@given(st.data())
def test_clocks_speak_once_in_order_and_never_early(data):
    """Each clock that runs past its deadline has published it, a provisional one as well: a missed acknowledgement cannot stretch
    time unseen. What is still to be published is of the deadline that holds.
    """
    simulated = SimulatedCase(data.draw)
    desk = simulated.desk
    for _ in simulated.steps():
        now = noon(simulated.day)
        waiting = timers(desk.case, simulated.book, published())
        dues = {r.clock.id: r.due for r in readings_of(desk) if r.ticking}
        assert [t.at for t in waiting] == sorted(t.at for t in waiting)
        assert all(dues[t.clock] == t.deadline for t in waiting)
        events = simulated.tick()
        assert [e.at for e in events] == [t.at for t in waiting if t.at <= now]
        assert all(e.late == (now - e.at > timedelta(minutes=15)) for e in events)
        assert simulated.tick() == ()
        assert not [t for t in timers(desk.case, simulated.book, published()) if t.at <= now]
        if not desk.case.is_open:
            assert events == ()
            continue
        for r in readings_of(desk):
            if r.ticking and r.due is not None and r.clock.party == "council":
                key = f"{len(desk.case.visits) - 1}:{r.clock.id}:breached:{r.due}"
                assert (key in desk.case.spoken) == (end_of_day(r.due) <= now)
    assert len(desk.case.spoken) == len(set(desk.case.spoken))
    for event in desk.events:
        if isinstance(event, ClockDueSoon):
            assert not event.provisional
            assert event.at <= start_of_day(event.deadline)
        if isinstance(event, ClockBreached):
            assert event.at == end_of_day(event.deadline)
