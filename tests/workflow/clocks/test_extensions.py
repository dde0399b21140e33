"""Longer time in exact days: what the usual one is, how much of the rule it uses, and each refusal in its words."""

import pytest

from services.workflow.case.errors import StepRefused
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Rulebook
from tests.workflow.case_rig import Desk
from tests.workflow.clocks.rig import MON, REST, clock, on, opened
from tests.workflow.properties.generating import book

DAYS = {"unit": "days"}
ROLL = {"roll": "next-working-day"}
MONTH = {"unit": "months", "limit": 1}


def rule(by=5, cap=10, **more):
    return {"extension": {"by": by, "cap": cap, **more}}


def refusal(desk, day, **fields):
    with pytest.raises(StepRefused) as caught:
        desk.do("extend", day, **fields)
    return caught.value.code, str(caught.value), caught.value.pointer


@pytest.mark.parametrize(
    ("fields", "usual", "units"),
    [
        (rule(), "04-29", 5),
        # By C the ten days end on Friday 19 April; five more are to the 26th, and one more is Monday 22.
        (rule() | {"convention": "C"}, "04-26", 5),
        (rule(by=1) | {"convention": "C"}, "04-22", 1),
        (rule(by=1) | {"convention": "C"} | DAYS, "04-18", 1),
        (rule() | DAYS, "04-23", 5),
        # Twelve days end on Saturday 20 and roll to Monday 22; seven more end on Saturday 27, not on Monday and a week.
        (rule(by=7, cap=7) | DAYS | ROLL | {"limit": 12}, "04-29", 7),
        (rule(by=5, cap=5) | DAYS | ROLL, "04-23", 5),
        # A month ends on 8 May; two more are the same date in July, not two months after another day.
        (rule(by=2, cap=2) | MONTH, "07-08", 2),
        # The same in a kingdom-wide count, which has no other day off before then.
        (rule() | {"calendar": "united-kingdom"}, "04-29", 5),
    ],
)
def test_the_usual_extension_is_the_limit_that_much_longer(fields, usual, units):
    desk = opened(**fields).do("extend", MON)
    assert (desk.last.clock, desk.last.to, desk.last.units, desk.last.counts) == ("c", on(usual), units, True)
    assert desk.reading("c").due == on(usual)


@pytest.mark.parametrize(
    ("fields", "start", "usual"),
    [
        # The month of 31 January ends on 29 February; two more end on 30 April, where the count from January ends.
        (rule(by=2, cap=2) | MONTH, "01-31", "04-30"),
        (rule(by=1, cap=2) | MONTH | ROLL, "02-29", "04-29"),
        (
            rule(by=1, cap=2) | MONTH | ROLL | {"convention": "B"},
            "03-30",
            "06-03",
        ),  # from 2 April to Sunday 2 June
    ],
)
def test_months_count_from_the_start(fields, start, usual):
    desk = opened(day=on(start), **fields).do("extend", on(start))
    assert (desk.last.to, desk.reading("c").due) == (on(usual), on(usual))


@pytest.mark.parametrize(
    ("fields", "notified", "units"),
    [
        (rule(), ["04-23"], [1]),
        (rule(), ["04-23", "05-07"], [1, 9]),
        (rule() | DAYS, ["04-19", "04-28"], [1, 9]),
        # To a day that rolls only as much is used as leads to it: on Monday 22 a count of 12, 13 or 14 days ends.
        (rule() | DAYS | ROLL | {"limit": 12}, ["04-23"], [3]),
        (rule() | DAYS | ROLL | {"limit": 12}, ["04-29"], [7]),
        (rule() | DAYS | ROLL | {"limit": 11}, ["04-22"], [1]),
        # Of months the whole ones begun; a later day in the same month begins no other.
        (rule(by=1, cap=2) | MONTH, ["05-09"], [1]),
        (rule(by=1, cap=2) | MONTH, ["06-08"], [1]),
        (rule(by=1, cap=2) | MONTH, ["06-09"], [2]),
        (rule(by=1, cap=None) | MONTH, ["2028-05-08"], [48]),
        (rule(by=1, cap=None) | DAYS, ["2028-04-18"], [1461]),
        (rule(by=1, cap=2) | MONTH, ["05-20", "06-08", "07-08"], [1, 0, 1]),
    ],
)
def test_what_a_notified_day_uses_of_the_rule(fields, notified, units):
    desk = opened(**fields)
    for to in notified:
        desk.do("extend", MON, to=on(to))
    assert [event.units for event in desk.events[1:]] == units
    assert desk.reading("c").due == on(notified[-1])


