"""Which rulebook a case begins under: by procedure, kind and the day it was received."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from services.workflow.rulebook.model import Clock, Rulebook
from shared.calendar.deadlines import DeadlineRequest
from shared.events.codes import Kind

DEFAULT_PROCEDURE = "corporate"
"""Where feedback goes that nobody has routed: the council's own procedure, from which it can be reclassified."""


class NoRulebook(LookupError):
    """No rulebook serves what was asked; the message lists those that exist."""


class Rulebooks:
    """All rulebooks, several versions of a procedure side by side. ValueError when two have the same id and version."""

    def __init__(self, books: Iterable[Rulebook]) -> None:
        self._books: dict[tuple[str, int], Rulebook] = {}
        for book in books:
            if (book.id, book.version) in self._books:
                raise ValueError(f"two rulebooks are {book.id} version {book.version}")
            self._books[book.id, book.version] = book

    def __iter__(self) -> Iterator[Rulebook]:
        return iter(self._books.values())

    def get(self, id: str, version: int) -> Rulebook:
        """The rulebook a case is pinned to. Raises: NoRulebook."""
        try:
            return self._books[id, version]
        except KeyError:
            raise NoRulebook(f"there is no rulebook {id} version {version}") from None

    def serving(self, procedure: str, kind: Kind) -> list[Rulebook]:
        """Rulebooks for a procedure and kind, those that name the procedure if any do; earliest first."""
        fits = [book for book in self if kind in book.kinds]
        named = [book for book in fits if procedure in book.procedures]
        found = named or [book for book in fits if not book.procedures]
        return sorted(found, key=lambda book: (book.effective_from, book.version))

    def choose(self, procedure: str, kind: Kind, received_on: date, *, history: bool = False) -> Rulebook:
        """The one in force on the day; of a day on which none was, the earliest, because a case needs one.

        Where there are both, one of `history` for imported cases and a live one for others.

        Raises: NoRulebook.
        """
        serving = self.serving(procedure, kind)
        if not serving:
            known = sorted({p for book in self for p in book.procedures})
            raise NoRulebook(f"no rulebook for {kind} of procedure {procedure!r}; there are {', '.join(known)}")
        serving = [book for book in serving if book.history == history] or serving
        in_force = [book for book in serving if book.in_force(received_on)]
        return in_force[-1] if in_force else serving[0]

    def route(self, procedure: str | None, kind: Kind, received_on: date) -> tuple[str, Rulebook]:
        """Procedure and rulebook of new feedback: as asked where that is known, else the council's own procedure."""
        if procedure is not None and self.serving(procedure, kind):
            return procedure, self.choose(procedure, kind, received_on)
        return DEFAULT_PROCEDURE, self.choose(DEFAULT_PROCEDURE, kind, received_on)

    def clock_request(self, procedure: str, clock: str, start: date, extended: bool) -> tuple[DeadlineRequest, str]:
        """A clock's deadline as a calendar question, and the source of its limit in words.

        Of the procedure's rulebooks the one in force on `start`; where none was in force, or that one has no such limit, the
        earliest that has, and the source states that.

        Raises:
            NoRulebook: unknown procedure or clock (the message lists what exists), or no extension to ask for.
        """
        books = sorted(
            (book for book in self if procedure in book.procedures),
            key=lambda b: (not b.history, b.effective_from, b.version),
        )
        if not books:
            known = sorted({p for book in self for p in book.procedures})
            raise NoRulebook(f"there is no procedure {procedure!r}: {', '.join(known)}")
        having = [(book, found) for book in books if (found := book.clock(clock)) and found.fixed is not None]
        if not having:
            names = sorted({c.id for book in books for c in book.clocks if c.fixed is not None})
            raise NoRulebook(f"procedure {procedure} has no clock {clock!r}: {', '.join(names)}")
        in_force = [pair for pair in having if pair[0].in_force(start)]
        book, found = in_force[-1] if in_force else having[0]
        source = f"{found.source} ({book.title}, rulebook {book.id} version {book.version})"
        if not in_force:
            source += f"; no rulebook with this clock was in force on {start}: the earliest that has it is used, "
            source += f"in force from {book.effective_from}"
        return request(found, start, _amount(found, extended)), source


def _amount(clock: Clock, extended: bool) -> int:
    limit = clock.fixed or 0
    if not extended:
        return limit
    more = clock.extension and (clock.extension.cap or clock.extension.by)
    if not more:
        raise NoRulebook(f"the clock {clock.id} has no extension of a fixed length")
    return limit + more


def request(clock: Clock, start: date, amount: int) -> DeadlineRequest:
    """So much of the clock's unit from a day, as the calendar is asked."""
    return DeadlineRequest(
        from_=start,
        working_days=amount if clock.unit == "working_days" else None,
        days=amount if clock.unit == "days" else None,
        months=amount if clock.unit == "months" else None,
        calendar=clock.calendar,
        count_from=clock.convention,
        roll=clock.roll,
    )
