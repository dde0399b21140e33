"""What the tests of every procedure share: a clock asked by its rulebook, and refusals identified by their code."""

from services.workflow.case.errors import NotAllowed, StepRefused
from services.workflow.rulebook.choose import request
from services.workflow.rulebook.load import shipped
from shared.calendar.deadlines import deadline


def refused(code):
    """The block must be refused, with this code; the reason is in `error`."""
    return Refusal(code)


class Refusal:
    def __init__(self, code):
        self.code = code

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert isinstance(error, StepRefused | NotAllowed), f"expected {self.code}, got {error!r}"
        assert error.code == self.code, f"expected {self.code}, got {error.code}: {error}"
        self.error = error
        return True


def due(book, clock, start, *, more=0, version=1):
    """The deadline of a shipped rulebook's clock from a day."""
    found = shipped().get(book, version).clock(clock)
    return deadline(request(found, start, found.fixed + more)).deadline


def declarations(book, version=1):
    return tuple(shipped().get(book, version).declarations)
