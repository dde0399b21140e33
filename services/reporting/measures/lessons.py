"""What was learnt: decisions asked for and made, lessons by tag, actions by type and by how they went."""

from __future__ import annotations

from services.reporting.measures.cells import Cells, add
from shared.calendar.london import financial_year
from shared.events.facts import LessonFacts


def measure_lesson(facts: LessonFacts | None) -> Cells:
    """The cells of one learning decision; nothing for None or for a request that was withdrawn. Pure."""
    cells: Cells = {}
    if facts is None or facts.decision == "withdrawn":
        return cells
    _place(cells, financial_year(facts.requested_on), f"lessons-requested|{facts.procedure}", facts)
    if facts.decided_on is None:
        return cells
    year = financial_year(facts.decided_on)
    base = f"lessons-decided|{facts.procedure}"
    _place(cells, year, base, facts)
    add(cells, year, f"{base}|decision={facts.decision}")
    for tag in dict.fromkeys(facts.tags):
        add(cells, year, f"{base}|tag={tag}")
    for action in facts.actions:
        name = f"actions|{facts.procedure}"
        add(cells, year, name)
        add(cells, year, f"{name}|status={action.status}")
        add(cells, year, f"{name}|action_type={action.action_type}")
        add(cells, year, f"{name}|action_type={action.action_type}|status={action.status}")
    return cells


def _place(cells: Cells, year: str, base: str, facts: LessonFacts) -> None:
    add(cells, year, base)
    add(cells, year, f"{base}|service_area={facts.service_area}")
    add(cells, year, f"{base}|provenance={facts.provenance}")
