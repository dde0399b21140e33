"""A day is written as a day: never a number that some library takes for seconds since 1970."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.calendar.london import fy_label
from shared.calendar.written import Day, Instant, read_day, read_financial_year

DAYS, INSTANTS = TypeAdapter(Day), TypeAdapter(Instant)


@given(st.dates())
def test_a_day_is_read_as_it_was_written(day):
    assert DAYS.validate_python(day) == DAYS.validate_json(f'"{day.isoformat()}"') == day


@pytest.mark.parametrize(
    "given", [0, "0", 20230331, "20230331", 1.5, True, "2023-03-31T00:00:00", "2023-3-31", "31/03/2023", "", None]
)
def test_nothing_else_is_a_day(given):
    with pytest.raises(ValidationError):
        DAYS.validate_python(given)


def test_a_moment_is_no_day():
    with pytest.raises(ValidationError):
        DAYS.validate_python(datetime(2024, 4, 10, tzinfo=UTC))
    assert DAYS.validate_python(date(2024, 4, 10))


@pytest.mark.parametrize("given", [0, "0", "1712741400", 1712741400.0, "2024-04-10", "2024-04-10T09:30:00"])
def test_a_number_or_a_moment_without_a_zone_is_no_instant(given):
    with pytest.raises(ValidationError):
        INSTANTS.validate_python(given)


def test_an_instant_has_its_zone():
    assert INSTANTS.validate_python("2024-04-10T10:30:00+01:00") == datetime(2024, 4, 10, 9, 30, tzinfo=UTC)


@given(st.dates())
def test_a_person_writes_a_day_in_either_form(day):
    british = f"{day.day}/{day.month}/{day.year:04d}"
    assert read_day(day.isoformat()) == read_day(british) == read_day(f" {day.day:02d}/{day.month:02d}/{day.year:04d} ") == day


@pytest.mark.parametrize(
    "text", ["", "31/02/2023", "2023-02-30", "03/31/2023", "31.03.2023", "31/3/23", "20230331", "0", "٠١/٠٢/٢٠٢٣"]
)
def test_any_other_day_is_refused_in_words(text):
    with pytest.raises(ValueError, match=r"is not a date: write|there is no day"):
        read_day(text)


@given(st.text(max_size=12))
def test_a_text_is_a_day_or_refused(text):
    with suppress(ValueError):
        assert isinstance(read_day(text), date)


@given(st.integers(1000, 9998))
def test_a_financial_year_is_written_with_a_stroke_or_a_dash(year):
    label = fy_label(year)
    assert {read_financial_year(label.replace("/", dash)) for dash in "/-\u2013"} == {label}


@pytest.mark.parametrize("text", ["2022", "2022/24", "2022/2023", "22/23", "2022_23", "", "2022-23-24"])
def test_any_other_year_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is not a financial year"):
        read_financial_year(text)
