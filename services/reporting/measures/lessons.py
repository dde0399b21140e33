"""What was learnt: decisions asked for and made, lessons by tag, actions by type and by how they went."""

from __future__ import annotations

from collections.abc import Iterator

from services.reporting.measures.cells import Cells, add
from services.reporting.measures.placing import placed
from shared.events.facts import LessonFacts


def measure_lesson(facts: LessonFacts | None) -> Cells:
    """The cells of one learning decision; nothing for None or for a request that was withdrawn. Pure."""
    cells: Cells = {}
    if facts is None or facts.decision == "withdrawn":
        return cells
    add(cells, facts.requested_on, "lessons-requested", facts.procedure, *_where(facts))
    if facts.decided_on is None:
        return placed(cells, facts.procedure, "lesson")
    tags = ({"tag": tag} for tag in dict.fromkeys(facts.tags))
    decision = {"decision": facts.decision}
    add(cells, facts.decided_on, "lessons-decided", facts.procedure, *_where(facts), decision, *tags)
    for action in facts.actions:
        status, kind = {"status": action.status}, {"action_type": action.action_type}
        add(cells, facts.decided_on, "actions", facts.procedure, status, kind, {**kind, **status})
    return placed(cells, facts.procedure, "lesson")


def _where(facts: LessonFacts) -> Iterator[dict[str, str]]:
    yield {"service_area": facts.service_area}
    yield {"provenance": facts.provenance}
