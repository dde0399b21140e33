"""Whole cases under random rulebooks, worked in random steps."""

from datetime import timedelta

from hypothesis import strategies as st

from services.workflow.case.clocks.reading import readings
from services.workflow.case.errors import CaseError
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Effect
from tests.workflow.case_rig import PUBLISHED, Desk, noon
from tests.workflow.properties.generating import days, rulebooks

IDLE = {Effect.NOTE, Effect.ASSIGN, Effect.ADD_ELEMENT, Effect.FIND, Effect.REFER}


# What moves clocks is done more often than what does not, and ends are rare: a simulated case is to be long and full.
OFTEN = {
    Effect.EXTEND: 8,
    Effect.RESPOND: 4,
    Effect.ESCALATE: 8,
    Effect.ACKNOWLEDGE: 4,
    Effect.MILESTONE: 2,
    Effect.REOPEN: 8,
}


def readings_of(desk, register=PUBLISHED):
    """The reading of each clock of the stage, of an open case or a closed one."""
    if desk.case.visit is None:
        return ()
    book = desk.books.get(desk.facts.rulebook, desk.case.rulebook_version)
    return readings(desk.case.visit, book, register)


def shown(desk):
    return [(r.clock.id, r.status, r.standard_due, r.due, r.timeliness) for r in readings_of(desk)]


@st.composite
def fields(draw, step, desk, day):
    match step.effect:
        case Effect.ASSIGN:
            return {"person": "officer-1"}
        case Effect.FIND:
            return {
                "element": draw(st.integers(1, 2)),
                "finding": draw(st.sampled_from(["upheld", "resolved"])),
            }
        case Effect.EXTEND:
            here = [r for r in readings_of(desk) if r.clock.extension]
            clock = draw(st.sampled_from(here)) if here else None
            near = (clock.due if clock else None) or day
            to = draw(st.none() | st.integers(-3, 40).map(lambda n: near + timedelta(days=n)))
            back = draw(st.sampled_from([0, 0, 0, 1, 5]))
            return {
                "clock": clock.clock.id if clock else None,
                "to": to,
                "good_reason": draw(st.booleans()),
                "on": max(day - timedelta(days=back), desk.facts.received_on),
            }
        case _:
            return {}


class SimulatedCase:
    """A case under a random rulebook, worked in random steps; those that are refused leave it as it was."""

    def __init__(self, draw, longest=20):
        self.draw = draw
        self.book = draw(rulebooks())
        self.day = draw(days())
        self.desk = Desk(Rulebooks([self.book])).open(self.day, procedure="corporate")
        self.longest = longest

    def steps(self):
        """Each step that was taken, with what the clocks showed before it."""
        desk = self.desk
        for _ in range(self.draw(st.integers(8, self.longest))):
            self.day += timedelta(days=self.draw(st.sampled_from([0, 0, 1, 2, 5, 12])))
            open_ = self.book.available(desk.case.state, desk.case.stage)
            step = self.draw(st.sampled_from([s for s in open_ for _ in range(OFTEN.get(s.effect, 1))]))
            before, was = desk.case, shown(desk)
            try:
                desk.do(step.id, self.day, **self.draw(fields(step, desk, self.day)))
            except CaseError:
                assert desk.case is before
            else:
                yield step, was

    def tick(self):
        return self.desk.tick(noon(self.day))