def test_what_a_clock_was_paused_for_comes_after_the_longer_limit():
    desk = opened(**rule(by=1, cap=1), **MONTH, **ROLL).do("asked", on("04-10")).do("answered", on("04-12"))
    desk.do("extend", on("04-12"))
    # A month to 8 May and one more is Saturday 8 June, which rolls to Monday 10; two days later is the 12th.
    assert (desk.last.to, desk.last.units) == (on("06-12"), 1)
    assert desk.reading("c").due == on("06-12")


def test_longer_is_counted_by_the_holidays_that_are_known():
    assert opened(register=REST, **rule()).do("extend", MON).last.to == on("04-30")
    late = opened(limit=4, register=REST, **rule()).do("extend", MON, to=on("04-16"))
    assert (late.last.to, late.last.units) == (on("04-16"), 1)
    month = opened(day=on("02-15"), register=REST, **rule(by=1, cap=1), **MONTH, **ROLL)
    assert month.do("extend", on("02-15")).last.to == on("04-16")
    assert month.last.units == 1
    days = opened(limit=4, register=REST, **rule(by=3), **DAYS, **ROLL).do("extend", MON, to=on("04-16"))
    assert days.last.units == 1


def test_whether_it_is_in_time_is_by_the_holidays_that_are_known():
    assert opened(register=REST, **rule()).do("extend", on("04-23")).last.counts is True
    assert opened(register=REST, **rule()).do("extend", on("04-24")).last.counts is False


def test_notified_on_the_last_day_it_counts_and_on_the_next_it_does_not():
    assert opened(**rule()).do("extend", on("04-22")).last.counts is True
    desk = opened(**rule(by=5, cap=5)).do("extend", on("04-23"))
    assert (desk.last.counts, desk.last.to, desk.reading("c").due) == (False, on("04-29"), on("04-22"))
    # What does not count uses nothing of the rule, and is not held to its cap.
    desk.do("extend", on("04-23"), to=on("05-31"))
    assert (desk.last.counts, desk.last.units) == (False, 27)


CAP = "C: extensions of 11 working days in all are more than the 10 allowed"
GOOD = rule(beyond_cap="good-reason")
LAST = "the england-and-wales calendar ends with 2028: the count reaches 2029"


@pytest.mark.parametrize(
    ("fields", "day", "asked", "refused"),
    [
        (rule(), "04-08", {"to": on("05-08")}, ("beyond-cap", f"{CAP}.", "/to")),
        (rule(), "04-08", {"to": on("05-08"), "good_reason": True}, ("beyond-cap", f"{CAP}.", "/to")),
        (
            GOOD,
            "04-08",
            {"to": on("05-08")},
            (
                "beyond-cap",
                f"{CAP} without good reason. Declare good_reason if there is one.",
                "/good_reason",
            ),
        ),
        (rule(), "04-08", {"to": on("04-22")}, ("not-later", "2024-04-22 is not after the deadline, 2024-04-22.", "/to")),
        (rule(), "04-08", {"to": on("04-27")}, ("not-a-working-day", "2024-04-27 is not a working day.", "/to")),
        (rule(by=None), "04-08", {}, ("date-missing", "C: name the new date.", "/to")),
        (rule(), "04-08", {"clock": "d"}, ("no-such-clock", "extend: clocks that can be extended here: c.", "/clock")),
        ({}, "04-08", {}, ("no-such-clock", "extend: clocks that can be extended here: none.", "/clock")),
        (
            rule(),
            "04-08",
            {"to": on("2029-01-03")},
            ("beyond-calendar", f"The new date cannot be counted: {LAST}.", "/to"),
        ),
        (rule() | DAYS, "04-08", {"to": on("9999-01-01")}, ("beyond-calendar", "9999-01-01 is too far away.", "/to")),
        (
            {"limit": "agreed", **rule()},
            "04-08",
            {},
            ("date-missing", "C: name the day that was agreed.", "/to"),
        ),
        (
            {"limit": "agreed", **rule()},
            "04-10",
            {"to": on("04-09")},
            ("not-later", "2024-04-09 is before the day of the agreement.", "/to"),
        ),
        (
            {"limit": "agreed", **rule()},
            "04-10",
            {"to": on("9999-01-01")},
            ("beyond-calendar", "9999-01-01 is too far away.", "/to"),
        ),
    ],
)  # fmt: skip
def test_longer_time_is_refused_in_words(fields, day, asked, refused):
    desk = opened(**fields)
    before = desk.case
    assert refusal(desk, on(day), **asked) == refused
    assert desk.case is before


def test_good_reason_gives_longer_than_the_cap_and_up_to_it_none_is_asked():
    assert opened(**GOOD).do("extend", MON, to=on("05-07")).last.units == 10
    assert opened(**GOOD).do("extend", MON, to=on("05-08"), good_reason=True).last.units == 11
    far = opened(**rule(cap=None)).do("extend", MON, to=on("09-30")).last
    assert (far.units, far.counts) == (112, True)


