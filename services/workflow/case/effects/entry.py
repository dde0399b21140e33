"""What a step of the rulebook does: one `EffectEntry` for each member of `Effect`, registered by `@effect`.

The entry names the event that the step leads to, the fields that it is given, and what its text is called; the decorated function
applies it. For which purpose the text is sealed is a property of the event (`CaseEvent.purpose`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from services.workflow.case.commands import TakeStep
from services.workflow.case.fields import Fields
from services.workflow.case.model import Case, Run, Visit
from services.workflow.case.recorder import Recorder
from services.workflow.rulebook.model import Check, Effect, Rulebook, Step
from shared.calendar.holidays import HolidayRegister
from shared.events import cases as e
from shared.events.facts import CaseFacts

F = TypeVar("F", bound=Fields)
F_co = TypeVar("F_co", bound=Fields, covariant=True)


@dataclass(frozen=True)
class Taking(Generic[F_co]):
    """A step that is allowed and whose requirements are met, on its way to its event.

    `data` is what the step does to any case (`Recorder.transition`); `run` is the run of a track that takes it.
    """

    recorder: Recorder
    step: Step
    command: TakeStep
    fields: F_co
    event: type[e.CaseEvent]
    on: date
    data: dict[str, Any]
    run: Run | None = None

    @property
    def case(self) -> Case:
        return self.recorder.case

    @property
    def visit(self) -> Visit | None:
        """Where the step is taken: the run, or the stage the case is at."""
        return self.case.where(self.run)

    @property
    def facts(self) -> CaseFacts:
        """The case's facts as the step's transition leaves them."""
        facts: CaseFacts = self.data.get("facts", self.case.facts)
        return facts

    @property
    def begun(self) -> e.RunAt | None:
        """The run that the step begins, or that takes it."""
        at: e.RunAt | None = self.data.get("run")
        return at

    def emit(self, **more: Any) -> None:
        """Record the effect's event, with the text of the step where the event has a place for one."""
        data = {**self.data, **more}
        if "sealed" in self.event.model_fields:
            data["sealed"] = self.command.sealed
        self.recorder.emit(self.event, by=self.command.by, **data)


Apply = Callable[[Taking[F]], None]
Blocked = Callable[[Case, Rulebook, Step, Run | None, HolidayRegister], str | None]
"""Why an open step cannot be taken on a case as it stands, whatever its fields are; None: nothing stands against it."""


def nothing(case: Case, book: Rulebook, step: Step, run: Run | None, register: HolidayRegister) -> None:
    """Nothing in the case stands against the step."""


@dataclass(frozen=True)
class EffectEntry(Generic[F]):
    """One effect. `text` is what its text is called: personal data, sealed, and never among the `fields`.

    It is `reason` for why something is done, and `text` for words that go out or are kept; `also` are other names that are taken
    for it. `numbered`: the step is given a `number` also where it is a step of the case itself. `blocked` is what in the case
    stands against it.
    """

    effect: Effect
    event: type[e.CaseEvent]
    fields: type[F]
    text: str
    numbered: bool
    apply: Apply[F]
    also: tuple[str, ...] = ()
    blocked: Blocked = nothing

    def named(self, step: Step) -> str:
        """What the text of a step is called: of one that requires a reason it is that, where the effect allows both."""
        asks_why = any(required.check is Check.REASON for required in step.requires)
        return "reason" if asks_why and "reason" in self.also else self.text

    @property
    def purpose(self) -> str:
        """The purpose for which the text is sealed."""
        return self.event.purpose

    def take(
        self,
        recorder: Recorder,
        step: Step,
        command: TakeStep,
        on: date,
        data: dict[str, Any],
        run: Run | None,
    ) -> None:
        """Apply the effect. Raises: StepRefused, where the fields do not fit the case; TypeError when they are another effect's."""
        fields = command.fields
        if not isinstance(fields, self.fields):
            raise TypeError(f"{self.effect} has {self.fields.__name__}, not {type(fields).__name__}")
        self.apply(Taking(recorder, step, command, fields, self.event, on, data, run))


ENTRIES: dict[Effect, EffectEntry[Any]] = {}
"""The entry of each effect; complete once the package is imported."""


def effect(
    name: Effect,
    event: type[e.CaseEvent],
    fields: type[F],
    *,
    text: str = "reason",
    also: tuple[str, ...] = (),
    numbered: bool = False,
    blocked: Blocked = nothing,
) -> Callable[[Apply[F]], Apply[F]]:
    """Register the decorated function as what an effect does. Raises: ValueError when it has an entry already."""

    def register(apply: Apply[F]) -> Apply[F]:
        if name in ENTRIES:
            raise ValueError(f"the effect {name} has two entries")
        ENTRIES[name] = EffectEntry(name, event, fields, text, numbered, apply, also, blocked)
        return apply

    return register
