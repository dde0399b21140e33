"""The tables at the end of the report: each measure by its dimensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.reporting.annual.asked import Asked
from services.reporting.annual.cube import Cube
from services.reporting.annual.figures import Scope
from services.reporting.annual.section import Bar, FilledGroup, Place, ReportSection
from services.reporting.annual.tables import Breakdown, CrossTable

_BY_SERVICE: Final = Breakdown("service_areas", "Complaints received by service area", "received", "service_area")
_MOST_BARS: Final = 10

_TABLES: Final[tuple[Breakdown | CrossTable, ...]] = (
    _BY_SERVICE,
    Breakdown("districts", "Complaints received by district", "received", "district"),
    Breakdown("channels", "Complaints received by channel", "received", "channel"),
    Breakdown("themes", "Complaints received by theme", "received", "theme", adds_up=False),
    Breakdown("complainant_types", "Complaints received by complainant type", "received", "complainant_type"),
    Breakdown("stages_reached", "Complaints received by stage reached", "received", "stage"),
    Breakdown("outcomes", "Complaints closed by outcome", "closed", "outcome"),
    Breakdown("timeliness", "Complaints closed by timeliness of last response", "closed", "timeliness"),
    Breakdown("refusals", "Complaints refused by reason", "closed", "refusal_reason"),
    Breakdown("compliments_by_service", "Compliments by service area", "compliments", "service_area"),
    Breakdown("compliments_by_theme", "Compliments by theme", "compliments", "theme", adds_up=False),
    Breakdown("ombudsman_decisions", "Ombudsman decisions", "ombudsman-decided", "decision"),
    Breakdown("lessons_by_tag", "Lessons by tag", "lessons-decided", "tag", adds_up=False),
    Breakdown("actions_by_type", "Actions from lessons by type", "actions", "action_type"),
    Breakdown("actions_by_status", "Actions from lessons by status", "actions", "status"),
    Breakdown("enquiries_by_outcome", "Enquiries closed by outcome", "enquiries-closed", "outcome"),
    Breakdown("requests_refused", "Information requests refused by reason", "enquiries-closed", "refusal_reason"),
    Breakdown("tracks", "Remedies and referrals begun", "track-begun", "track"),
    CrossTable(
        "service_by_theme",
        "Complaints received: service area by theme",
        "received",
        "service_area",
        "theme",
        adds_up=False,
    ),
    CrossTable(
        "service_by_outcome",
        "Complaints closed: service area by outcome",
        "closed",
        "service_area",
        "outcome",
    ),
    CrossTable("stage_by_outcome", "Responses: stage by outcome", "stage-responded", "stage", "outcome"),
    CrossTable("stage_by_timeliness", "Responses: stage by timeliness", "stage-responded", "stage", "timeliness"),
    CrossTable(
        "stage_by_acknowledgement",
        "Acknowledgements: stage by timeliness",
        "acknowledgement",
        "stage",
        "acknowledged",
    ),
    CrossTable("actions", "Actions from lessons: type by status", "actions", "action_type", "status"),
    CrossTable(
        "request_stage_by_timeliness",
        "Answers to requests and letters: stage by timeliness",
        "stage-responded",
        "stage",
        "timeliness",
        requests=True,
    ),
    CrossTable(
        "request_stage_by_acknowledgement",
        "Acknowledgements of requests and letters: stage by timeliness",
        "acknowledgement",
        "stage",
        "acknowledged",
        requests=True,
    ),
    CrossTable("tracks_due", "Remedies and referrals due: by result", "track-due", "track", "how"),
)


def _build(cube: Cube, asked: Asked) -> Iterator[FilledGroup]:
    """Every table that has a line."""
    scope = Scope.of(cube, asked)
    for one in _TABLES:
        if (table := one.table(scope)).rows:
            drawn = table.rows[:_MOST_BARS] if one is _BY_SERVICE else ()
            bars = tuple(Bar(row.label, *row.values) for row in drawn)
            yield FilledGroup(table.id, table.title, tables=(table,), bars=bars)


DETAIL: Final = ReportSection(
    id="detail",
    title="In detail",
    build=_build,
    place=Place.DETAIL,
    general=True,
    chart=_BY_SERVICE.title,
    charted=lambda asked: not asked.whole_council and not asked.only_requests,
)
