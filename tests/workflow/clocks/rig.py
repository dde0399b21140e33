"""One clock in a rulebook of one stage, and a history for it. Monday 8 April 2024 is when things begin."""

from datetime import UTC, date, datetime

from services.workflow.case.clocks.reading import read
from services.workflow.case.model import Given, Mark, Visit
from services.workflow.rulebook.choose import Rulebooks
from shared.calendar.holidays import Holiday, published
from tests.workflow.case_rig import PUBLISHED, Desk
from tests.workflow.properties.generating import book

MON = date(2024, 4, 8)
REST = published().adding(
    Holiday(
        division="england-and-wales",
        date=date(2024, 4, 15),
        title="A day of rest",
        known_from=datetime(2024, 4, 9, 9, tzinfo=UTC),
    )
)
"""The register with a day off announced late, on Monday 15 April 2024 in England and Wales."""


def on(text):
    """A day of 2024 written `04-22`, or one with its year."""
    return date.fromisoformat(text if len(text) == 10 else f"2024-{text}")


def clock(**fields):
    """The fields of a clock of ten working days from the receipt to the response."""
    return {
        "id": "c",
        "title": "C",
        "stage": "s1",
        "kind": "response",
        "limit": 10,
        "starts": "received",
        "stops": ["responded"],
        "pauses": ["asked"],
        "restarts": ["answered"],
        "source": "a test",
        **fields,
    }


def rules(*clocks, **fields):
    """A rulebook with that clock, and others."""
    return book(["s1"], [*clocks, clock(**fields)])


def visit(*marks, start="04-08", given=(), due_on=None):
    """A visit to the stage that began on a day; marks are written `asked 04-10`."""
    named = [text.split() for text in marks]
    return Visit(
        stage="s1",
        started_on=on(start),
        marks=[Mark(name=name, on=on(day)) for name, day in named],
        given=given,
        due_on=on(due_on) if due_on else None,
    )


def extension(day, to, *, units=0, counts=True, clock="c"):
    """An extension to one day, notified on another."""
    return Given(clock=clock, to=on(to), units=units, told_on=on(day), counts=counts)


def reading(visit_, *clocks, register=PUBLISHED, **fields):
    found = rules(*clocks, **fields)
    return read(found.clock("c"), visit_, found, register)


def opened(*clocks, day=MON, register=PUBLISHED, **fields):
    """A case under that rulebook, received on the day."""
    return Desk(Rulebooks([rules(*clocks, **fields)]), register).open(day, procedure="corporate")
