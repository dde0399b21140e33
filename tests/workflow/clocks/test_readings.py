"""Readings of one clock, each worked out by hand from the rule that the row names."""

import pytest

from services.workflow.case.clocks.reading import ClockStatus, Reading, units_between
from services.workflow.rulebook.model import Clock
from shared.calendar.holidays import published
from shared.events.codes import Timeliness
from tests.workflow.clocks.rig import REST, clock, extension, on, reading, rules, visit

RECEIVED = "received 04-08"
ANEW = {"anew": ["renewed"]}
DAYS = {"unit": "days"}
MONTH = {"unit": "months", "limit": 1}
ROLL = {"roll": "next-working-day"}
TWICE = ("asked 04-10", "answered 04-12", "asked 04-17", "answered 04-18")
AGREED = {"limit": "agreed", "extension": {}}


@pytest.mark.parametrize(
    ("fields", "history", "started", "due", "status"),
    [
        ({}, visit(RECEIVED), "04-08", "04-22", "running"),
        # The day on which the stage began, though no mark records it.
        ({"starts": "stage-started"}, visit(start="04-09"), "04-09", "04-23", "running"),
        ({}, visit(start="04-09"), None, None, "waiting"),
        # Nothing stops a clock before it started, nor on the day before.
        ({}, visit("responded 04-05", "received 04-08", start="04-01"), "04-08", "04-22", "running"),
        ({}, visit("responded 04-08", "received 04-08"), "04-08", "04-22", "stopped"),
        # Paused two working days, from Wednesday to Friday; a second pause while it is paused is none.
        ({}, visit(RECEIVED, "asked 04-10", "answered 04-12"), "04-08", "04-24", "running"),
        ({}, visit(RECEIVED, "asked 04-10", "asked 04-11", "answered 04-12"), "04-08", "04-24", "running"),
        ({}, visit(RECEIVED, "asked 04-10"), "04-08", None, "paused"),
        # What was asked before the start does not pause it, and what is asked afterwards does.
        (
            {},
            visit("asked 04-04", "received 04-08", "answered 04-10", start="04-04"),
            "04-08",
            "04-22",
            "running",
        ),
        (
            {},
            visit("asked 04-04", "received 04-08", "asked 04-10", "answered 04-12", start="04-04"),
            "04-08",
            "04-24",
            "running",
        ),
        # On the last day it can still be paused; when the deadline is over it runs on, and is missed.
        ({}, visit(RECEIVED, "asked 04-22", "answered 04-24"), "04-08", "04-24", "running"),
        ({}, visit(RECEIVED, "asked 04-23", "answered 04-24"), "04-08", "04-22", "running"),
        ({}, visit(RECEIVED, "asked 04-23"), "04-08", "04-22", "running"),
        (
            {},
            visit(RECEIVED, "asked 04-10", "answered 04-12", "asked 04-24", "answered 04-25"),
            "04-08",
            "04-25",
            "running",
        ),
        # A restart on the day of the response ends the pause; what is asked afterwards is none.
        (
            {},
            visit(RECEIVED, "asked 04-10", "answered 04-12", "responded 04-12"),
            "04-08",
            "04-24",
            "stopped",
        ),
        (
            {},
            visit(RECEIVED, "responded 04-12", "asked 04-15", "answered 04-17"),
            "04-08",
            "04-22",
            "stopped",
        ),
        # The whole limit again from the last time, on the day of the response too and not after it.
        (ANEW, visit(RECEIVED, "renewed 04-10", "renewed 04-12"), "04-12", "04-26", "running"),
        (ANEW, visit(RECEIVED, "responded 04-12", "renewed 04-12"), "04-12", "04-26", "stopped"),
        (ANEW, visit(RECEIVED, "responded 04-12", "renewed 04-15"), "04-08", "04-22", "stopped"),
        (
            ANEW,
            visit("responded 04-05", "received 04-08", "renewed 04-10", start="04-05"),
            "04-10",
            "04-24",
            "running",
        ),
        (ANEW, visit("renewed 04-09", start="04-09"), None, None, "waiting"),
        (
            ANEW,
            visit(RECEIVED, "asked 04-09", "answered 04-10", "renewed 04-10"),
            "04-10",
            "04-24",
            "running",
        ),
        # Ten days end on Thursday; four days' pause makes it Monday.
        (DAYS, visit(RECEIVED), "04-08", "04-18", "running"),
        (DAYS, visit(RECEIVED, "asked 04-10", "answered 04-14"), "04-08", "04-22", "running"),
        # Twelve days end on Saturday and roll to Monday 22 April: a day's pause then leaves as many days as before it.
        (DAYS | ROLL | {"limit": 12}, visit(RECEIVED), "04-08", "04-22", "running"),
        (
            DAYS | ROLL | {"limit": 12},
            visit(RECEIVED, "asked 04-10", "answered 04-11"),
            "04-08",
            "04-23",
            "running",
        ),
        # Paused five days and then one: to Saturday 27, which rolls to Monday 29, and one more day.
        (
            DAYS | ROLL | {"limit": 12},
            visit(RECEIVED, "asked 04-10", "answered 04-15", "asked 04-16", "answered 04-17"),
            "04-08",
            "04-30",
            "running",
        ),
        # A month from Friday 31 May ends on Sunday 30 June and rolls to 1 July; ten days later is the 11th.
        (
            MONTH | ROLL,
            visit("received 05-31", "asked 06-03", "answered 06-13", start="05-31"),
            "05-31",
            "07-11",
            "running",
        ),
        (MONTH, visit(RECEIVED, "asked 04-10", "answered 04-12"), "04-08", "05-10", "running"),
    ],
)
def test_a_clock_reads(fields, history, started, due, status):
    found = reading(history, **fields)
    assert found.status == status
    assert (found.started_on, found.due) == (on(started) if started else None, on(due) if due else None)
    assert found.steps == () if found.status is ClockStatus.WAITING else found.steps[0].request.from_ == on(started)
    assert found.problem is None


