"""The parts of the annual report, from the council's list of families, and which part a procedure belongs to."""

from __future__ import annotations

from shared import taxonomy
from shared.events.codes import Kind


def families() -> tuple[taxonomy.Term, ...]:
    """The parts of the report, in its order."""
    return taxonomy.load("families").terms


def request_families() -> tuple[taxonomy.Term, ...]:
    """The parts whose cases are requests and letters, for the most part, and no complaints."""
    return tuple(term for term in families() if term.kind is Kind.ENQUIRY)


def family(procedure: str) -> str:
    """The part of the report that a procedure belongs to: the one that the council's list gives it, else the one that its code
    is or begins with; a part of its own where none fits."""
    codes = [term.code for term in families()]
    term = taxonomy.load("procedures").get(procedure)
    if term is not None and term.family in codes:
        return term.family
    for code in codes:
        if procedure == code or procedure.startswith(f"{code}-"):
            return code
    return procedure
