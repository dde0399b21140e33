"""London days and financial years, across the change of clocks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import london

DAYS = st.dates(date(1972, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2022-07-01T22:59:59+00:00", date(2022, 7, 1)),  # 23:59:59 in London
        ("2022-07-01T23:00:00+00:00", date(2022, 7, 2)),
        ("2022-12-01T23:59:59+00:00", date(2022, 12, 1)),
        ("2022-03-31T23:30:00+00:00", date(2022, 4, 1)),  # a new financial year, by London's clock
        ("2022-04-01T00:30:00+05:00", date(2022, 3, 31)),
    ],
)
def test_the_day_is_londons(instant: str, day: date) -> None:
    assert london.london_date(datetime.fromisoformat(instant)) == day
    assert london.today(datetime.fromisoformat(instant)) == day


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        london.london_date(datetime(2022, 7, 1, 12))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(("day", "hours"), [(date(2022, 3, 27), 23), (date(2022, 10, 30), 25), (date(2022, 6, 1), 24)])
def test_a_day_of_the_change_of_clocks_has_its_own_length(day: date, hours: int) -> None:
    assert london.end_of_day(day) - london.start_of_day(day) == timedelta(hours=hours)


def test_the_end_of_a_summer_day_is_2300_utc() -> None:
    assert london.end_of_day(date(2022, 7, 1)) == datetime(2022, 7, 1, 23, tzinfo=UTC)


@given(DAYS)
def test_a_day_begins_where_the_one_before_ends(day: date) -> None:
    assert london.start_of_day(day).tzinfo is UTC
    assert london.end_of_day(day - timedelta(days=1)) == london.start_of_day(day)
    assert london.london_date(london.start_of_day(day)) == day
    assert london.london_date(london.end_of_day(day) - datetime.resolution) == day


@pytest.mark.parametrize(
    ("day", "label", "quarter"),
    [
        (date(2022, 4, 1), "2022/23", 1),
        (date(2022, 6, 30), "2022/23", 1),
        (date(2022, 7, 1), "2022/23", 2),
        (date(2022, 12, 31), "2022/23", 3),
        (date(2023, 3, 31), "2022/23", 4),
        (date(2000, 3, 31), "1999/00", 4),
        (date(2099, 5, 1), "2099/00", 1),
    ],
)
def test_financial_year_and_quarter(day: date, label: str, quarter: int) -> None:
    assert london.financial_year(day) == label
    assert london.quarter(day) == quarter


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("2022/23", date(2022, 4, 1), date(2023, 3, 31)),
        ("1999/00", date(1999, 4, 1), date(2000, 3, 31)),
        ("9998/99", date(9998, 4, 1), date(9999, 3, 31)),
    ],
)
def test_the_bounds_of_a_financial_year(label: str, first: date, last: date) -> None:
    assert london.fy_bounds(label) == (first, last)


@given(DAYS)
def test_a_day_lies_inside_its_financial_year(day: date) -> None:
    first, last = london.fy_bounds(london.financial_year(day))
    assert first <= day <= last
    assert (first.month, first.day, last.month, last.day) == (4, 1, 3, 31)


@pytest.mark.parametrize("label", ["2022/24", "2022-23", "2022/2023", "22/23", "", "0000/01", "9999/00", "2022/23\n"])
def test_other_texts_are_not_financial_years(label: str) -> None:
    with pytest.raises(ValueError, match=r"financial year|last day"):
        london.fy_bounds(label)
