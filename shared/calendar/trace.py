"""Why a deadline is that day: the days counted, the days skipped and what was known.

A trace lists every day, so it grows with the count; it is made only when asked for.
"""

from datetime import date, datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.calendar.arithmetic import Convention, Roll, next_working_day
from shared.calendar.holidays import Calendar, CalendarName, Holiday, HolidayRegister, moment

Unit = Literal["working_days", "days", "months"]

_ONE_DAY: Final = timedelta(days=1)

_CONVENTIONS: Final[dict[Convention, str]] = {
    "A": "the start day is day 0, even when it is not a working day",
    "B": "a start on a non-working day rolls forward to the next working day, which is day 0",
    "C": "the start day itself is day 1 (for working days, the next working day if it is not one)",
}

_UNITS: Final[dict[Unit, tuple[str, str]]] = {
    "working_days": ("working day", "working days"),
    "days": ("day", "days"),
    "months": ("month", "months"),
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class Announcement(_Frozen):
    """One division's bank holiday: its title, and when it was first listed and withdrawn, if ever."""

    division: str
    title: str
    notes: str
    known_from: datetime
    withdrawn_at: datetime | None

    @classmethod
    def of(cls, holiday: Holiday) -> "Announcement":
        return cls(**holiday.model_dump(exclude={"date"}))


class Skipped(_Frozen):
    """A non-working day that the count, or a roll, passed over."""

    date: date
    reason: Literal["weekend", "bank holiday", "given holiday"]
    holidays: tuple[Announcement, ...] = ()

    def words(self) -> str:
        """The reason as a person reads it."""
        if not self.holidays:
            return self.reason
        titles = dict.fromkeys(f"{h.title} ({h.notes.lower()})" if h.notes else h.title for h in self.holidays)
        listed = min(h.known_from for h in self.holidays)
        where = ", ".join(h.division for h in self.holidays)
        return f"{' / '.join(titles)}: bank holiday in {where}, listed {moment(listed)}"


class ChangedSince(_Frozen):
    """A day that counts otherwise by all that is known than it did at the moment of knowing."""

    date: date
    change: Literal["announced later", "withdrawn later"]
    holidays: tuple[Announcement, ...]


class Trace(_Frozen):
    """What was asked, what was counted, and what was passed over.

    `counted` holds the working days in the order in which they were counted (the last is where the count
    ended); it is empty when days or months are counted, because then each day counts. `day_zero` is None by
    convention C. `calendar_years` is None for given holidays, which have no limit. Days are London days.
    """

    start: date = Field(alias="from")
    unit: Unit
    amount: int
    count_from: Convention
    convention: str
    roll: Roll
    calendar: str
    calendar_years: tuple[int, int] | None
    as_known: datetime | None
    day_zero: date | None
    counted: tuple[date, ...]
    skipped: tuple[Skipped, ...]
    counted_to: date
    deadline: date
    changed_since: tuple[ChangedSince, ...] = ()
    source: str | None = None

    def text(self) -> str:
        """The trace as lines for a person, the deadline first."""
        lines = [
            f"{self.deadline}  {long_day(self.deadline)}",
            "",
            f"{self._quantity()} from {long_day(self.start)}",
        ]
        if self.source:
            lines.append(f"Rule        {self.source}")
        lines += [
            f"Calendar    {self.calendar}{self._years()}",
            f"As known    {moment(self.as_known) if self.as_known else 'by all that is known'}",
            f"Convention  {self.count_from}: {self.convention}",
            f"Roll        {self.roll}",
            "",
            *self._day_lines(),
        ]
        for changed in self.changed_since:
            instants = [h.known_from if changed.change == "announced later" else h.withdrawn_at for h in changed.holidays]
            when = min(instant for instant in instants if instant is not None)
            titles = " / ".join(dict.fromkeys(h.title for h in changed.holidays))
            lines.append(f"Note: {short_day(changed.date)}, {titles}, was {changed.change}, {moment(when)}")
        return "\n".join(lines)

    def _quantity(self) -> str:
        singular, plural = _UNITS[self.unit]
        back = " back" if self.amount < 0 else ""
        return f"{abs(self.amount)} {singular if abs(self.amount) == 1 else plural}{back}"

    def _years(self) -> str:
        return f", {self.calendar_years[0]} to {self.calendar_years[1]}" if self.calendar_years else ""

    def _day_lines(self) -> list[str]:
        notes: dict[date, str] = {self.start: "start"}
        if self.day_zero is not None:
            notes[self.day_zero] = "day 0"
        notes.update((skipped.date, f"not counted: {skipped.words()}") for skipped in self.skipped)
        sign = -1 if self.amount < 0 else 1
        notes.update((day, f"day {sign * n}") for n, day in enumerate(self.counted, start=1))
        if self.unit != "working_days":
            notes.setdefault(self.counted_to, f"{self._quantity()} reached, each day counting")
        if self.deadline != self.counted_to:
            notes[self.deadline] = "rolled to the next working day"
        return [f"  {short_day(day)}  {notes[day]}" for day in sorted(notes, reverse=self.amount < 0)]


def long_day(day: date) -> str:
    """`Tuesday 2 April 2024`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    """`Tue  2 Apr 2024`, of one width."""
    return f"{day:%a} {day.day:2d} {day:%b %Y}"


def explain(
    *,
    start: date,
    unit: Unit,
    amount: int,
    calendar: Calendar,
    convention: Convention,
    as_known: datetime | None,
    roll: Roll,
    counted_to: date,
    deadline: date,
    register: HolidayRegister | None,
    calendar_name: CalendarName,
    source: str | None,
) -> Trace:
    """The trace of a deadline already computed by `calendar`.

    `register` is where `calendar` comes from, to show what changed since `as_known`; None for given holidays.
    """
    day_zero = None if convention == "C" else start
    skipped: list[date] = []
    if convention == "B":
        day_zero = next_working_day(start, calendar)
        skipped += _range(start, day_zero)
    counted: list[date] = []
    if unit == "working_days" and amount != 0:
        for day in _walk(day_zero, start, counted_to):
            (counted if calendar.is_working(day) else skipped).append(day)
    if deadline != counted_to:
        skipped += _range(counted_to, deadline)
    passed = sorted(set(skipped))
    years = None if calendar.first_year is None or calendar.last_year is None else (calendar.first_year, calendar.last_year)
    return Trace(
        start=start,
        unit=unit,
        amount=amount,
        count_from=convention,
        convention=_CONVENTIONS[convention],
        roll=roll,
        calendar=calendar.name,
        calendar_years=years,
        as_known=as_known if register else None,
        day_zero=day_zero,
        counted=tuple(counted),
        skipped=tuple(_skipped(day, calendar) for day in passed),
        counted_to=counted_to,
        deadline=deadline,
        changed_since=_changes(passed, counted, calendar, calendar_name, register) if register and as_known else (),
        source=source,
    )


def _range(first: date, end: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((end - first).days)]


def _walk(day_zero: date | None, start: date, end: date) -> list[date]:
    """The days a count of working days looked at, in its order, `end` included."""
    step = _ONE_DAY if end >= (day_zero or start) else -_ONE_DAY
    first = start if day_zero is None else day_zero + step
    return [first + step * n for n in range(abs((end - first).days) + 1)]


def _skipped(day: date, calendar: Calendar) -> Skipped:
    if day.weekday() >= 5:
        return Skipped(date=day, reason="weekend")
    holidays = calendar.holidays[day]
    if not holidays:
        return Skipped(date=day, reason="given holiday")
    return Skipped(date=day, reason="bank holiday", holidays=tuple(map(Announcement.of, holidays)))


def _changes(
    skipped: list[date], counted: list[date], then: Calendar, name: CalendarName, register: HolidayRegister
) -> tuple[ChangedSince, ...]:
    now = register.calendar(name)
    found = []
    for day in sorted({*skipped, *counted}):
        if day.weekday() >= 5:
            continue
        before, after = then.holidays.get(day, ()), now.holidays.get(day, ())
        if after and not before:
            found.append(ChangedSince(date=day, change="announced later", holidays=tuple(map(Announcement.of, after))))
        elif before and not after:
            found.append(ChangedSince(date=day, change="withdrawn later", holidays=tuple(map(Announcement.of, before))))
    return tuple(found)
