"""Laws of longer time, as staff give it by the rulebook's rule, on clocks of every unit, calendar, convention and roll."""

from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.workflow.case.clocks.reading import read
from services.workflow.case.errors import StepRefused
from services.workflow.rulebook.choose import Rulebooks
from shared.calendar.holidays import published
from shared.events.codes import Timeliness
from tests.workflow.case_rig import Desk
from tests.workflow.properties.generating import PAUSING, UNITS, book, clock_fields, days

DATA = st.data()


class Extended:
    """A case with one clock that may be given longer; perhaps it stood still for a while before it is asked."""

    def __init__(self, draw, **rule):
        unit = draw(st.sampled_from(UNITS))
        by = draw(st.integers(1, 3 if unit == "months" else 15))
        cap = by + draw(st.integers(0, 3 if unit == "months" else 20))
        rule = {"by": by, "cap": cap, "beyond_cap": "refused", **rule}
        limit = draw(st.integers(1, 3 if unit == "months" else 20))
        self.fields = draw(clock_fields(unit=unit, limit=limit, extension=rule, stops=["responded"], **PAUSING))
        self.fields.pop("anew", None)
        self.by, self.cap = by, cap
        self.rules = book(["s1"], [self.fields])
        self.clock = self.rules.clock("c")
        self.start = self.day = draw(days())
        self.desk = Desk(Rulebooks([self.rules])).open(self.start, procedure="corporate")
        if draw(st.booleans()):
            self.pause(draw)
        assume(self.due >= self.day)

    def pause(self, draw):
        self.desk.do("asked", self.day + timedelta(days=draw(st.integers(0, 3))))
        self.day = self.desk.last.on + timedelta(days=draw(st.integers(0, 40)))
        self.desk.do("answered", self.day)

    @property
    def reading(self):
        return self.desk.reading("c")

    @property
    def due(self):
        return self.reading.due

    def due_with(self, more):
        """The deadline of the same history, had the limit been so much more in the first place."""
        longer = book(["s1"], [{**self.fields, "limit": self.fields["limit"] + more}])
        visit = self.desk.case.visit.model_copy(update={"given": ()})
        return read(longer.clock("c"), visit, longer, published()).due

    def refused(self, to):
        """Longer time is asked for, until a day or as is usual: why it is refused, or None."""
        try:
            self.desk.do("extend", self.day, to=to)
        except StepRefused as refused:
            return refused

    def tellable(self, day):
        return self.clock.unit != "working_days" or published().calendar(self.clock.calendar).is_working(day)


@given(DATA)
def test_one_usual_extension_is_the_limit_that_much_longer(data):
    """By any convention and roll, before a pause or after one: what the rule adds is added to the limit, not to a day."""
    case = Extended(data.draw)
    expected = case.due_with(case.by)
    assume(expected > case.due)
    case.desk.do("extend", case.day)
    assert case.due == expected
    assert case.desk.last.to == expected
    assert case.desk.last.units <= case.by
    if data.draw(st.booleans()):
        with_pause = case.reading.paused_units
        case.pause(data.draw)
        assert case.due >= expected + timedelta(days=case.reading.paused_units - with_pause)


@given(DATA)
def test_every_day_up_to_the_cap_can_be_notified_and_none_beyond_it(data):
    """A day that is notified in time is the deadline from then on; of days that roll, the working day it falls on."""
    case = Extended(data.draw)
    was, last = case.due, case.due_with(case.cap)
    to = was + timedelta(days=data.draw(st.integers(-2, (last - was).days + 5)))
    refused = case.refused(to)
    if not (was < to <= last and case.tellable(to)):
        expected = "not-later" if to <= was else "beyond-cap" if case.tellable(to) else "not-a-working-day"
        assert (refused.code, case.due) == (expected, was)
        return
    assert refused is None
    assert to <= case.due <= last
    assert case.due == to or case.clock.roll != "none"
    assert 1 <= case.desk.last.units <= case.cap
    assert case.due_with(case.desk.last.units - 1) < to
    assert case.reading.standard_due == was


@settings(max_examples=60)
@given(DATA)
def test_whatever_is_notified_and_however_often_the_cap_holds(data):
    case = Extended(data.draw)
    last = case.due_with(case.cap)
    for _ in range(data.draw(st.integers(1, 5))):
        to = case.due + timedelta(days=data.draw(st.integers(1, 30)))
        refused = case.refused(to)
        assert (refused is None) == (to <= last and case.tellable(to))
        assert case.due <= last
        assert refused or case.due >= to
    case.refused(None)
    assert case.due <= last


@given(DATA)
def test_an_extension_notified_late_never_makes_a_late_response_timely(data):
    case = Extended(data.draw)
    was = case.due
    late = was + timedelta(days=data.draw(st.integers(1, 20)))
    case.desk.do("extend", late, to=data.draw(st.dates(late, late + timedelta(days=90)).filter(case.tellable)))
    assert case.due == was
    case.desk.do("respond", late + timedelta(days=data.draw(st.integers(0, 30))))
    assert case.desk.facts.timeliness is Timeliness.LATE
    assert case.desk.facts.stages[0].extended_to is None


@settings(max_examples=60)
@given(DATA)
def test_beyond_the_cap_only_good_reason_gives_longer(data):
    case = Extended(data.draw, beyond_cap="good-reason")
    to = case.due_with(case.cap) + timedelta(days=1)
    while not case.tellable(to):
        to += timedelta(days=1)
    refused = case.refused(to)
    assert (refused.code, refused.pointer) == ("beyond-cap", "/good_reason")
    case.desk.do("extend", case.day, to=to, good_reason=True)
    assert case.due >= to
