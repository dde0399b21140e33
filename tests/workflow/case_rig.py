"""A case driven by hand: commands in, events kept, the laws of every event checked as they come."""

from datetime import UTC, date, datetime, time
from uuid import uuid4

from services.workflow.case.clocks.reading import read
from services.workflow.case.commands import FireTimers, Import, ReactToCase, Receive, TakeStep
from services.workflow.case.decide import decide
from services.workflow.case.effects import ENTRIES
from services.workflow.case.evolve import evolve, fold
from services.workflow.case.facts import refreshed
from services.workflow.case.model import Published
from services.workflow.case.open_steps import open_steps
from services.workflow.case.outcome import next_outcome
from services.workflow.case.takeable import why_not
from services.workflow.rulebook.load import shipped
from services.workflow.rulebook.model import Effect
from shared.calendar.holidays import published
from shared.calendar.london import LONDON
from shared.events.codes import Channel, Kind, Status
from shared.events.envelope import Envelope
from shared.events.feedback import FeedbackImported, FeedbackReceived
from shared.events.historic import HistoricCase
from shared.events.sealed import Sealed
from shared.ids import event_id, feedback_id
from shared.references import reference

BOOKS = shipped()
PUBLISHED = published()
DECLARED = ("ombudsman-rights-told", "escalation-rights-told", "next-step-told")


def noon(day):
    return datetime.combine(day, time(12), LONDON).astimezone(UTC)


def envelope(data, when, id=None):
    return Envelope(
        id=id or uuid4(),
        source="test",
        time=when,
        recorded_at=when,
        subject="s",
        data=data,
        correlation_id="c",
        sequence=1,
    )


def sealed(feedback=None):
    return Sealed(key_id=feedback or uuid4(), nonce="bm9uY2U=", ciphertext="Y2lwaGVy")


def received(day, *, kind=Kind.COMPLAINT, procedure=None, **more):
    fid = feedback_id("test", str(uuid4()))
    data = FeedbackReceived(
        feedback_id=fid,
        reference=reference(fid),
        kind=kind,
        channel=Channel.WEB,
        received_at=noon(day),
        received_on=day,
        procedure=procedure,
        sealed=sealed(fid),
        **more,
    )
    return envelope(data, noon(day))


def imported(**row):
    fid = feedback_id("import", row.setdefault("source_id", "row-1"))
    data = FeedbackImported(feedback_id=fid, reference=reference(fid), imported_at=noon(date(2026, 1, 5)), row=HistoricCase(**row))
    return envelope(data, noon(date(2026, 1, 5)))


class Desk:
    """One case. Every method that acts checks what must hold of any event."""

    def __init__(self, books=BOOKS, register=PUBLISHED):
        self.books = books
        self.register = register
        self.case = None
        self.events = []
        self.outcomes = []
        self.published = Published()

    def handle(self, command, now):
        made = decide(self.case, command, self.books, now, self.register)
        for event in made:
            before = self.case.facts if self.case else None
            assert event.before == before
            self.case = evolve(self.case, event)
            book = self.books.get(self.case.facts.rulebook, self.case.rulebook_version)
            assert refreshed(self.case, book, self.register) == event.after
            check_openings(event.after)
            self.events.append(event)
        if made:
            # As `change` does: the events of one decision give one outcome event at most.
            outcome, self.published = next_outcome(self.published, self.facts, self.case.case_id, self.case.version)
            self.outcomes += [outcome] if outcome else []
        assert fold(self.events) == self.case
        return made

    def open(self, day=date(2024, 4, 8), **more):
        self.handle(Receive(received(day, **more)), noon(day))
        return self

    def bring(self, **row):
        self.handle(Import(imported(**row)), noon(date(2026, 1, 5)))
        return self

    def do(
        self,
        step,
        day,
        *,
        text=True,
        by="officer-1",
        roles=("officer", "manager"),
        declare=DECLARED,
        other=None,
        **fields,
    ):
        book = self.books.get(self.case.facts.rulebook, self.case.rulebook_version)
        found = book.step(step)
        model = ENTRIES[found.effect if found else Effect.NOTE].fields
        known = tuple(d for d in declare if d in book.declarations)
        command = TakeStep(
            step,
            model(declarations=known, **fields),
            by=by,
            roles=frozenset(roles),
            sealed=sealed(self.case.feedback_id) if text else None,
            other=other.case if other else None,
        )
        case, number, now = self.case, fields.get("number"), frozenset(roles)
        here = [o for o in open_steps(case, book) if o.step == found and (o.run is None or number in {None, o.run.number})]
        against = [why_not(o, case, book, by, now, day, self.register) for o in here]
        self.handle(command, noon(day))
        # What was taken stood in the list of steps that can be taken.
        assert () in against, against
        return self

    def answer(self, other, event=None, day=None):
        """React to what happened to another case last."""
        event = event or other.last
        day = day or getattr(event, "on", None)
        self.handle(ReactToCase(event, event_id(event.case_id, event.version), other.case), noon(day))
        return self

    def tick(self, now):
        return self.handle(FireTimers(), now)

    def reading(self, clock, run=None):
        """A clock's reading, for the stage the case is at or for the run of that number."""
        book = self.books.get(self.case.facts.rulebook, self.case.rulebook_version)
        found = book.clock(clock)
        track = book.stage(found.stage).track
        visit = self.case.run(track, run or 1).visit if track else self.case.visit
        return read(found, visit, book, self.register)

    def run(self, track, number=1):
        return self.case.run(track, number)

    def fact(self, track, number=1):
        return next(t for t in self.facts.tracks if (t.track, t.number) == (track, number))

    @property
    def facts(self):
        return self.case.facts

    @property
    def last(self):
        return self.events[-1]


def check_openings(facts):
    """Openings follow one another, only the last may be open, and it is open just when the case is."""
    assert facts.openings[0].opened_on == facts.received_on
    for a, b in zip(facts.openings, facts.openings[1:], strict=False):
        assert a.closed_on is not None
        assert a.opened_on <= a.closed_on <= b.opened_on
    last = facts.openings[-1]
    assert (last.closed_on is None) == (facts.status is Status.OPEN)
    assert last.closed_on is None or last.closed_on >= last.opened_on


def investigated(day=date(2024, 4, 8), finding="upheld", **more):
    """A stage 1 complaint acknowledged on the day, with one point and its finding."""
    desk = Desk().open(day, **more)
    desk.do("acknowledge", day).do("assign", day, person="officer-1")
    return desk.do("add-element", day).do("find", day, element=1, finding=finding)
