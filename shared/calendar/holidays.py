"""Bank holidays as bitemporal data, and the calendars made from them.

A holiday has a day (valid time) and the moments it was announced and withdrawn (transaction time), so a
deadline can be answered as it is known and as it was known then. A calendar knows the years it was
published for and refuses any other: a year without its holidays would give deadlines that are too early.
"""

import json
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from shared.calendar.london import LONDON, aware

Division = Literal["england-and-wales", "scotland", "northern-ireland"]
CalendarName = Literal["england-and-wales", "scotland", "northern-ireland", "united-kingdom"]

DIVISIONS: Final[tuple[Division, ...]] = get_args(Division)
CALENDARS: Final[tuple[CalendarName, ...]] = get_args(CalendarName)

# A year is published whole, in one listing, and no division has fewer than eight holidays in it. A single
# day proclaimed years ahead must not pass for the year's calendar.
FEWEST_A_YEAR: Final = 8


# An aware instant of any zone, kept in UTC.
Instant = Annotated[AwareDatetime, AfterValidator(lambda instant: instant.astimezone(UTC))]


class CalendarError(ValueError):
    """The calendar cannot answer: unknown, not published for the year, or beyond what a date can hold."""


class Holiday(BaseModel):
    """One bank holiday of one division. Instants are aware; `withdrawn_at` is None while it stands."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    division: Division
    date: date
    title: str
    notes: str = ""
    known_from: Instant
    withdrawn_at: Instant | None = None

    def known(self, as_known: datetime | None) -> bool:
        """Whether it stood at that moment; with None, whether it stands by all that is known."""
        if as_known is None:
            return self.withdrawn_at is None
        return self.known_from <= as_known and (self.withdrawn_at is None or self.withdrawn_at > as_known)


def _weekdays_through(ordinal: int) -> int:
    """How many days from Monday to Friday there are from 1 January of year 1 to that day."""
    weeks, rest = divmod(ordinal, 7)  # ordinal 1 was a Monday
    return weeks * 5 + min(rest, 5)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are working days: not Saturday or Sunday, and not a holiday listed here.

    `first_year` and `last_year` bound what may be asked; both are None for a list of dates that stands for
    a calendar, which is assumed to be complete. Days inside are proleptic ordinals: a working day is found by
    bisection over the holidays, whatever the number of days counted.
    """

    name: str
    as_known: datetime | None
    first_year: int | None
    last_year: int | None
    holidays: Mapping[date, tuple[Holiday, ...]] = field(compare=False, repr=False)
    _ordinals: tuple[int, ...] = field(repr=False)  # holidays that fall Monday to Friday, sorted
    _before: tuple[int, ...] = field(compare=False, repr=False)  # working days before each of them

    @classmethod
    def make(
        cls,
        name: str,
        days: Mapping[date, tuple[Holiday, ...]],
        years: tuple[int, int] | None,
        as_known: datetime | None = None,
    ) -> "Calendar":
        """A calendar with exactly these holidays, asked only in `years` (first and last) if given."""
        ordinals = tuple(sorted(day.toordinal() for day in days if day.weekday() < 5))
        before = tuple(_weekdays_through(o) - 1 - i for i, o in enumerate(ordinals))
        first, last = years or (None, None)
        return cls(name, as_known, first, last, days, ordinals, before)

    @classmethod
    def of_dates(cls, days: Iterable[date]) -> "Calendar":
        """A calendar whose holidays are the given dates and no others."""
        return cls.make("the given holidays", dict.fromkeys(days, ()), None)

    def is_working(self, day: date) -> bool:
        """Whether `day` is a working day. CalendarError when its year is not covered."""
        self.require(day, day)
        return day.weekday() < 5 and day not in self.holidays

    def working_days_through(self, ordinal: int) -> int:
        """How many working days there are up to and including that day, from 1 January of year 1.

        Only differences mean anything, and only inside the years covered: the caller calls `require`.
        """
        return _weekdays_through(ordinal) - bisect_right(self._ordinals, ordinal)

    def nth_working_day(self, n: int) -> int:
        """The ordinal of the day at which `working_days_through` reaches `n`."""
        weeks, rest = divmod(n + bisect_left(self._before, n) - 1, 5)
        return weeks * 7 + rest + 1

    def require(self, one: date, other: date) -> None:
        """CalendarError unless every year from one day to the other, in either order, is covered."""
        self.require_ordinals(one.toordinal(), other.toordinal())

    def require_ordinals(self, one: int, other: int) -> None:
        """`require` for ordinals, which may lie beyond what a date can hold."""
        low, high = (one, other) if one <= other else (other, one)
        if self.first_year is None or self.last_year is None:
            if low < 1 or high > date.max.toordinal():
                raise CalendarError("the count leaves the years 1 to 9999")
            return
        if low < date(self.first_year, 1, 1).toordinal():
            raise CalendarError(self._refusal(low, "begins with", self.first_year))
        if high > date(self.last_year, 12, 31).toordinal():
            raise CalendarError(self._refusal(high, "ends with", self.last_year))

    def _refusal(self, ordinal: int, edge: str, year: int) -> str:
        inside = 1 <= ordinal <= date.max.toordinal()
        reach = f"the count reaches {date.fromordinal(ordinal).year}" if inside else "the count goes beyond it"
        known = "" if self.as_known is None else f" as known on {moment(self.as_known)}"
        return f"the {self.name} calendar{known} {edge} {year}: {reach}"


