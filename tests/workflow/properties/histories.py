"""Random histories of one visit to a stage: marks on days in the order in which they were set, and notified extensions."""

from datetime import timedelta

from hypothesis import strategies as st

from services.workflow.case.clocks.reading import read
from services.workflow.case.model import Given, Mark, Visit
from tests.workflow.case_rig import PUBLISHED
from tests.workflow.properties.generating import SHELF

FOREIGN = ("noted", "moved", "referred")
MOVING = ("asked", "answered", "held", "released")


def visit(start, *marks, given=(), **more):
    """A visit that began with the receipt on `start`; `marks` are names with their days."""
    all_ = [("received", start), *marks]
    return Visit(stage="s1", started_on=start, marks=[Mark(name=n, on=d) for n, d in all_], given=given, **more)


@st.composite
def marks(draw, start, names=MOVING, most=6):
    """Names with days, none before the one before it."""
    day, found = start, []
    for name in draw(st.lists(st.sampled_from(names), max_size=most)):
        day += timedelta(days=draw(st.integers(0, 12)))
        found.append((name, day))
    return found


@st.composite
def given_extensions(draw, clock, start):
    """Extensions notified in the order of their days; an agreed period is always among them."""
    found = []
    for _ in range(draw(st.integers(0 if clock.fixed else 1, 3))):
        on = start + timedelta(days=draw(st.integers(0, 40)))
        units = draw(st.integers(1, 3 if clock.unit == "months" else 20))
        found.append(
            Given(
                clock=clock.id,
                to=on + timedelta(days=draw(st.integers(0, 60))),
                units=units,
                told_on=on,
                counts=draw(st.booleans()),
            )
        )
    found.sort(key=lambda g: g.told_on)
    if clock.fixed is None:
        found[0] = found[0].model_copy(update={"counts": True, "told_on": start})
    return tuple(found)


def due(clock, visit_, register=PUBLISHED):
    """The deadline of a clock that stands by itself."""
    return read(clock, visit_, SHELF, register).due
