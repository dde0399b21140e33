"""How many cases were open, counted three ways that must agree.

Flow: brought forward + received + re-opened - closed. Stock: each closed opening stands in every 31 March that it
spans, each open one in a cell of the year since when it is open. Status: how many cases say of themselves that they
are open. The first comes from days on which something happened, the second from stretches of time, the third from
neither, so that a fault in one shows against the others.
"""

from __future__ import annotations

from services.reporting.measures.cells import Cells, add
from shared.calendar.london import financial_year, fy_label, fy_start_year
from shared.events.codes import Status
from shared.events.facts import CaseFacts


def count_stock(cells: Cells, facts: CaseFacts) -> None:
    """Flow, stock and status of one case, by procedure and kind."""
    place = f"{facts.procedure}|kind={facts.kind}"
    for number, opening in enumerate(facts.openings):
        entered = facts.received_on if number == 0 else opening.opened_on
        add(cells, financial_year(entered), f"{'stock-reopened' if number else 'stock-received'}|{place}")
        since = fy_start_year(opening.opened_on)
        if opening.closed_on is None:
            add(cells, fy_label(since), f"stock-open-since|{place}")
        else:
            add(cells, financial_year(opening.closed_on), f"stock-closed|{place}")
            for year in range(since, fy_start_year(opening.closed_on)):
                add(cells, fy_label(year), f"stock-carried|{place}")
    if facts.status is Status.OPEN:
        add(cells, financial_year(facts.received_on), f"stock-status|{place}")
