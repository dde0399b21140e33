"""A day is written as a day: never a number that some library takes for seconds since 1970."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.calendar.written import Day, Instant

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