def test_a_clock_that_waits_shows_nothing_else():
    found = rules()
    assert reading(visit()) == Reading(found.clock("c"), ClockStatus.WAITING)


@pytest.mark.parametrize(
    ("history", "pauses", "units"),
    [
        (visit(RECEIVED), (), 0),
        (visit(RECEIVED, "asked 04-12", "answered 04-16"), (("04-12", "04-16"),), 2),
        (
            visit(RECEIVED, "asked 04-12", "answered 04-16", "asked 04-18"),
            (("04-12", "04-16"), ("04-18", None)),
            2,
        ),
        (visit(RECEIVED, "answered 04-12", "asked 04-16"), (("04-16", None),), 0),
        (visit(RECEIVED, "responded 04-12", "asked 04-12"), (("04-12", None),), 0),
        (visit(RECEIVED, "responded 04-12", "asked 04-13"), (), 0),
    ],
)
def test_the_pauses_of_a_clock_are_what_it_did_not_count(history, pauses, units):
    found = reading(history)
    assert found.pauses == tuple((on(a), on(b) if b else None) for a, b in pauses)
    assert found.paused_units == units


@pytest.mark.parametrize(
    ("fields", "marks", "given", "standard", "due", "steps"),
    [
        ({}, (), [], "04-22", "04-22", 1),
        ({}, (), [extension("04-10", "04-29", units=5)], "04-22", "04-29", 1),
        ({}, (), [extension("04-10", "04-29", units=5), extension("04-12", "05-01", units=2)], "04-22", "05-01", 1),
        # Paused in the longer time, when the standard deadline was over: only the longer one is put off.
        ({}, ("asked 04-22", "answered 04-24"), [extension("04-10", "04-29", units=5)], "04-24", "05-01", 1),
        ({}, ("asked 04-23", "answered 04-24"), [extension("04-10", "04-29", units=5)], "04-22", "04-30", 1),
        (MONTH, ("asked 05-10", "answered 05-12"), [extension("04-10", "05-20", units=1)], "05-08", "05-22", 1),
        # Notified late, or for another clock, it moves nothing.
        ({}, (), [extension("04-23", "04-29", units=5, counts=False)], "04-22", "04-22", 1),
        ({}, (), [extension("04-10", "04-29", units=5, clock="d")], "04-22", "04-22", 1),
        # What does not roll is one question, or one for all its pauses; so are working days, which end on one.
        (DAYS, ("asked 04-10", "answered 04-14"), [], "04-22", "04-22", 1),
        (MONTH, TWICE, [], "05-11", "05-11", 2),
        (AGREED | ROLL, TWICE, [extension("04-08", "04-26")], "05-01", "05-01", 1),
        # The day that was notified holds; a pause after it moves it, one before it was known to whoever notified it.
        (MONTH, (), [extension("04-10", "05-20", units=1)], "05-08", "05-20", 0),
        (MONTH, ("asked 04-09", "answered 04-10"), [extension("04-10", "05-20", units=1)], "05-09", "05-20", 0),
        (MONTH, ("asked 04-10", "answered 04-12"), [extension("04-10", "05-20", units=1)], "05-10", "05-22", 1),
        (MONTH, (), [extension("04-10", "05-08", units=1)], "05-08", "05-08", 1),
        (MONTH, (), [extension("04-10", "05-20", units=1), extension("04-12", "05-15", units=1)], "05-08", "05-20", 0),
        # Monday 20 May and two pauses: five days to Saturday 25, which rolls over the bank holiday to Tuesday, and one day.
        (
            MONTH | ROLL,
            ("asked 04-11", "answered 04-16", "asked 04-17", "answered 04-18"),
            [extension("04-10", "05-20", units=1)],
            "05-14",
            "05-29",
            2,
        ),
        # An agreed period is the standard one; a pause moves it by its own unit, and what is notified later is an extension.
        (AGREED, (), [extension("04-08", "04-26")], "04-26", "04-26", 0),
        (AGREED, (), [], None, None, 0),
        (AGREED, ("asked 04-10", "answered 04-15"), [extension("04-08", "04-26")], "05-01", "05-01", 1),
        (
            AGREED,
            ("asked 04-29", "answered 04-30"),
            [extension("04-08", "04-26"), extension("04-20", "05-10", units=9)],
            "04-26",
            "05-13",
            1,
        ),
        (AGREED | DAYS, ("asked 04-10", "answered 04-15"), [extension("04-08", "04-26")], "05-01", "05-01", 1),
        (AGREED | DAYS, ("asked 04-12", "answered 04-15"), [extension("04-08", "04-26")], "04-29", "04-29", 1),
        (AGREED, ("asked 04-12", "answered 04-15"), [extension("04-08", "04-26")], "04-29", "04-29", 1),
        (AGREED, (), [extension("04-08", "04-26"), extension("04-20", "05-10", units=9)], "04-26", "05-10", 0),
        (AGREED, (), [extension("04-08", "04-26"), extension("04-29", "05-10", counts=False)], "04-26", "04-26", 0),
    ],
)
def test_longer_time_and_pauses(fields, marks, given, standard, due, steps):
    found = reading(visit(RECEIVED, *marks, given=given), **fields)
    assert (found.standard_due, found.due) == (on(standard) if standard else None, on(due) if due else None)
    assert found.extended_to == (found.due if standard != due else None)
    assert len(found.steps) == steps
    assert not steps or found.steps[-1].deadline == found.due
    assert found.given == tuple(g for g in given if g.clock == "c")


