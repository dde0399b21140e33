"""The bank holidays: against two independent sources, and as they were known at a moment."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import holidays as holidays_package
import pytest
from govuk_bank_holidays.bank_holidays import BankHolidays
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.calendar.arithmetic import working_days_between
from shared.calendar.holidays import (
    CALENDARS,
    DIVISIONS,
    FEWEST_A_YEAR,
    Calendar,
    CalendarError,
    CalendarName,
    Division,
    Holiday,
    HolidayRegister,
    load,
    published,
)

ENGLAND = published().calendar("england-and-wales")
UK = published().calendar("united-kingdom")
YEARS = range(2012, 2029)


def weekdays(days: object) -> set[date]:
    return {day for day in days if day.weekday() < 5}  # type: ignore[attr-defined]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def spelled(text: str, year: int) -> set[date]:
    return {datetime.strptime(f"{part.strip()} {year}", "%d %b %Y").replace(tzinfo=UTC).date() for part in text.split(",")}


# World Cup bank holiday: proclaimed for Scotland after both packages were released.
LATER_THAN_THE_ORACLES = {("scotland", date(2026, 6, 15))}


@pytest.mark.parametrize("division", DIVISIONS)
def test_govuk_bank_holidays_agrees(division: Division) -> None:
    oracle = {h["date"] for h in BankHolidays(use_cached_holidays=True).get_holidays(division=division)}
    ours = {d for d in published().calendar(division).holidays if (division, d) not in LATER_THAN_THE_ORACLES}
    assert ours == {day for day in oracle if day.year in YEARS}


@pytest.mark.parametrize(
    ("division", "subdivision"),
    [("england-and-wales", "ENG"), ("scotland", "SCT"), ("northern-ireland", "NIR")],
)
def test_holidays_package_agrees(division: Division, subdivision: str) -> None:
    oracle = weekdays(holidays_package.country_holidays("GB", subdiv=subdivision, years=YEARS))
    assert (
        weekdays(published().calendar(division).holidays)
        - {day for d, day in LATER_THAN_THE_ORACLES if d == division and day not in oracle}
        == oracle
    )


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2022, "3 Jan, 15 Apr, 18 Apr, 2 May, 2 Jun, 3 Jun, 29 Aug, 19 Sep, 26 Dec, 27 Dec"),
        (2023, "2 Jan, 7 Apr, 10 Apr, 1 May, 8 May, 29 May, 28 Aug, 25 Dec, 26 Dec"),
        (2024, "1 Jan, 29 Mar, 1 Apr, 6 May, 27 May, 26 Aug, 25 Dec, 26 Dec"),
        (2025, "1 Jan, 18 Apr, 21 Apr, 5 May, 26 May, 25 Aug, 25 Dec, 26 Dec"),
        (2026, "1 Jan, 3 Apr, 6 Apr, 4 May, 25 May, 31 Aug, 25 Dec, 28 Dec"),
    ],
)
def test_england_and_wales_year_by_year(year: int, days: str) -> None:
    assert {day for day in ENGLAND.holidays if day.year == year} == spelled(days, year)


def test_england_and_wales_at_the_ends_of_the_table() -> None:
    assert {d for d in ENGLAND.holidays if date(2021, 4, 1) <= d <= date(2021, 12, 31)} == spelled(
        "2 Apr, 5 Apr, 3 May, 31 May, 30 Aug, 27 Dec, 28 Dec", 2021
    )
    assert {d for d in ENGLAND.holidays if date(2027, 1, 1) <= d <= date(2027, 3, 31)} == spelled("1 Jan, 26 Mar, 29 Mar", 2027)


@pytest.mark.parametrize(("year", "working_days"), [(2021, 253), (2022, 251), (2023, 250), (2024, 254), (2025, 253), (2026, 251)])
def test_working_days_of_a_financial_year(year: int, working_days: int) -> None:
    assert working_days_between(date(year, 3, 31), date(year + 1, 3, 31), ENGLAND) == working_days


def test_the_days_off_only_elsewhere_in_the_kingdom() -> None:
    extra = {day for day in UK.holidays if date(2022, 7, 1) <= day <= date(2027, 3, 31) and day not in ENGLAND.holidays}
    by_year = {
        2022: "12 Jul, 1 Aug, 30 Nov",
        2023: "3 Jan, 17 Mar, 12 Jul, 7 Aug, 30 Nov",
        2024: "2 Jan, 18 Mar, 12 Jul, 5 Aug, 2 Dec",
        2025: "2 Jan, 17 Mar, 14 Jul, 4 Aug, 1 Dec",
        2026: "2 Jan, 17 Mar, 15 Jun, 13 Jul, 3 Aug, 30 Nov",
        2027: "4 Jan, 17 Mar",
    }
    assert extra == {day for year, days in by_year.items() for day in spelled(days, year)}


@pytest.mark.parametrize("name", CALENDARS)
def test_every_calendar_covers_its_years_and_no_others(name: CalendarName) -> None:
    calendar = published().calendar(name)
    assert (calendar.first_year, calendar.last_year) == (2012, 2028)
    calendar.require(date(2028, 12, 31), date(2012, 1, 1))
    for outside in (date(2011, 12, 31), date(2029, 1, 1)):
        with pytest.raises(CalendarError, match=f"{name} calendar (begins with 2012|ends with 2028)"):
            calendar.is_working(outside)


@pytest.mark.parametrize(
    ("day", "moment", "off"),
    [
        # The State Funeral, listed ten days before.
        ("2022-09-19", "2022-09-06T09:00+01:00", False),
        ("2022-09-19", "2022-09-09T18:51:36+01:00", False),
        ("2022-09-19", "2022-09-09T18:51:37+01:00", True),
        # The coronation.
        ("2023-05-08", "2022-11-01T12:00+00:00", False),
        ("2023-05-08", "2022-11-11T12:00+00:00", True),
        # Early May 2020, moved to VE day.
        ("2020-05-04", "2019-06-10T11:31:23+01:00", True),
        ("2020-05-04", "2019-06-10T11:31:24+01:00", False),
        ("2020-05-08", "2019-06-10T11:31:23+01:00", False),
        ("2020-05-08", "2019-06-10T11:31:24+01:00", True),
        # Spring 2022, listed for twelve minutes before it moved for the Platinum Jubilee.
        ("2022-05-30", "2020-11-12T14:00:00+00:00", True),
        ("2022-05-30", "2020-11-12T14:08:18+00:00", False),
        ("2022-06-02", "2020-11-12T14:08:18+00:00", True),
    ],
)
def test_a_day_as_it_was_known(day: str, moment: str, off: bool) -> None:
    then = published().calendar("england-and-wales", at(moment))
    assert (date.fromisoformat(day) in then.holidays) is off


def test_scotland_moved_early_may_later_than_england() -> None:
    between = at("2019-06-20T12:00+01:00")
    assert date(2020, 5, 4) in published().calendar("scotland", between).holidays
    assert date(2020, 5, 4) not in published().calendar("england-and-wales", between).holidays
    assert date(2020, 5, 4) in published().calendar("united-kingdom", between).holidays


def test_moved_days_are_not_holidays_by_all_that_is_known() -> None:
    for day, name in product((date(2020, 5, 4), date(2022, 5, 30)), CALENDARS):
        assert published().calendar(name).is_working(day)
    assert published().calendar("scotland").is_working(date(2027, 8, 30))


def test_a_year_counts_only_once_it_was_published() -> None:
    then = published().calendar("england-and-wales", at("2022-09-06T09:00+01:00"))
    assert (then.first_year, then.last_year) == (2012, 2023)
    with pytest.raises(CalendarError, match="as known on 6 September 2022 at 09:00 ends with 2023"):
        then.require(date(2023, 12, 1), date(2024, 1, 2))


def test_before_the_first_listing_nothing_was_known() -> None:
    with pytest.raises(CalendarError, match="had been published by 1 January 2012"):
        published().calendar("england-and-wales", at("2012-01-01T00:00+00:00"))


def test_a_naive_moment_and_an_unknown_name_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        published().calendar("scotland", datetime(2022, 9, 6, 9))  # noqa: DTZ001
    with pytest.raises(CalendarError) as refused:
        published().calendar("wales")  # type: ignore[arg-type]
    known = "england-and-wales, scotland, northern-ireland, united-kingdom"
    assert str(refused.value) == f"there is no calendar 'wales': {known}"


def test_the_moment_is_remembered_although_calendars_are_shared() -> None:
    first, second = at("2022-09-06T09:00+01:00"), at("2022-09-07T09:00+01:00")
    assert published().calendar("scotland", first).as_known == first
    assert published().calendar("scotland", second).as_known == second


def proclaimed(day: str, known_from: str) -> Holiday:
    return Holiday(
        division="england-and-wales",
        date=date.fromisoformat(day),
        title="Proclaimed",
        known_from=at(known_from),
    )


def test_a_late_announcement_makes_a_new_register_and_leaves_the_old_answer() -> None:
    later = published().adding(proclaimed("2027-07-05", "2027-06-20T10:00+00:00"))
    assert not later.calendar("england-and-wales").is_working(date(2027, 7, 5))
    assert later.calendar("england-and-wales", at("2027-06-19T10:00+00:00")).is_working(date(2027, 7, 5))
    assert ENGLAND.is_working(date(2027, 7, 5))


def test_one_day_proclaimed_years_ahead_does_not_open_its_year() -> None:
    later = published().adding(proclaimed("2029-07-05", "2027-06-20T10:00+00:00"))
    assert later.calendar("england-and-wales").last_year == 2028


def test_contradictions_are_refused() -> None:
    with pytest.raises(ValueError, match="2022-12-26 is listed twice for england-and-wales"):
        published().adding(proclaimed("2022-12-26", "2022-01-01T00:00+00:00"))
    backwards = proclaimed("2027-07-05", "2027-06-20T10:00+00:00").model_copy(update={"withdrawn_at": at("2027-06-19T10:00+00:00")})
    with pytest.raises(ValueError, match="withdrawn before it is known"):
        HolidayRegister([backwards])


def test_a_day_may_be_listed_again_from_the_moment_it_was_withdrawn() -> None:
    first = proclaimed("2027-07-05", "2027-06-01T10:00+00:00").model_copy(update={"withdrawn_at": at("2027-06-10T10:00+00:00")})
    again = proclaimed("2027-07-05", "2027-06-10T10:00+00:00")
    register = published().adding(first, again)
    for moment in ("2027-06-01T10:00+00:00", "2027-06-10T10:00+00:00", "2027-06-11T10:00+00:00"):
        assert len(register.calendar("england-and-wales", at(moment)).holidays[again.date]) == 1
    at_once = first.model_copy(update={"withdrawn_at": first.known_from})
    with pytest.raises(ValueError, match="2027-07-05 of england-and-wales is withdrawn before it is known"):
        HolidayRegister([at_once])


MOMENTS = sorted({m for h in published().holidays for m in (h.known_from, h.withdrawn_at) if m})


@given(st.sampled_from(MOMENTS), st.sampled_from([timedelta(0), timedelta(seconds=-1), timedelta(hours=1)]))
def test_a_register_as_it_was_known_answers_by_all_it_knows_what_this_one_answers_of_then(
    moment: datetime, aside: timedelta
) -> None:
    moment += aside
    assume(moment > MOMENTS[0])
    then = published().known_by(moment)
    assert {h.withdrawn_at for h in then.holidays if h.withdrawn_at and h.withdrawn_at > moment} == set()
    for name in CALENDARS:
        was, by_it = published().calendar(name, moment), then.calendar(name)
        assert was.holidays.keys() == by_it.holidays.keys()
        assert (was.first_year, was.last_year) == (by_it.first_year, by_it.last_year)


def test_a_register_is_asked_of_an_instant_and_not_of_a_time_on_some_clock() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        published().known_by(datetime(2022, 9, 6, 9))  # noqa: DTZ001


def year_of(number: int, year: int = 2031) -> HolidayRegister:
    """As many holidays as are asked for, in one year of one division."""
    return HolidayRegister(proclaimed(f"{year}-{month:02}-01", "2030-01-01T00:00+00:00") for month in range(1, number + 1))


def test_a_year_with_fewer_holidays_than_any_year_has_was_not_published() -> None:
    whole = year_of(FEWEST_A_YEAR).calendar("england-and-wales")
    assert (whole.first_year, whole.last_year) == (2031, 2031)
    with pytest.raises(CalendarError) as refused:
        year_of(FEWEST_A_YEAR - 1).calendar("england-and-wales")
    assert str(refused.value) == "no year of the england-and-wales calendar had been published"


@pytest.mark.parametrize(
    ("ordinal", "edge"),
    [
        (0, "begins with 2012: the count goes beyond it"),
        (1, "begins with 2012: the count reaches 1"),
        (date.max.toordinal(), "ends with 2028: the count reaches 9999"),
        (date.max.toordinal() + 1, "ends with 2028: the count goes beyond it"),
    ],
)
def test_how_far_beyond_its_years_a_count_went_is_reported(ordinal: int, edge: str) -> None:
    with pytest.raises(CalendarError) as refused:
        ENGLAND.require_ordinals(ordinal, date(2020, 1, 1).toordinal())
    assert str(refused.value) == f"the england-and-wales calendar {edge}"


def test_a_file_that_is_wrong_shows_where() -> None:
    with pytest.raises(ValueError, match="known_from"):
        load(
            '{"holidays": [{"division": "scotland", "date": "2022-01-01", "title": "New Year", "known_from": "2022-01-01T00:00"}]}'
        )


def test_given_dates_replace_everything_and_have_no_last_year() -> None:
    calendar = Calendar.of_dates([date(2031, 1, 2), date(2031, 1, 4)])
    assert not calendar.is_working(date(2031, 1, 2))
    assert not calendar.is_working(date(2031, 1, 4))  # a Saturday, listed or not
    assert calendar.is_working(date(2031, 1, 1))
    calendar.require(date.min, date.max)
    assert calendar.is_working(date(2024, 12, 25))
    assert calendar.holidays[date(2031, 1, 2)] == ()


def test_the_union_covers_a_year_only_when_every_part_has_published_it() -> None:
    in_england = [h for h in published().holidays if h.division == "england-and-wales" and h.date.year == 2028]
    ahead = [h.model_copy(update={"date": h.date.replace(year=2029)}) for h in in_england]
    later = published().adding(*ahead)
    assert later.calendar("england-and-wales").last_year == 2029
    assert later.calendar("united-kingdom").last_year == 2028
