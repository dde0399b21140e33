"""One deadline request, one answer: the entry for the command, a batch and a case's clocks alike."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Annotated, Any, Final, Self, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from shared.calendar import arithmetic
from shared.calendar.arithmetic import Convention, Roll
from shared.calendar.holidays import Calendar, CalendarName, HolidayRegister, Instant, published
from shared.calendar.london import LONDON, end_of_day
from shared.calendar.trace import Trace, Unit, explain

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
_SHOWN: Final = 60

UNITS: Final[tuple[Unit, ...]] = get_args(Unit)


def parse_day(text: str) -> date:
    """A day written `2024-03-22`; ValueError for any other text."""
    if _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ValueError(f"{text!r} is not a day: {error}") from error
    raise ValueError(f"{text[:_SHOWN]!r} is not a day: write it as 2024-03-22")


def parse_as_known(text: str) -> datetime:
    """The moment of knowing, in UTC: `2022-09-06T09:00` is London time unless it carries an offset.

    A day alone means what was known by the end of that London day. ValueError for any other text.
    """
    if _DAY.fullmatch(text):
        # The last representable instant of the day: what is announced at the next midnight is not yet known.
        return end_of_day(_within_reach(parse_day(text))) - datetime.resolution
    if not _INSTANT.fullmatch(text):
        raise ValueError(f"{text[:_SHOWN]!r} is not a date and time: write it as 2022-09-06T09:00")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date and time: {error}") from error
    _within_reach(instant.date())
    return (instant if instant.utcoffset() is not None else instant.replace(tzinfo=LONDON)).astimezone(UTC)


def _within_reach(day: date) -> date:
    # The ends of the era overflow when they change zone; nothing was announced there.
    if not date.min.year < day.year < date.max.year:
        raise ValueError(f"{day} is not a day on which anything could be known")
    return day


def _day(value: object) -> object:
    return parse_day(value) if isinstance(value, str) else value


def _as_known(value: object) -> object:
    return parse_as_known(value) if isinstance(value, str) else value


def _days(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, str):
        raise ValueError('write a list of days, such as ["2024-03-29"]')  # noqa: TRY004 - pydantic reports it
    return value


Day = Annotated[date, BeforeValidator(_day)]


class DeadlineRequest(BaseModel):
    """From which day, how much of which unit, on which calendar, counted and rolled how.

    Exactly one of `working_days`, `days` and `months`; a negative number counts back. `as_known` is an aware
    instant, or None for all that is known. `holidays`, when given, replaces the calendar's: those days and
    the weekends are off, in whatever year, and `as_known` has nothing to decide.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, validate_by_name=True, validate_by_alias=True)

    from_: Day = Field(alias="from")
    working_days: int | None = None
    days: int | None = None
    months: int | None = None
    calendar: CalendarName = "england-and-wales"
    count_from: Convention = "A"
    as_known: Annotated[Instant | None, BeforeValidator(_as_known)] = None
    roll: Roll = "none"
    holidays: Annotated[tuple[Day, ...] | None, BeforeValidator(_days)] = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        given = [unit for unit in UNITS if getattr(self, unit) is not None]
        if not given:
            raise ValueError("give one of working_days, days and months")
        if len(given) > 1:
            raise ValueError(f"give one of working_days, days and months, not {' and '.join(given)}")
        return self

    @property
    def unit(self) -> Unit:
        """The unit that is counted."""
        if self.working_days is not None:
            return "working_days"
        return "days" if self.days is not None else "months"

    @property
    def amount(self) -> int:
        """How many of the unit."""
        amount = getattr(self, self.unit)
        assert isinstance(amount, int)
        return amount

    @classmethod
    def from_json(cls, fields: object) -> Self:
        """A request from parsed JSON, with the public names only; null is the default.

        ValueError with every fault at once, in plain words.
        """
        if not isinstance(fields, Mapping):
            raise ValueError('a request is a JSON object such as {"from": "2024-03-22", "working_days": 5}')  # noqa: TRY004
        given = {name: value for name, value in fields.items() if value is not None or name not in cls.model_fields}
        try:
            return cls.model_validate(given, by_alias=True, by_name=False)
        except ValidationError as error:
            raise ValueError(_in_words(error)) from None


def _in_words(error: ValidationError) -> str:
    faults = []
    for fault in error.errors(include_url=False):
        where = ".".join(map(str, fault["loc"]))
        if fault["type"] == "literal_error":
            what = f"must be {fault['ctx']['expected']}"
        else:
            what = _WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
        faults.append(f"{where}: {what}" if where else what)
    return "; ".join(faults)


_WORDS: Final[dict[str, str]] = {
    "missing": "is needed",
    "extra_forbidden": "is not a field of a request",
    "int_type": "must be a whole number",
    "tuple_type": "must be a list of days",
    "date_type": "must be a day written as 2024-03-22",
    "datetime_type": "must be a date and time written as 2022-09-06T09:00",
    "timezone_aware": "must have a time zone",
}


@dataclass(frozen=True)
class DeadlineAnswer:
    """The deadline, a London day that is over at `london.end_of_day`; `trace` explains it when asked."""

    request: DeadlineRequest
    deadline: date
    counted_to: date
    _calendar: Calendar
    _register: HolidayRegister
    source: str | None = None

    def explained_by(self, source: str | None) -> "DeadlineAnswer":
        """The same answer whose trace names the rule it comes from."""
        return replace(self, source=source)

    @cached_property
    def trace(self) -> Trace:
        """Every day counted and every day skipped, with the reason."""
        request = self.request
        return explain(
            start=request.from_,
            unit=request.unit,
            amount=request.amount,
            calendar=self._calendar,
            convention=request.count_from,
            as_known=request.as_known,
            roll=request.roll,
            counted_to=self.counted_to,
            deadline=self.deadline,
            register=None if request.holidays is not None else self._register,
            calendar_name=request.calendar,
            source=self.source,
        )

    def as_json(self) -> dict[str, Any]:
        """`{"deadline": ..., "trace": ...}`, ready for a JSON encoder."""
        return {
            "deadline": self.deadline.isoformat(),
            "trace": self.trace.model_dump(mode="json", by_alias=True),
        }


def deadline(request: DeadlineRequest, register: HolidayRegister | None = None) -> DeadlineAnswer:
    """The deadline of a request, by the published bank holidays or those of `register`.

    CalendarError when the count touches a year whose holidays are not published, or had not been
    published at `as_known`. Days and months without a roll ask for no holidays, so they reach any year; only
    an `as_known` before the first listing of all is refused for them too.
    """
    register = register or published()
    if request.holidays is not None:
        calendar = Calendar.of_dates(request.holidays)
    else:
        calendar = register.calendar(request.calendar, request.as_known)
    reached = _COUNT[request.unit](request.from_, request.amount, calendar, request.count_from)
    rolled = arithmetic.next_working_day(reached, calendar) if request.roll == "next-working-day" else reached
    return DeadlineAnswer(request, rolled, reached, calendar, register)


_COUNT: Final = {
    "working_days": arithmetic.add_working_days,
    "days": arithmetic.add_days,
    "months": arithmetic.add_months,
}
