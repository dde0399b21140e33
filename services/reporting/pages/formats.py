"""How numbers are written on pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from services.reporting.annual.figures import Figure, Values
from shared.calendar.london import LONDON

UNKNOWN = "not known"


def number(value: float | int | None) -> str:
    """With thousands separators; an unknown is `not known`."""
    if value is None:
        return UNKNOWN
    return f"{value:,}"


def signed(value: float | int | None, unit: str = "") -> str:
    """With its sign, a minus being a minus; no change is `no change`. With a unit, to two decimals."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "no change"
    size = f"{abs(value):,.2f}" if unit else f"{abs(value):,}"
    return f"{'+' if value > 0 else '−'}{size}{unit}"


def whole_percentage(value: float | None) -> str:
    """95 for 94.63, halves up."""
    if value is None:
        return UNKNOWN
    return f"{Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_UP)}%"


def main_text(figure: Figure, values: Values) -> str:
    """What a reader sees first of a figure in one year."""
    if figure.unit == "share":
        return whole_percentage(values.percentage)
    return number(values.mean if figure.unit == "mean" else values.value)


def behind(figure: Figure, values: Values) -> str:
    """What stands behind it: numerator, denominator and the percentage unrounded; nothing for a count."""
    if figure.unit == "count" or (values.numerator is None and values.denominator is None):
        return ""
    of = f"{number(values.numerator)} of {number(values.denominator)}"
    if figure.unit == "mean":
        responses = "response" if values.denominator == 1 else "responses"
        return f"{number(values.numerator)} days, {number(values.denominator)} {responses}"
    return f"{of} ({values.percentage:.2f}%)" if values.percentage is not None else of


def change(figure: Figure) -> str:
    """The change on the year before, in the figure's own unit."""
    if figure.unit == "share":
        return signed(figure.change, " points")
    if figure.change_percentage is None or figure.change == 0:
        return signed(figure.change)
    return f"{signed(figure.change)} ({signed(figure.change_percentage, '%')})"


def under(text: str, title: str) -> str:
    """A label without the title that it stands under: `Requests: received` under `Requests` is `Received`."""
    rest = text.removeprefix(f"{title}: ")
    return f"{rest[:1].upper()}{rest[1:]}"


def day(value: date | datetime) -> str:
    """31 March 2023; an instant by its London day."""
    if isinstance(value, datetime):
        value = value.astimezone(LONDON).date()
    return f"{value.day} {value:%B %Y}"


FILTERS = {
    "number": number,
    "signed": signed,
    "figure_main": main_text,
    "figure_behind": behind,
    "figure_change": change,
    "day": day,
    "under": under,
}
