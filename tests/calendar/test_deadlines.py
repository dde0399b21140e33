"""Requests, answers and the trace that explains them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.calendar.arithmetic import CONVENTIONS, ROLLS
from shared.calendar.deadlines import DeadlineAnswer, DeadlineRequest, deadline, parse_as_known
from shared.calendar.holidays import CALENDARS, CalendarError, Holiday, published

FUNERAL = date(2022, 9, 19)


def ask(**fields: object) -> DeadlineAnswer:
    named = {name.rstrip("_"): value for name, value in fields.items()}
    return deadline(DeadlineRequest.from_json(named))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"working_days": 5}, "2024-04-02"),
        ({"working_days": 5, "holidays": []}, "2024-03-29"),
        ({"working_days": 5, "holidays": ["2024-03-25", "2024-03-25", "2024-03-30"]}, "2024-04-01"),
        ({"days": 7}, "2024-03-29"),
        ({"days": 7, "roll": "next-working-day"}, "2024-04-02"),
        ({"days": 7, "roll": "next-working-day", "holidays": []}, "2024-03-29"),
        ({"months": 1}, "2024-04-22"),
        ({"months": 1, "calendar": None, "count_from": None, "roll": None, "as_known": None}, "2024-04-22"),
        ({"working_days": -5}, "2024-03-15"),
        ({"working_days": 20, "calendar": "united-kingdom"}, "2024-04-23"),
    ],
)
def test_answers(fields: dict[str, object], expected: str) -> None:
    assert ask(from_="2024-03-22", **fields).deadline == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2024-01-31", "2024-02-29"),
        ("2024-02-29", "2024-04-02"),  # 29 March 2024 was Good Friday
        ("2022-11-25", "2022-12-28"),  # Christmas Day, a Sunday, and both substitute days
        ("2023-11-30", "2024-01-02"),  # 30 December is a Saturday, and New Year follows
        ("2022-08-19", "2022-09-20"),  # the State Funeral
    ],
)
def test_a_month_for_a_subject_access_request_rolls_to_a_working_day(start: str, expected: str) -> None:
    assert ask(from_=start, months=1, roll="next-working-day").deadline == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("as_known", "expected"),
    [
        ("2022-09-06T09:00", "2022-09-20"),
        ("2022-09-09T18:51:37", "2022-09-21"),  # London time: 17:51:37 in UTC
        ("2022-09-09T18:51:36", "2022-09-20"),
        ("2022-09-09T17:51:37Z", "2022-09-21"),
        ("2022-09-09 17:51:36+00:00", "2022-09-20"),
        ("2022-09-08", "2022-09-20"),
        ("2022-09-09", "2022-09-21"),  # a day alone: by its end
        (None, "2022-09-21"),
    ],
)
def test_as_it_was_known(as_known: str | None, expected: str) -> None:
    assert ask(from_="2022-09-06", working_days=10, as_known=as_known).deadline == date.fromisoformat(expected)


def test_a_year_not_yet_published_then_is_refused() -> None:
    assert ask(from_="2023-12-20", working_days=10).deadline == date(2024, 1, 8)
    with pytest.raises(CalendarError, match="as known on 6 September 2022 at 09:00 ends with 2023"):
        ask(from_="2023-12-20", working_days=10, as_known="2022-09-06T09:00")


def test_days_and_months_ask_for_holidays_only_to_roll() -> None:
    assert ask(from_="2031-01-31", months=1).deadline == date(2031, 2, 28)
    assert ask(from_="2031-01-31", days=1).deadline == date(2031, 2, 1)
    with pytest.raises(CalendarError, match="ends with 2028"):
        ask(from_="2031-01-31", months=1, roll="next-working-day")
    with pytest.raises(CalendarError, match="reaches 2029"):
        ask(from_="2028-12-01", days=29, roll="next-working-day")
    with pytest.raises(CalendarError, match="ends with 2028"):
        ask(from_="2031-01-31", months=1, count_from="B")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "from: is needed"),
        ({"from": "2024-03-22"}, "give one of working_days, days and months"),
        ({"from": "2024-03-22", "days": 1, "months": 1}, "not days and months"),
        ({"from": "2024-03-22", "working_days": "5"}, "working_days: must be a whole number"),
        ({"from": "2024-03-22", "working_days": True}, "working_days: must be a whole number"),
        ({"from": "2024-03-22", "days": 5.0}, "days: must be a whole number"),
        ({"from": "20240322", "days": 5}, "from: '20240322' is not a day: write it as 2024-03-22"),
        ({"from": "2024-W12-5", "days": 5}, "from: '2024-W12-5' is not a day"),
        ({"from": "2024-03-22T10:00", "days": 5}, "is not a day"),
        ({"from": "2023-02-29", "days": 5}, "'2023-02-29' is not a day: day is out of range"),
        ({"from": "٢٠٢٤-03-22", "days": 5}, "is not a day"),
        ({"from": 20240322, "days": 5}, "from: must be a day"),
        ({"from": "2024-03-22", "days": 5, "calendar": "wales"}, "calendar: must be 'england-and-wales'"),
        ({"from": "2024-03-22", "days": 5, "count_from": "a"}, "count_from: must be 'A', 'B' or 'C'"),
        ({"from": "2024-03-22", "days": 5, "roll": "back"}, "roll: must be 'none' or 'next-working-day'"),
        ({"from": "2024-03-22", "days": 5, "as_known": "yesterday"}, "as_known: 'yesterday' is not a date"),
        ({"from": "2024-03-22", "days": 5, "as_known": "2022-09-31T09:00"}, "as_known: '2022-09-31T09:00'"),
        ({"from": "2024-03-22", "days": 5, "as_known": "2022-09-06T09"}, "as_known"),
        ({"from": "2024-03-22", "days": 5, "as_known": 1662451200}, "as_known: must be a date and time"),
        ({"from": "2024-03-22", "days": 5, "as_known": "0001-01-01T00:00+14:00"}, "could be known"),
        ({"from": "2024-03-22", "days": 5, "as_known": "9999-12-31"}, "could be known"),
        ({"from": "2024-03-22", "days": 5, "holidays": "2024-03-29"}, "holidays: write a list of days"),
        (
            {"from": "2024-03-22", "days": 5, "holidays": {"2024-03-29": 1}},
            "holidays: must be a list of days",
        ),
        ({"from": "2024-03-22", "days": 5, "holidays": ["29 March"]}, "holidays.0: '29 March' is not a day"),
        ({"from": "2024-03-22", "days": 5, "holiday": []}, "holiday: is not a field of a request"),
        ({"from": "2024-03-22", "days": 5, "holiday": None}, "holiday: is not a field of a request"),
        ({"from_": "2024-03-22", "days": 5}, "from_: is not a field of a request"),
        ([], "a request is a JSON object"),
        ("2024-03-22", "a request is a JSON object"),
    ],
)
def test_a_request_that_is_wrong_shows_what_and_where(fields: object, why: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        DeadlineRequest.from_json(fields)
    assert not isinstance(refused.value, ValidationError)
    assert why in str(refused.value)


def test_every_fault_is_named_at_once_in_exact_words() -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        DeadlineRequest.from_json({"from": "2024-03-22", "days": True, "roll": "z"})
    assert str(refused.value) == ("days: must be a whole number; roll: must be 'none' or 'next-working-day'")
    # What is wrong with no one field is reported without a place.
    for fields, why in (
        ({"from": "2024-03-22"}, "give one of working_days, days and months"),
        (7, 'a request is a JSON object such as {"from": "2024-03-22", "working_days": 5}'),
    ):
        with pytest.raises(ValueError, match=r".") as refused:
            DeadlineRequest.from_json(fields)
        assert str(refused.value) == why


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"from: .*working_days: .*roll: "):
        DeadlineRequest.from_json({"from": "x", "working_days": "y", "roll": "z"})


def test_code_must_give_days_and_zoned_instants() -> None:
    with pytest.raises(ValidationError, match="from"):
        DeadlineRequest(from_=datetime(2024, 3, 22, tzinfo=UTC), days=1)
    with pytest.raises(ValidationError, match="as_known"):
        DeadlineRequest(from_=date(2024, 3, 22), days=1, as_known=datetime(2024, 3, 22))  # noqa: DTZ001


def test_the_trace_shows_every_day() -> None:
    trace = ask(from_="2024-03-22", working_days=5).trace
    assert [day.isoformat() for day in trace.counted] == [
        "2024-03-25", "2024-03-26", "2024-03-27", "2024-03-28", "2024-04-02",
    ]  # fmt: skip
    assert [(str(s.date), s.reason) for s in trace.skipped] == [
        ("2024-03-23", "weekend"), ("2024-03-24", "weekend"), ("2024-03-29", "bank holiday"),
        ("2024-03-30", "weekend"), ("2024-03-31", "weekend"), ("2024-04-01", "bank holiday"),
    ]  # fmt: skip
    friday = trace.skipped[2].holidays[0]
    assert friday.title == "Good Friday"
    assert friday.known_from == datetime(2022, 11, 10, 16, 44, 55, tzinfo=UTC)
    assert trace.text().splitlines()[0] == "2024-04-02  Tuesday 2 April 2024"
    assert "Fri 29 Mar 2024  not counted: Good Friday: bank holiday in england-and-wales" in trace.text()


def test_the_trace_of_the_union_names_the_part_of_the_kingdom() -> None:
    [skipped] = ask(from_="2022-07-11", working_days=1, calendar="united-kingdom").trace.skipped
    assert skipped.words().startswith("Battle of the Boyne (Orangemen’s Day): bank holiday in northern-ireland, listed")


def test_the_trace_shows_what_was_announced_or_withdrawn_later() -> None:
    [later] = ask(from_="2022-09-06", working_days=10, as_known="2022-09-06T09:00").trace.changed_since
    assert (later.date, later.change) == (FUNERAL, "announced later")
    changes = ask(from_="2020-05-01", working_days=5, as_known="2019-01-01").trace
    assert [(str(c.date), c.change) for c in changes.changed_since] == [
        ("2020-05-04", "withdrawn later"), ("2020-05-08", "announced later"),
    ]  # fmt: skip
    assert "Early May bank holiday, was withdrawn later, 10 June 2019 at 11:31" in changes.text()
    assert ask(from_="2022-09-06", working_days=10).trace.changed_since == ()


def test_the_trace_of_a_roll() -> None:
    trace = ask(from_="2024-02-29", months=1, roll="next-working-day").trace
    assert (str(trace.counted_to), str(trace.deadline)) == ("2024-03-29", "2024-04-02")
    assert [str(s.date) for s in trace.skipped] == ["2024-03-29", "2024-03-30", "2024-03-31", "2024-04-01"]
    assert "Tue  2 Apr 2024  rolled to the next working day" in trace.text()


def test_the_trace_of_a_start_that_rolls() -> None:
    trace = ask(from_="2020-01-04", working_days=1, count_from="B").trace
    assert (str(trace.day_zero), str(trace.deadline)) == ("2020-01-06", "2020-01-07")
    assert [str(s.date) for s in trace.skipped] == ["2020-01-04", "2020-01-05"]


def test_a_moment_of_knowing_is_kept_in_utc() -> None:
    for text in ("2022-07-01T09:00", "2022-07-01T08:00Z", "2022-07-01T10:00+02:00"):
        assert parse_as_known(text) == datetime(2022, 7, 1, 8, tzinfo=UTC)
        assert parse_as_known(text).tzinfo is UTC


def test_an_answer_as_json_is_the_deadline_and_its_trace() -> None:
    answer = ask(from_="2024-03-22", working_days=5)
    shown = answer.as_json()
    assert shown == {"deadline": "2024-04-02", "trace": answer.trace.model_dump(mode="json", by_alias=True)}
    assert shown["trace"]["from"] == "2024-03-22"
    assert shown["trace"]["counted"][-1] == "2024-04-02"


def test_a_day_of_knowing_ends_before_its_midnight() -> None:
    assert parse_as_known("2022-07-01") == datetime(2022, 7, 1, 22, 59, 59, 999999, tzinfo=UTC)


def test_the_trace_of_given_holidays() -> None:
    trace = ask(from_="2024-03-22", working_days=1, holidays=["2024-03-25"], as_known="2024-01-01").trace
    assert trace.calendar == "the given holidays"
    assert trace.calendar_years is None
    assert trace.as_known is None
    assert [s.reason for s in trace.skipped] == ["weekend", "weekend", "given holiday"]


def test_the_trace_names_its_rule() -> None:
    request = DeadlineRequest(from_=date(2024, 3, 26), working_days=10)
    answer = deadline(request).explained_by("LGSCO Complaint Handling Code, 6.3")
    assert answer.trace.source == "LGSCO Complaint Handling Code, 6.3"
    assert "Rule        LGSCO Complaint Handling Code, 6.3" in answer.trace.text()


def test_another_register_answers_for_itself() -> None:
    later = published().adding(
        Holiday(
            division="england-and-wales",
            date=date(2024, 3, 25),
            title="Proclaimed",
            known_from=parse_as_known("2024-03-20T09:00"),
        )
    )
    request = DeadlineRequest(from_=date(2024, 3, 22), working_days=5)
    assert deadline(request, later).deadline == date(2024, 4, 3)
    before = request.model_copy(update={"as_known": parse_as_known("2024-03-19")})
    assert deadline(before, later).deadline == deadline(before).deadline == date(2024, 4, 2)
    assert "Proclaimed" in deadline(before, later).trace.text()


@given(
    st.dates(date(2016, 1, 1), date(2024, 12, 31)),
    st.sampled_from(["working_days", "days", "months"]),
    st.integers(-40, 40),
    st.sampled_from(CALENDARS),
    st.sampled_from(CONVENTIONS),
    st.sampled_from(ROLLS),
)
def test_the_trace_accounts_for_every_day(start: date, unit: str, n: int, calendar: str, convention: str, roll: str) -> None:
    answer = ask(from_=start.isoformat(), **{unit: n}, calendar=calendar, count_from=convention, roll=roll)
    trace = answer.trace
    passed = [skipped.date for skipped in trace.skipped]
    assert trace.deadline == answer.deadline
    assert passed == sorted(set(passed))
    assert not set(passed) & set(trace.counted)
    if unit == "working_days":
        assert len(trace.counted) == abs(n)
        assert not n or trace.counted[-1] == answer.counted_to
        if n > 0:  # each day from the start on is the start, counted or skipped
            days = {date.fromordinal(o) for o in range(start.toordinal(), answer.deadline.toordinal() + 1)}
            assert days == {start, *([trace.day_zero] if trace.day_zero else []), *trace.counted, *passed}
    if roll == "next-working-day":
        assert published().calendar(calendar).is_working(answer.deadline)  # type: ignore[arg-type]
    assert type(trace).model_validate_json(trace.model_dump_json(by_alias=True)) == trace
    assert trace.text().startswith(answer.deadline.isoformat())
