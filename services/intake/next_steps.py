"""What the person is told that happens next, and by when. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from shared.calendar.deadlines import DeadlineRequest, deadline
from shared.calendar.holidays import CalendarError
from shared.events.codes import Kind

# Working days from receipt: five by the Ombudsman's Complaint Handling Code, three by SI 2009/309 reg 13(3) and
# Part 5 of SI 2012/3094. A case is measured by its rulebook; this is what we say before there is one.
_DAYS: Final = {"adults-statutory": 3, "public-health": 3}
_USUAL: Final = 5

NOUNS: Final = {
    Kind.COMPLAINT: "complaint",
    Kind.COMPLIMENT: "compliment",
    Kind.COMMENT: "comment",
    Kind.SERVICE_REQUEST: "request for a service",
    Kind.ENQUIRY: "enquiry",
}

_READ: Final = "A complaints officer reads what you sent and decides who should look into it."
_ACKNOWLEDGED: Final = "we tell you how we understand your complaint, and when to expect a full answer."
_OMBUDSMAN: Final = (
    "If you are not satisfied with our final answer, you can ask the Local Government and Social Care"
    " Ombudsman to look into it."
)


@dataclass(frozen=True)
class Next:
    """Sentences for a page or a letter, in order; `by` is the day of the promise, where one is made."""

    sentences: tuple[str, ...]
    by: date | None = None


def next_steps(kind: Kind, received_on: date, procedure: str | None = None) -> Next:
    """What happens next with feedback received on a London day."""
    if kind is Kind.COMPLAINT:
        days = _DAYS.get(procedure or "", _USUAL)
        by = acknowledged_by(received_on, days)
        when = f"by {long_day(by)}" if by else f"within {days} working days"
        return Next((_READ, f"We acknowledge it {when}: {_ACKNOWLEDGED}", _OMBUDSMAN), by)
    if kind is Kind.COMPLIMENT:
        return Next(("We pass your thanks to the manager of the service, who tells the people concerned.",))
    if kind is Kind.COMMENT:
        return Next(("We pass your comment to the manager of the service, who considers it.",))
    if kind is Kind.SERVICE_REQUEST:
        return Next(
            (
                "We pass your request to the service, which deals with it.",
                "If it is not dealt with, or you are not satisfied, you can complain to us.",
            )
        )
    return Next(("We pass your enquiry to the service, which answers you.",))


def acknowledged_by(received_on: date, days: int = _USUAL) -> date | None:
    """The last day of so many working days after receipt; None beyond the years whose holidays are published."""
    try:
        return deadline(DeadlineRequest.model_validate({"from": received_on, "working_days": days})).deadline
    except CalendarError:
        return None


def long_day(day: date) -> str:
    """`Tuesday 2 April 2024`."""
    return f"{day:%A} {day.day} {day:%B %Y}"
