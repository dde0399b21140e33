"""How many cases were open, counted three ways that must agree at the end of every month.

Flow: brought forward + received + re-opened - closed. Stock: each closed opening stands in every end of a month that it
spans, each open one in the month since when it is open. Status: how many cases have an open
status. The first comes from days on which something happened, the second from stretches of time, the third from
neither, so that a fault in one shows against the others.
"""

from __future__ import annotations

from services.reporting.measures.cells import Cells, add
from shared.calendar.periods import month_ends
from shared.events.codes import Status
from shared.events.facts import CaseFacts


def count_stock(cells: Cells, facts: CaseFacts) -> None:
    """Flow, stock and status of one case, by procedure and kind."""
    procedure, kind = facts.procedure, facts.kind
    for number, opening in enumerate(facts.openings):
        if number == 0:
            add(cells, facts.received_on, "stock-received", procedure, kind=kind)
        else:
            add(cells, opening.opened_on, "stock-reopened", procedure, kind=kind)
        if opening.closed_on is None:
            add(cells, opening.opened_on, "stock-open-since", procedure, kind=kind)
        else:
            add(cells, opening.closed_on, "stock-closed", procedure, kind=kind)
            for end in month_ends(opening.opened_on, opening.closed_on):
                add(cells, end, "stock-carried", procedure, kind=kind)
    if facts.status is Status.OPEN:
        add(cells, facts.received_on, "stock-status", procedure, kind=kind)
