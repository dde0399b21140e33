"""What happens next with feedback, in sentences for the person who gave it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from shared.calendar.deadlines import DeadlineRequest, deadline
from shared.calendar.holidays import CalendarError
from shared.events.codes import Kind

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
    "If you are not satisfied with our final answer, you can ask the Local Government and Social Care Ombudsman to look into it."
)


@dataclass(frozen=True)
class NextSteps:
    """Sentences for a page or a letter, in order; `by` is the London day by which a complaint is acknowledged, if known."""

    sentences: tuple[str, ...]
    by: date | None = None


def next_steps(
    kind: Kind, received_on: date, acknowledgement_days: int | None, *, today: date, told: tuple[str, ...] = ()
) -> NextSteps:
    """What happens next with feedback received on a London day, as it is said on the London day `today`.

    `acknowledgement_days` are the working days within which it is acknowledged, None where they are not known
    (`Codes.acknowledgement_days`); a day that is over is not named. `told` are the sentences of its procedure
    (`Codes.receipt`). A case is measured by its rulebook; this is written before there is a case.
    """
    by = None if acknowledgement_days is None else acknowledged_by(received_on, acknowledgement_days)
    when = ""
    if by is not None and by >= today:
        when = f" by {long_day(by)}"
    elif by is None and acknowledgement_days is not None:
        when = f" within {acknowledgement_days} working days"
    by = by if when else None
    if kind is Kind.COMPLAINT:
        return NextSteps((_READ, f"We acknowledge it{when}: {_ACKNOWLEDGED}", *told, _OMBUDSMAN), by)
    if kind is Kind.COMPLIMENT:
        return NextSteps(("We pass your thanks to the manager of the service, who tells the people concerned.",))
    if kind is Kind.COMMENT:
        return NextSteps(("We pass your comment to the manager of the service, who considers it.",))
    if kind is Kind.SERVICE_REQUEST:
        return NextSteps(
            (
                "We pass your request to the service, which deals with it.",
                "If it is not dealt with, or you are not satisfied, you can complain to us.",
            )
        )
    acknowledged = (f"We acknowledge it{when}.",) if when else ()
    return NextSteps(("We pass your enquiry to the service, which answers you.", *acknowledged, *told), by)


def acknowledged_by(received_on: date, days: int) -> date | None:
    """The last of so many working days after receipt; None beyond the years whose holidays are published."""
    try:
        return deadline(DeadlineRequest.model_validate({"from": received_on, "working_days": days})).deadline
    except CalendarError:
        return None


def long_day(day: date) -> str:
    """`Tuesday 2 April 2024`."""
    return f"{day:%A} {day.day} {day:%B %Y}"
