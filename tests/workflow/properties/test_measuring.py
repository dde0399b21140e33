"""Laws of one clock, whatever its unit, calendar, convention and roll, over random histories."""

from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from services.workflow.case.clocks.reading import ClockStatus, read, units_between
from services.workflow.case.model import Given
from shared.calendar.holidays import published
from shared.events.codes import Timeliness
from tests.workflow.properties.generating import PAUSING, SHELF, book, clock_fields, clocks, days
from tests.workflow.properties.histories import FOREIGN, due, given_extensions, marks, visit

DATA = st.data()
SPAN = st.integers(0, 40)
COUNTED = st.sampled_from(["working_days", "days"])


def state(clock, visit_):
    """A clock's reading, but for the pauses that it names."""
    r = read(clock, visit_, SHELF, published())
    return r.status, r.started_on, r.standard_due, r.due, r.extended_to, r.stopped_on, r.timeliness


@given(clocks(**PAUSING), days(), DATA)
def test_a_pause_of_no_length_changes_nothing(clock, start, data):
    """Wherever in a history it falls, unless the clock stood still just then: there the restart ends the pause that was."""
    history = data.draw(marks(start))
    given_ = data.draw(given_extensions(clock, start))
    at = data.draw(st.integers(0, len(history)))
    earlier, later = history[:at], history[at:]
    assume(read(clock, visit(start, *earlier, given=given_), SHELF, published()).status is not ClockStatus.PAUSED)
    day = earlier[-1][1] if earlier else start
    with_ = [*earlier, ("asked", day), ("answered", day), *later]
    assert state(clock, visit(start, *with_, given=given_)) == state(clock, visit(start, *history, given=given_))


@given(COUNTED.flatmap(lambda unit: clocks(unit=unit, limit=10, **PAUSING)), days(), DATA)
def test_a_pause_and_an_extension_commute_where_days_are_counted(clock, start, data):
    """Of months and of agreed periods they do not: there an extension names a day, and whoever named it knew of the pauses
    before it, so that only a later one moves it.
    """
    history = data.draw(marks(start))
    units = data.draw(st.integers(1, 20))
    first, second = (
        Given(clock="c", to=day, units=units, told_on=day, counts=True)
        for day in sorted(start + timedelta(days=data.draw(SPAN)) for _ in range(2))
    )
    assert due(clock, visit(start, *history, given=[first])) == due(clock, visit(start, *history, given=[second]))


@given(st.sampled_from(["months"]).flatmap(lambda u: clocks(unit=u, limit=1, **PAUSING)), days(), SPAN, SPAN)
def test_a_pause_after_a_named_day_moves_it_and_one_before_does_not(clock, start, after, length):
    told_on = start + timedelta(days=10)
    to = due(clock, visit(start)) + timedelta(days=60)
    named = Given(clock="c", to=to, units=2, told_on=told_on, counts=True)
    p = min(told_on + timedelta(days=after), to)
    later = due(clock, visit(start, ("asked", p), ("answered", p + timedelta(days=length)), given=[named]))
    assert later >= to + timedelta(days=length)
    before = (("asked", start), ("answered", start + timedelta(days=5)))
    assert due(clock, visit(start, *before, given=[named])) == to


@given(clock_fields(**PAUSING), days(), days(), DATA)
def test_a_later_receipt_never_has_an_earlier_deadline(fields, one, other, data):
    """The history after the later receipt being the same. An agreed day is not counted from the receipt at all."""
    assume(fields["limit"] != "agreed")
    clock = book(["s1"], [fields]).clock("c")
    early, late = sorted((one, other))
    history = [m for m in data.draw(marks(late)) if m[0] != "renewed"]
    given_ = data.draw(given_extensions(clock, late))
    first, second = (read(clock, visit(s, *history, given=given_), SHELF, published()) for s in (early, late))
    assume(ClockStatus.PAUSED not in {first.status, second.status})
    assert first.standard_due <= second.standard_due
    assert first.due <= second.due


@given(COUNTED.flatmap(lambda unit: clocks(unit=unit, limit=10, **PAUSING)), days(), DATA)
def test_a_restored_clock_has_the_days_that_were_left(clock, start, data):
    """Of days that roll it may have more: the last one rolls again."""
    plain = due(clock, visit(start))
    paused = min(start + timedelta(days=data.draw(st.integers(0, 15))), plain)
    restarted = paused + timedelta(days=data.draw(SPAN))
    left = units_between(clock, paused, plain, published())
    after = units_between(clock, restarted, due(clock, visit(start, ("asked", paused), ("answered", restarted))), published())
    assert after >= left
    if clock.roll == "none" or clock.unit == "working_days":
        assert after == left


@given(clocks(limit=3, **PAUSING), days(), DATA)
def test_however_often_a_clock_is_restored_it_never_loses_the_days_that_were_left(clock, start, data):
    """In calendar days by the deadlines that were shown, of a clock in days or months; in working days of one in those."""
    history, day, shown = [], start, due(clock, visit(start))
    for _ in range(data.draw(st.integers(1, 3))):
        paused = day + timedelta(days=data.draw(st.integers(0, 10)))
        assume(paused <= shown)
        day = paused + timedelta(days=data.draw(st.integers(0, 20)))
        history += [("asked", paused), ("answered", day)]
        after = due(clock, visit(start, *history))
        if clock.unit == "working_days":
            assert units_between(clock, day, after, published()) == units_between(clock, paused, shown, published())
        else:
            assert after - day >= shown - paused
        shown = after


