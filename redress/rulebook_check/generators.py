"""Makes up what a simulated case needs: the contact with which it begins, and the fields that staff give with a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from random import Random
from typing import Final
from uuid import UUID

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from services.workflow.case.clocks.reading import read
from services.workflow.case.commands import Receive, TakeStep
from services.workflow.case.decide import decide
from services.workflow.case.effects import ENTRIES
from services.workflow.case.effects.points import FINDINGS
from services.workflow.case.evolve import evolve
from services.workflow.case.model import Case
from services.workflow.case.open_steps import OpenStep
from services.workflow.case.recorder import noon
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Check, Effect, Rulebook, Step
from shared.calendar.holidays import HolidayRegister
from shared.events.codes import Channel, OmbudsmanDecision
from shared.events.feedback import FeedbackReceived
from shared.events.outgoing import Cause, make_envelope
from shared.events.sealed import Sealed
from shared.references import reference

NOBODY: Final = Sealed(key_id=UUID(int=1), nonce="bm9uY2U=", ciphertext="bm90aGluZw==")
STAFF: Final = ("officer-1", "officer-2", "officer-3", "officer-4", "officer-5")


@dataclass(frozen=True)
class People:
    """Who is to be named by a step, and who takes it; None: anybody."""

    person: str | None = None
    by: str | None = None


class CaseGenerator:
    """Makes up cases under one rulebook, and the steps taken in them. `random` decides what is left open."""

    def __init__(self, book: Rulebook, random: Random, register: HolidayRegister) -> None:
        self.book = book
        self.random = random
        self.register = register
        self.books = Rulebooks([book])
        self.other_case = self.received(self.first_day())

    def first_day(self) -> date:
        """A day on which the rulebook is in force, where the calendar knows one."""
        day = date(2023, 1, 2) + timedelta(days=self.random.randrange(500))
        begins = self.book.effective_from
        if not self.book.in_force(day) and date(2013, 1, 1) < begins < date(2025, 1, 1):
            return begins
        return day

    def received(self, day: date) -> Case:
        """A case that was received that day."""
        contact = UUID(int=self.random.getrandbits(128), version=4)
        feedback = FeedbackReceived(
            feedback_id=contact,
            reference=reference(contact),
            kind=self.book.kinds[0],
            channel=Channel.WEB,
            received_at=noon(day),
            received_on=day,
            procedure=self.book.procedures[0] if self.book.procedures else None,
            sealed=NOBODY,
        )
        envelope = make_envelope(
            feedback,
            id=UUID(int=self.random.getrandbits(128), version=4),
            source="rulebook-check",
            subject=contact,
            sequence=1,
            cause=Cause("rulebook-check"),
            time=noon(day),
            recorded_at=noon(day),
        )
        (event,) = decide(None, Receive(envelope), self.books, noon(day), self.register)
        return evolve(None, event)

    def command(self, chosen: OpenStep, case: Case, day: date, people: People | None = None) -> TakeStep | None:
        """The step with fields that may fit; None when they cannot be made up."""
        book, random, step = self.book, self.random, chosen.step
        people = people or People()
        model = ENTRIES[step.effect].fields
        without_finding = self.without_finding(case)
        # Points without a finding hold every response up: the next is added when those there are have one.
        if step.effect is Effect.ADD_ELEMENT and without_finding:
            return None
        begun = book.track(book.track_of(step.begins) or "") if step.begins else None
        names_case = any(required.check is Check.NAMES_CASE for required in step.requires)
        choices: dict[str, Callable[[], object]] = {
            "person": lambda: people.person or random.choice(STAFF),
            "element": lambda: min(without_finding) if without_finding else random.randint(1, max(1, len(case.elements))),
            "finding": lambda: random.choice(sorted(FINDINGS)),
            "to": lambda: self._later(chosen, case, day) if random.random() < 0.6 else None,
            "clock": lambda: None,
            "good_reason": lambda: random.random() < 0.3,
            "refusal_reason": lambda: random.choice(list(book.refusal_reasons) or [None]),
            "decision": lambda: random.choice(step.decisions or tuple(OmbudsmanDecision)),
            "number": lambda: chosen.run.number if chosen.run else self._referral(step, case),
            "kind": lambda: random.choice(list(begun.kinds)) if begun and begun.kinds else None,
            "due_on": lambda: day + timedelta(days=random.randrange(1, 60)) if self._names_day(chosen) else None,
            "themes": lambda: (f"theme-{random.randint(1, 9)}",),
            "linked": lambda: self.other_case.reference if names_case else None,
            "declarations": lambda: tuple(book.declarations),
        }
        made = {n: f() for n, f in choices.items() if n in model.model_fields}
        for name, field in model.model_fields.items():
            if field.is_required() and name not in choices:
                made[name] = self._by_type(field, day)
        try:
            fields = model.model_validate(made)
        except ValidationError:
            return None
        by = people.by or random.choice(STAFF[:3])
        other = self.other_case if names_case else None
        return TakeStep(step.id, fields, by=by, roles=frozenset(step.roles), sealed=NOBODY, other=other)

    def _by_type(self, field: FieldInfo, day: date) -> object:
        """A value for a required field that has no rule of its own; None when its type has none either."""
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Enum):
            return self.random.choice(list(kind))
        values: dict[object, object] = {bool: True, int: 1, date: day, str: "made-up"}
        return values.get(kind)

    def _later(self, chosen: OpenStep, case: Case, day: date) -> date:
        """A new deadline: after the one that holds, as often as after the day on which the person is notified of it."""
        clock, where = self.book.clock(chosen.step.clock or ""), case.where(chosen.run)
        after = day
        if clock is not None and where is not None and self.random.random() < 0.5:
            after = max(day, read(clock, where, self.book, self.register).due or day)
        return after + timedelta(days=self.random.randrange(1, 90))

    def _referral(self, step: Step, case: Case) -> int | None:
        """One of the referrals, for a decision of the case itself; no other step of the case has a number."""
        numbers = [referral.number for referral in case.facts.ombudsman]
        return self.random.choice(numbers) if numbers and step.effect is Effect.OMBUDSMAN_DECISION else None

    def _names_day(self, chosen: OpenStep) -> bool:
        """Whether the run that the step begins has a period to agree; no day is to be named for another."""
        state = self.book.state(chosen.step.begins or "")
        clock = self.book.clock_kind(state.stage, "response") if state and state.stage else None
        return clock is not None and clock.fixed is None

    @staticmethod
    def without_finding(case: Case) -> list[int]:
        """The numbers of the points without a finding at the stage that the case is at."""
        at = len(case.visits) - 1
        return [el.number for el in case.points if el.finding(at) is None]