def test_a_clock_that_does_not_run_is_not_given_longer():
    paused = opened(**rule()).do("asked", on("04-09"))
    assert refusal(paused, on("04-10")) == ("clock-not-running", "C: the clock is paused.", "/clock")
    waiting = opened(starts="acknowledged", **rule())
    assert refusal(waiting, MON) == ("clock-not-running", "C: the clock is waiting.", "/clock")


def test_past_the_last_year_there_is_no_deadline_to_give_longer_and_none_is_reached():
    start = on("2028-12-27")
    desk = opened(day=start, **rule())
    assert refusal(desk, start) == ("no-deadline", LAST, "/clock")
    desk = opened(day=start, limit=1, **rule())
    assert refusal(desk, start) == ("beyond-calendar", f"The new date cannot be counted: {LAST}.", "/to")
    # An agreed period that cannot be put off by its pause has no deadline either, and is not agreed anew.
    agreed = opened(day=start, limit="agreed", **rule()).do("extend", start, to=on("2028-12-28"))
    agreed.do("asked", start).do("answered", on("2028-12-29"))
    assert refusal(agreed, on("2028-12-29"), to=on("2028-12-29")) == ("no-deadline", LAST, "/clock")
    # Days that do not roll ask for no holidays.
    assert opened(day=start, **DAYS, **rule()).do("extend", start).last.to == on("2029-01-11")


def test_an_agreed_period_is_named_first_and_lengthened_from_its_last_day():
    desk = opened(limit="agreed", **rule(), convention="C").do("extend", on("04-10"), to=on("04-10"))
    event = desk.last
    assert (event.clock, event.to, event.units, event.counts) == ("c", on("04-10"), 0, True)
    # The tenth is over: by any convention five working days later is the seventeenth. A cap is one of a fixed limit.
    desk.do("extend", on("04-10"))
    assert (desk.last.to, desk.last.units) == (on("04-17"), 5)
    desk.do("extend", on("04-10"), to=on("06-28"))
    assert desk.reading("c").due == on("06-28")


def test_what_an_agreed_period_is_lengthened_by_is_counted_by_the_holidays_that_are_known():
    desk = opened(limit="agreed", register=REST, **rule()).do("extend", MON, to=on("04-10")).do("extend", MON)
    assert (desk.last.to, desk.last.units) == (on("04-18"), 5)
    month = opened(register=REST, **MONTH | {"limit": "agreed"}, **ROLL, **rule(by=1, cap=1))
    month.do("extend", MON, to=on("04-10")).do("extend", MON)
    assert (month.last.to, month.last.units) == (on("05-10"), 1)


def test_the_clock_is_the_one_that_was_named_else_the_steps_else_the_response():
    desk = opened(clock(id="a", title="A", kind="other", limit=20, **rule()), **rule())
    assert desk.do("extend", MON).last.clock == "c"
    assert desk.do("extend", MON, clock="a").last.clock == "a"
    document = book(["s1"], [clock(**rule()), clock(id="d", title="D", kind="other", **rule())]).model_dump(by_alias=True)
    next(s for s in document["steps"] if s["id"] == "extend")["clock"] = "d"
    desk = Desk(Rulebooks([Rulebook.model_validate(document)])).open(MON, procedure="corporate")
    assert desk.do("extend", MON).last.clock == "d"
    expected = ("no-such-clock", "extend: clocks that can be extended here: d.", "/clock")
    assert refusal(desk, MON, clock="c") == expected
    two = opened(clock(id="a", title="A", kind="other", limit=20, **rule()), **rule())
    expected = ("no-such-clock", "extend: clocks that can be extended here: a, c.", "/clock")
    assert refusal(two, MON, clock="x") == expected


def test_a_date_that_history_brought_is_lengthened_from_that_day():
    stage = {"stage": "s1", "started_on": on("01-31"), "due_on": on("02-29")}
    clocks = (
        clock(id="a", title="A", kind="other", **MONTH, **rule(by=2, cap=2)),
        clock(**MONTH, **rule(by=2, cap=2)),
    )
    desk = Desk(Rulebooks([book(["s1"], clocks)]))
    desk.bring(kind="complaint", procedure="corporate", received_on=on("01-31"), stages=[stage])
    assert desk.reading("c").due == on("02-29")
    # Another clock of the stage counts from its start.
    desk.do("extend", on("2026-01-05"), clock="a")
    assert (desk.last.to, desk.last.counts) == (on("04-30"), False)
    desk.do("extend", on("2026-01-05"), clock="c")
    assert (desk.last.to, desk.last.units) == (on("04-29"), 2)
