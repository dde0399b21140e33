"""Laws that every rulebook must obey, tried on seeded, made-up cases: each that breaks is told with its counter-example.

Two ways of trying: each clock by itself over many start days, pauses and extensions (`clocks`); and whole lives of a case from
its receipt on (`lives`), of which some steps are any that is open and others lead to where few lives have been (`steering`). The
same seed tries the same cases.
"""

from __future__ import annotations

from collections.abc import Callable

from redress.rulebook_check.clocks import try_clocks
from redress.rulebook_check.contradictions import contradictions
from redress.rulebook_check.findings import LAWS, Broken, CheckResult
from redress.rulebook_check.simulate import try_lives
from services.workflow.rulebook.model import Rulebook
from shared.calendar.holidays import HolidayRegister

__all__ = ["LAWS", "Broken", "CheckResult", "run"]


def run(
    book: Rulebook,
    *,
    register: HolidayRegister,
    seed: int = 2024,
    cases: int = 100,
    lives: int = 150,
    tell: Callable[[int], None] = lambda _: None,
) -> CheckResult:
    """Try every law on a rulebook that `check` found no fault in. One counter-example a law and place is kept.

    `tell` is told after each life how many were led.
    """
    found = CheckResult()
    found.tried["cannot-be-taken"] += len(book.steps)
    found.broken += [Broken("cannot-be-taken", f"step {step}", f"It {said}.") for step, said in contradictions(book).items()]
    try_clocks(book, seed, cases, register, found)
    try_lives(book, seed, lives, register, found, tell)
    return found
