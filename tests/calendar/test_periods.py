"""Months, quarters and financial years: labels, and what belongs to what."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar.london import financial_year, fy_bounds, quarter
from shared.calendar.periods import month_ends, month_of, months_of, periods_of

DAYS = st.dates(date(1972, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("day", "month", "quarter", "year"),
    [
        (date(2022, 4, 1), "2022-04", "2022/23 Q1", "2022/23"),
        (date(2022, 12, 31), "2022-12", "2022/23 Q3", "2022/23"),
        (date(2023, 1, 1), "2023-01", "2022/23 Q4", "2022/23"),
        (date(2023, 3, 31), "2023-03", "2022/23 Q4", "2022/23"),
        (date(2000, 3, 31), "2000-03", "1999/00 Q4", "1999/00"),
    ],
)
def test_the_periods_of_a_day(day: date, month: str, quarter: str, year: str) -> None:
    assert month_of(day) == month
    assert periods_of(month) == (month, quarter, year)


def test_the_months_of_each_kind_of_period() -> None:
    assert months_of("2023-02") == ("2023-02",)
    assert months_of("2022/23 Q3") == ("2022-10", "2022-11", "2022-12")
    assert months_of("2022/23 Q4") == ("2023-01", "2023-02", "2023-03")
    assert (months_of("2022/23")[0], months_of("2022/23")[-1], len(months_of("2022/23"))) == (
        "2022-04",
        "2023-03",
        12,
    )


@pytest.mark.parametrize("text", ["", "2022", "2022/24", "2022-13", "2022-4", "2022/23 Q5", "2022/23Q1"])
def test_any_other_text_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="is not a financial year"):
        months_of(text)
    with pytest.raises(ValueError, match="is not a month"):
        periods_of(text)


@given(DAYS)
def test_a_day_belongs_to_one_month_quarter_and_year_that_contain_one_another(day: date) -> None:
    month, of_quarter, year = periods_of(month_of(day))
    assert (of_quarter, year) == (f"{year} Q{quarter(day)}", financial_year(day))
    assert month in months_of(of_quarter)
    assert tuple(chain.from_iterable(months_of(f"{year} Q{n}") for n in (1, 2, 3, 4))) == months_of(year)
    assert len(months_of(of_quarter)) == 3
    first, last = fy_bounds(year)
    assert (months_of(year)[0], months_of(year)[-1]) == (month_of(first), month_of(last))


@given(DAYS, st.integers(0, 900))
def test_what_is_open_at_a_months_end_began_by_it_and_ended_after_it(first: date, length: int) -> None:
    until = first + timedelta(days=length)
    days = (first + timedelta(days=n) for n in range(length))
    assert list(month_ends(first, until)) == [day for day in days if (day + timedelta(days=1)).day == 1]