def test_what_was_given_before_the_count_began_again_went_with_it():
    before, same_day = extension("04-09", "04-29", units=5), extension("04-10", "04-30", units=3)
    found = reading(visit(RECEIVED, "renewed 04-10", given=[before, same_day]), **ANEW)
    assert found.given == (same_day,)
    assert (found.standard_due, found.due) == (on("04-24"), on("04-29"))
    # Also when it began again on the day on which it started.
    found = reading(visit("received 04-10", "renewed 04-10", given=[before]), **ANEW)
    assert (found.given, found.due) == ((), on("04-24"))


CHAIN = {"starts": "acknowledged", "provisional_from": "a"}
FIRST = clock(id="a", kind="acknowledgement", limit=5, stops=["acknowledged"])


@pytest.mark.parametrize(
    ("marks", "started", "due", "status"),
    [
        ((RECEIVED,), "04-15", "04-29", "provisional"),
        ((RECEIVED, "acknowledged 04-10"), "04-10", "04-24", "running"),
        ((RECEIVED, "acknowledged 04-17"), "04-17", "05-01", "running"),
        ((RECEIVED, "asked 04-09", "answered 04-11"), "04-17", "05-01", "provisional"),
        # Missed first and paused then: what was missed stays so, and the next clock waits for its own restart.
        ((RECEIVED, "asked 04-16"), "04-15", None, "paused"),
        # What it stands for has no deadline, or it was answered without it: there is nothing to count.
        ((RECEIVED, "asked 04-09"), None, None, "waiting"),
        ((RECEIVED, "responded 04-12"), None, None, "waiting"),
        ((), None, None, "waiting"),
    ],
)
def test_a_missed_start_counts_from_the_day_on_which_it_should_have_been(marks, started, due, status):
    found = reading(visit(*marks), FIRST, **CHAIN)
    assert found.status == status
    assert (found.started_on, found.due) == (on(started) if started else None, on(due) if due else None)


