"""Laws of whole cases under random rulebooks. `Desk.tell` checks with every event that the history folds to the case and that
each event begins from the facts which the one before left."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.workflow.case.clocks.reading import ClockStatus, readings
from services.workflow.case.clocks.timers import timers
from services.workflow.case.commands import TakeStep
from services.workflow.case.decide import decide
from services.workflow.case.effects.extending import ExtendFields
from services.workflow.case.errors import CaseError
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Effect
from shared.calendar.holidays import published
from shared.calendar.london import end_of_day, start_of_day, today
from shared.events.cases import CaseExtended, ClockBreached, ClockDueSoon
from shared.events.codes import Timeliness
from tests.workflow.case_rig import PUBLISHED, Desk, noon, sealed
from tests.workflow.properties.generating import days, rulebooks

IDLE = {Effect.NOTE, Effect.ASSIGN, Effect.ADD_ELEMENT, Effect.FIND, Effect.REFER}
# What moves clocks is done more often than what does not, and ends are rare: a life is to be long and full.
OFTEN = {
    Effect.EXTEND: 8,
    Effect.RESPOND: 4,
    Effect.ESCALATE: 8,
    Effect.ACKNOWLEDGE: 4,
    Effect.MILESTONE: 2,
    Effect.REOPEN: 8,
}


def said(desk, register=PUBLISHED):
    """What each clock of the stage says, of an open case or a closed one."""
    if desk.case.visit is None:
        return ()
    book = desk.books.get(desk.facts.rulebook, desk.case.rulebook_version)
    return readings(desk.case.visit, book, register)


def shown(desk):
    return [(r.clock.id, r.status, r.standard_due, r.due, r.timeliness) for r in said(desk)]


@st.composite
def fields(draw, step, desk, day):
    match step.effect:
        case Effect.ASSIGN:
            return {"person": "officer-1"}
        case Effect.FIND:
            return {
                "element": draw(st.integers(1, 2)),
                "finding": draw(st.sampled_from(["upheld", "resolved"])),
            }
        case Effect.EXTEND:
            here = [r for r in said(desk) if r.clock.extension]
            clock = draw(st.sampled_from(here)) if here else None
            near = (clock.due if clock else None) or day
            to = draw(st.none() | st.integers(-3, 40).map(lambda n: near + timedelta(days=n)))
            back = draw(st.sampled_from([0, 0, 0, 1, 5]))
            return {
                "clock": clock.clock.id if clock else None,
                "to": to,
                "good_reason": draw(st.booleans()),
                "on": max(day - timedelta(days=back), desk.facts.received_on),
            }
        case _:
            return {}


class Life:
    """A case under a random rulebook, worked in random steps; those that are refused leave it as it was."""

    def __init__(self, draw, longest=20):
        self.draw = draw
        self.book = draw(rulebooks())
        self.day = draw(days())
        self.desk = Desk(Rulebooks([self.book])).open(self.day, procedure="corporate")
        self.longest = longest

    def steps(self):
        """Each step that was taken, with what the clocks showed before it."""
        desk = self.desk
        for _ in range(self.draw(st.integers(8, self.longest))):
            self.day += timedelta(days=self.draw(st.sampled_from([0, 0, 1, 2, 5, 12])))
            open_ = self.book.available(desk.case.state, desk.case.stage)
            step = self.draw(st.sampled_from([s for s in open_ for _ in range(OFTEN.get(s.effect, 1))]))
            before, was = desk.case, shown(desk)
            try:
                desk.do(step.id, self.day, **self.draw(fields(step, desk, self.day)))
            except CaseError:
                assert desk.case is before
            else:
                yield step, was

    def tick(self):
        return self.desk.tick(noon(self.day))


@settings(max_examples=60)
@given(st.data())
def test_whatever_staff_do_under_whatever_rulebook_the_laws_of_the_case_hold(data):
    """Its history folds to it and its facts go on from event to event, with the clocks speaking in between. No note,
    assignment, point or finding moves a clock; no longer time is more than the rule's cap; a response is late just when the
    deadline that was shown before it was over.
    """
    life = Life(data.draw)
    desk = life.desk
    for step, was in life.steps():
        if step.effect in IDLE:
            assert shown(desk) == was
        for r in said(desk):
            rule = r.clock.extension
            if rule and rule.cap and rule.beyond_cap == "refused" and r.clock.fixed:
                assert sum(g.units for g in r.given if g.counts) <= rule.cap
        if step.effect is Effect.RESPOND:
            stage = desk.facts.stages[-1]
            first = life.book.clock_kind(stage.stage, "response")
            due, status = next((w[3], w[1]) for w in was if w[0] == first.id)
            if due is not None and status is ClockStatus.RUNNING:
                assert (stage.timeliness is Timeliness.LATE) == (stage.responded_on > due)
        if data.draw(st.booleans()):
            life.tick()
    now = noon(life.day)
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
    """What is told in time is the deadline from then on, or it is rolled from that day; told late, it changes nothing."""
    life = Life(data.draw)
    for step, was in life.steps():
        if step.effect is not Effect.EXTEND:
            continue
        event = life.desk.last
        assert isinstance(event, CaseExtended)
        before = next(w for w in was if w[0] == event.clock)
        after = next(r for r in said(life.desk) if r.clock.id == event.clock)
        if not event.counts:
            assert event.on > before[3]
            assert shown(life.desk) == was
            continue
        assert before[3] is None or event.on <= before[3]
        assert after.due >= event.to
        assert after.due == event.to or after.clock.roll != "none" or after.clock.unit == "working_days"


@settings(max_examples=60)
@given(st.data())
def test_clocks_speak_once_in_order_and_never_early(data):
    """Each clock that runs past its deadline has said so, a provisional one as well: a missed acknowledgement cannot stretch
    time unseen. What is still to be said is of the deadline that holds.
    """
    life = Life(data.draw)
    desk = life.desk
    for _ in life.steps():
        now = noon(life.day)
        waiting = timers(desk.case, life.book, published())
        dues = {r.clock.id: r.due for r in said(desk) if r.ticking}
        assert [t.at for t in waiting] == sorted(t.at for t in waiting)
        assert all(dues[t.clock] == t.deadline for t in waiting)
        events = life.tick()
        assert [e.at for e in events] == [t.at for t in waiting if t.at <= now]
        assert all(e.late == (now - e.at > timedelta(minutes=15)) for e in events)
        assert life.tick() == ()
        assert not [t for t in timers(desk.case, life.book, published()) if t.at <= now]
        if not desk.case.is_open:
            assert events == ()
            continue
        for r in said(desk):
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