@given(clocks(limit=5, **PAUSING), days(), DATA)
def test_a_pause_that_begins_when_the_deadline_is_over_moves_nothing(clock, start, data):
    """A response that is late by then is late. On the last day itself the clock can still be paused."""
    given_ = data.draw(given_extensions(clock, start))
    plain = state(clock, visit(start, given=given_))
    late = plain[3] + timedelta(days=data.draw(st.integers(1, 20)))
    history = [("asked", late), ("answered", late + timedelta(days=data.draw(SPAN)))]
    assert state(clock, visit(start, *history[: data.draw(st.integers(1, 2))], given=given_)) == plain


@given(clocks(), days(), DATA)
def test_only_marks_that_a_clock_names_move_it(clock, start, data):
    history = data.draw(marks(start, names=("asked", "answered", "renewed", "responded", *FOREIGN)))
    own = {*clock.pauses, *clock.restarts, *clock.anew, *clock.stops}
    given_ = data.draw(given_extensions(clock, start))
    ours = [m for m in history if m[0] in own]
    assert read(clock, visit(start, *history, given=given_), SHELF, published()) == read(
        clock, visit(start, *ours, given=given_), SHELF, published()
    )


@given(clocks(**PAUSING), days(), DATA)
def test_an_extension_notified_late_moves_nothing(clock, start, data):
    """So a response that was late is late. An agreed period is the first to be notified, and never late."""
    history = data.draw(marks(start))
    given_ = data.draw(given_extensions(clock, start))
    kept = tuple(g for n, g in enumerate(given_) if g.counts or (n == 0 and clock.fixed is None))
    assert state(clock, visit(start, *history, given=given_)) == state(clock, visit(start, *history, given=kept))


@given(clocks(**PAUSING), days(), DATA)
def test_more_longer_time_is_never_an_earlier_deadline(clock, start, data):
    history = data.draw(marks(start))
    given_ = data.draw(given_extensions(clock, start))
    more = Given(clock="c", to=start + timedelta(days=data.draw(SPAN)), units=2, told_on=start, counts=True)
    before, after = (read(clock, visit(start, *history, given=g), SHELF, published()) for g in (given_, (*given_, more)))
    assume(before.due is not None and after.due is not None)
    assert after.due >= before.due
    assert after.standard_due == before.standard_due <= after.due


@given(clocks(), days(), DATA)
def test_timeliness_is_by_the_deadlines_that_are_shown(clock, start, data):
    given_ = data.draw(given_extensions(clock, start))
    answered = start + timedelta(days=data.draw(st.integers(0, 90)))
    r = read(clock, visit(start, ("responded", answered), given=given_), SHELF, published())
    standard = answered <= r.standard_due
    expected = Timeliness.WITHIN_STANDARD if standard else Timeliness.WITHIN_EXTENSION
    assert r.timeliness == (expected if answered <= r.due else Timeliness.LATE)
    assert r.extended_to == (r.due if r.due > r.standard_due else None)


@given(clocks(anew=["renewed"], extension=None), days(), SPAN)
def test_a_clock_that_begins_anew_is_one_that_started_then_unless_it_had_run_out(clock, start, after):
    again = start + timedelta(days=after)
    first = due(clock, visit(start))
    missed = first is not None and again > first
    assert due(clock, visit(start, ("renewed", again))) == due(clock, visit(start if missed else again))


@given(DATA, days())
def test_a_provisional_deadline_is_the_one_that_an_act_on_its_last_day_leads_to(data, start):
    """Over a chain of clocks as over one: a missed act can make the deadline later than was shown, never earlier."""
    chain = ["acknowledgement", "plan", "response"]
    acts = {"acknowledgement": "received", "plan": "acknowledged", "response": "planned"}
    made, before = [], None
    for name in chain:
        fixed = {
            "id": name,
            "starts": acts[name],
            "provisional_from": before,
            "limit": data.draw(st.integers(1, 12)),
        }
        fixed["stops"] = {"acknowledgement": ["acknowledged"], "plan": ["planned"]}.get(name, ["responded"])
        made.append(data.draw(clock_fields(**fixed)))
        before = name
    rules = book(["s1"], made)
    history = data.draw(marks(start, names=("noted",)))
    provisional = read(rules.clock("response"), visit(start, *history), rules, published())
    assert provisional.status is ClockStatus.PROVISIONAL
    acknowledged = read(rules.clock("acknowledgement"), visit(start), rules, published()).due
    planned = read(rules.clock("plan"), visit(start), rules, published()).due
    assert acknowledged <= planned <= provisional.due
    on_time = visit(start, ("acknowledged", acknowledged), ("planned", planned))
    assert read(rules.clock("response"), on_time, rules, published()).due == provisional.due
    late = planned + timedelta(days=data.draw(SPAN))
    assert (
        read(
            rules.clock("response"),
            visit(start, ("acknowledged", acknowledged), ("planned", late)),
            rules,
            published(),
        ).due
        >= provisional.due
    )