@pytest.mark.parametrize(
    ("fields", "history", "started", "standard", "due"),
    [
        # The row's own date stands for the rulebook's, from the day that is recorded or else from the stage's first.
        ({}, visit(RECEIVED, due_on="05-03"), "04-08", "05-03", "05-03"),
        ({}, visit("received 04-10", due_on="05-03"), "04-10", "05-03", "05-03"),
        ({}, visit(due_on="05-03"), "04-08", "05-03", "05-03"),
        ({}, visit(RECEIVED, due_on="05-03", given=[extension("04-10", "05-10")]), "04-08", "05-03", "05-10"),
        ({"kind": "other"}, visit(RECEIVED, due_on="05-03"), "04-08", "04-22", "04-22"),
        ({"kind": "other"}, visit(due_on="05-03"), None, None, None),
    ],
)
def test_a_date_that_history_brought_holds_for_the_response(fields, history, started, standard, due):
    answer = clock(id="r", limit=20)
    found = reading(history, *([answer] if fields else []), **fields)
    days = (found.started_on, found.standard_due, found.due)
    assert days == tuple(on(d) if d else None for d in (started, standard, due))
    # No count led to it.
    assert fields or found.steps == ()


@pytest.mark.parametrize(
    ("fields", "history", "due", "with_rest"),
    [
        ({}, visit(RECEIVED), "04-22", "04-23"),
        ({}, visit(RECEIVED, given=[extension("04-10", "04-24", units=2)]), "04-24", "04-25"),
        (DAYS | ROLL | {"limit": 7}, visit(RECEIVED), "04-15", "04-16"),
        (DAYS | ROLL | {"limit": 6}, visit(RECEIVED, "asked 04-09", "answered 04-10"), "04-16", "04-17"),
        (MONTH | ROLL, visit("received 03-15", start="03-15"), "04-15", "04-16"),
        (
            MONTH | ROLL,
            visit("received 03-12", "asked 03-13", "answered 03-16", start="03-12"),
            "04-15",
            "04-16",
        ),
        (
            AGREED,
            visit(RECEIVED, "asked 04-09", "answered 04-10", given=[extension("04-08", "04-12")]),
            "04-15",
            "04-16",
        ),
        (CHAIN, visit(RECEIVED), "04-29", "04-30"),
        # A pause over the day off takes one working day less from the count.
        ({}, visit(RECEIVED, "asked 04-12", "answered 04-16"), "04-24", "04-24"),
    ],
)
def test_every_part_of_a_count_is_by_the_holidays_that_it_is_given(fields, history, due, with_rest):
    others = [FIRST] if fields is CHAIN else []
    assert reading(history, *others, **fields).due == on(due)
    assert reading(history, *others, register=REST, **fields).due == on(with_rest)