def moment(instant: datetime) -> str:
    """An instant as a person in London reads it: `6 September 2022 at 09:00`."""
    local = instant.astimezone(LONDON)
    return f"{local.day} {local:%B %Y} at {local:%H:%M}"


class HolidayRegister:
    """Every holiday ever listed, and the calendars at any moment of knowing.

    Raises ValueError for holidays that contradict each other (a day listed twice at once in a division).
    """

    def __init__(self, holidays: Iterable[Holiday]) -> None:
        self.holidays: Final = tuple(sorted(holidays, key=lambda h: (h.date, h.division, h.known_from)))
        self._check()
        instants = {h.known_from for h in self.holidays} | {h.withdrawn_at for h in self.holidays if h.withdrawn_at is not None}
        # What is known changes at these instants only: between two of them one calendar serves all.
        self._instants = sorted(instants)
        self._built: dict[tuple[CalendarName, int | None], Calendar] = {}

    def _check(self) -> None:
        latest: dict[tuple[str, date], Holiday] = {}
        for holiday in self.holidays:
            before = latest.get((holiday.division, holiday.date))
            if before and (before.withdrawn_at is None or before.withdrawn_at > holiday.known_from):
                raise ValueError(f"{holiday.date} is listed twice for {holiday.division}")
            if holiday.withdrawn_at is not None and holiday.withdrawn_at <= holiday.known_from:
                raise ValueError(f"{holiday.date} of {holiday.division} is withdrawn before it is known")
            latest[holiday.division, holiday.date] = holiday

    def adding(self, *holidays: Holiday) -> "HolidayRegister":
        """This register with more holidays in it: what a late announcement makes."""
        return HolidayRegister((*self.holidays, *holidays))

    def known_by(self, as_known: datetime) -> "HolidayRegister":
        """This register as it stood at an aware instant: what came later is not in it, and what was withdrawn later stands."""
        at = aware(as_known)
        return HolidayRegister(
            h.model_copy(update={"withdrawn_at": None if h.withdrawn_at and h.withdrawn_at > at else h.withdrawn_at})
            for h in self.holidays
            if h.known_from <= at
        )

    @cached_property
    def version(self) -> str:
        """Names what is known of holidays: two registers that answer alike have the same version."""
        listed = "\n".join(f"{h.division} {h.date}" for h in self.holidays if h.known(None))
        return sha256(listed.encode()).hexdigest()[:16]

    def calendar(self, name: CalendarName, as_known: datetime | None = None) -> Calendar:
        """A named calendar as it was known at an aware instant; None: by all that is known.

        `united-kingdom` is a day off in any part of the kingdom, as FOIA 2000 s.10(6) counts.
        CalendarError for an unknown name or when nothing had been published by then; ValueError for a naive
        instant.
        """
        if name not in CALENDARS:
            raise CalendarError(f"there is no calendar {name!r}: {', '.join(CALENDARS)}")
        era = None if as_known is None else bisect_right(self._instants, aware(as_known))
        calendar = self._built.get((name, era))
        if calendar is None:
            calendar = self._built[name, era] = self._build(name, as_known)
        return calendar if as_known == calendar.as_known else replace(calendar, as_known=as_known)

    def _build(self, name: CalendarName, as_known: datetime | None) -> Calendar:
        divisions = DIVISIONS if name == "united-kingdom" else (name,)
        days: defaultdict[date, list[Holiday]] = defaultdict(list)
        listed: dict[Division, defaultdict[int, int]] = {d: defaultdict(int) for d in divisions}
        for holiday in self.holidays:
            if holiday.division in divisions and holiday.known(as_known):
                days[holiday.date].append(holiday)
                listed[holiday.division][holiday.date.year] += 1
        covered = sorted(
            set.intersection(*({year for year, n in years.items() if n >= FEWEST_A_YEAR} for years in listed.values()))
        )
        if not covered:
            when = "" if as_known is None else f" by {moment(as_known)}"
            raise CalendarError(f"no year of the {name} calendar had been published{when}")
        last = first = covered[0]
        while last + 1 in covered:  # a gap ends the calendar: nothing may be counted across it
            last += 1
        return Calendar.make(name, {day: tuple(hs) for day, hs in days.items()}, (first, last), as_known)


def load(text: str | bytes) -> HolidayRegister:
    """A register from JSON in the form of `bank_holidays.json`. ValueError names what is wrong in it."""
    return HolidayRegister(TypeAdapter(list[Holiday]).validate_python(json.loads(text)["holidays"]))


@cache
def published() -> HolidayRegister:
    """The register that comes with Redress: GOV.UK's, 2012 onwards."""
    return load(files("shared.calendar").joinpath("bank_holidays.json").read_bytes())
