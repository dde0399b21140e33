"""Laws that every rulebook must obey, tried on seeded, made-up cases: each that breaks is reported with its counter-example.

They are tried in two ways: each clock by itself over many start days, pauses and extensions (`clocks`); and on cases simulated
from their receipt on (`simulate`), of which some steps are chosen at random and others lead to states and steps that few cases
have come to (`goals`, `planner`, `costs`). The same seed tries the same cases.
"""

from __future__ import annotations

from collections.abc import Callable

from redress.rulebook_check.clocks import check_clocks
from redress.rulebook_check.contradictions import contradictions
from redress.rulebook_check.findings import LAWS, Broken, CheckResult
from redress.rulebook_check.simulate import simulate_cases
from services.workflow.rulebook.model import Rulebook
from shared.calendar.holidays import HolidayRegister

__all__ = ["LAWS", "Broken", "CheckResult", "run"]


def run(
    book: Rulebook,
    *,
    register: HolidayRegister,
    seed: int = 2024,
    cases: int = 100,
    simulated: int = 150,
    progress: Callable[[int], None] = lambda _: None,
) -> CheckResult:
    """Try every law on a rulebook that `check` found no fault in. One counter-example a law and place is kept.

    Each clock and law is tried on `cases` made-up cases, and `simulated` whole cases are simulated; `progress` is called after each
    of these with their number so far.
    """
    found = CheckResult()
    found.tried["cannot-be-taken"] += len(book.steps)
    found.broken += [Broken("cannot-be-taken", f"step {step}", f"It {reason}.") for step, reason in contradictions(book).items()]
    check_clocks(book, seed, cases, register, found)
    simulate_cases(book, seed, simulated, register, found, progress)
    return found