def test_a_clock_without_a_deadline_shows_all_the_rest():
    last = published().calendar("england-and-wales").last_year
    given = extension("04-10", f"{last + 1}-03-01", units=9)
    far = visit(
        f"received {last}-12-20", f"asked {last}-12-21", f"answered {last}-12-22", f"responded {last}-12-29",
        start=f"{last}-12-20", given=[given],
    )  # fmt: skip
    found = reading(far)
    assert found == Reading(
        rules().clock("c"),
        ClockStatus.STOPPED,
        on(f"{last}-12-20"),
        stopped_on=on(f"{last}-12-29"),
        pauses=((on(f"{last}-12-21"), on(f"{last}-12-22")),),
        given=(given,),
        problem=f"the england-and-wales calendar ends with {last}: the count reaches {last + 1}",
    )
    assert found.timeliness is None


@pytest.mark.parametrize(
    ("marks", "status"),
    [
        (("acknowledged 2028-12-27",), ClockStatus.RUNNING),
        (("acknowledged 2028-12-27", "asked 2028-12-28"), ClockStatus.PAUSED),
        ((), ClockStatus.PROVISIONAL),
    ],
)
def test_a_clock_without_a_deadline_still_shows_its_status(marks, status):
    first = clock(id="a", kind="acknowledgement", limit=1, stops=["acknowledged"])
    found = reading(visit("received 2028-12-27", *marks, start="2028-12-27"), first, **CHAIN)
    assert (found.status, found.due) == (status, None)
    assert "ends with 2028" in found.problem


@pytest.mark.parametrize(
    ("responded", "counts", "timeliness"),
    [
        ("04-22", True, Timeliness.WITHIN_STANDARD),
        ("04-23", True, Timeliness.WITHIN_EXTENSION),
        ("04-29", True, Timeliness.WITHIN_EXTENSION),
        ("04-30", True, Timeliness.LATE),
        ("04-23", False, Timeliness.LATE),
    ],
)
def test_a_response_is_in_time_until_the_end_of_the_day(responded, counts, timeliness):
    given = [extension("04-10", "04-29", units=5, counts=counts)]
    assert reading(visit(RECEIVED, f"responded {responded}", given=given)).timeliness is timeliness


@pytest.mark.parametrize(
    ("unit", "due", "to", "units"),
    [
        ("working_days", "03-28", "04-02", 1),  # over Easter
        ("days", "03-28", "04-02", 5),
        ("months", "01-31", "01-31", 0),
        ("months", "01-31", "02-01", 1),
        ("months", "01-31", "02-29", 1),
        ("months", "01-31", "03-01", 2),
        ("months", "01-31", "03-31", 2),
        ("months", "01-31", "04-30", 3),
    ],
)
def test_how_much_longer_a_later_day_is(unit, due, to, units):
    found = Clock.model_validate(clock(unit=unit))
    assert units_between(found, on(due), on(to), published()) == units


def test_working_days_longer_are_by_the_holidays_that_are_given():
    found = Clock.model_validate(clock())
    assert units_between(found, on("04-12"), on("04-16"), published()) == 2
    assert units_between(found, on("04-12"), on("04-16"), REST) == 1
