"""Why a step was not taken, in a code a client can act on, words a person can act on, and the place of the fault."""

from __future__ import annotations


class CaseError(Exception):
    """`pointer` is a JSON pointer into the step's fields; empty when no field is at fault."""

    def __init__(self, code: str, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.pointer = pointer


class NotAllowed(CaseError):
    """The step is not open to this case as it stands, or to this person."""


class StepRefused(CaseError):
    """The step is open to the case, but what it requires is not met."""
