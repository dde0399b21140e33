"""Why a step was not taken, in a code a client can act on, words a person can act on, and the place of the fault."""

from __future__ import annotations

from shared.errors import Conflict, DomainError, Fault, Forbidden, Invalid, NotFound


class CaseError(DomainError):
    """`pointer` is a JSON pointer into the step's fields; empty when no field is at fault."""

    def __init__(self, code: str, message: str, pointer: str = "") -> None:
        super().__init__(code, message, [Fault(pointer, message)] if pointer else ())
        self.pointer = pointer


class NotAllowed(CaseError):
    """The step is not open to this case as it stands, or to this person."""


class UnknownStep(NotAllowed, NotFound):
    """The case's rulebook has no such step."""


class StepNotOpen(NotAllowed, Conflict):
    """The step is not open to the case as it stands."""


class RoleMissing(NotAllowed, Forbidden):
    """These staff may not take the step."""


class StepRefused(CaseError, Invalid):
    """The step is open to the case, but what it requires is not met."""
