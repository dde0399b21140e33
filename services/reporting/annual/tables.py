"""Breakdowns of a year beside the year before, and cross tables of the year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from services.reporting.annual.cube import Cube
from services.reporting.annual.figures import Asked
from services.reporting.annual.labels import label
from services.reporting.measures.stages import REQUEST_STAGES


class Row(BaseModel):
    """One line. `codes` are those of its dimensions; a value is null where the year has no records."""

    codes: list[str]
    label: str
    values: list[int | None]


class Table(BaseModel):
    """A table of counts. `adds_up` says whether the lines are parts of a whole: a complaint may have several themes."""

    id: str
    title: str
    measure: str
    columns: list[str]
    rows: list[Row]
    totals: list[int | None] | None = None
    adds_up: bool = True


_BREAKDOWNS = (
    ("service_areas", "Complaints received by service area", "received", "service_area", True),
    ("districts", "Complaints received by district", "received", "district", True),
    ("channels", "Complaints received by channel", "received", "channel", True),
    ("themes", "Complaints received by theme", "received", "theme", False),
    ("complainant_types", "Complaints received by who complained", "received", "complainant_type", True),
    ("stages_reached", "Complaints received by the stage they have reached", "received", "stage", True),
    ("outcomes", "Complaints closed by outcome", "closed", "outcome", True),
    ("timeliness", "Complaints closed by timeliness of their last response", "closed", "timeliness", True),
    ("refusals", "Complaints refused by reason", "closed", "refusal_reason", True),
    ("compliments_by_service", "Compliments by service area", "compliments", "service_area", True),
    ("compliments_by_theme", "Compliments by theme", "compliments", "theme", False),
    ("ombudsman_decisions", "Decisions of the Ombudsman", "ombudsman-decided", "decision", True),
    ("lessons_by_tag", "Lessons by tag", "lessons-decided", "tag", False),
    ("actions_by_type", "Actions from lessons by type", "actions", "action_type", True),
    ("actions_by_status", "Actions from lessons by how they went", "actions", "status", True),
    ("enquiries_by_outcome", "Enquiries closed by outcome", "enquiries-closed", "outcome", True),
    (
        "requests_refused",
        "Information requests refused by reason",
        "enquiries-closed",
        "refusal_reason",
        True,
    ),
    ("tracks", "Begun beside the procedure", "track-begun", "track", True),
)

_CROSSES = (
    (
        "service_by_theme",
        "Complaints received: service area by theme",
        "received",
        "service_area",
        "theme",
        False,
    ),
    (
        "service_by_outcome",
        "Complaints closed: service area by outcome",
        "closed",
        "service_area",
        "outcome",
        True,
    ),
    ("stage_by_outcome", "Responses: stage by outcome", "stage-responded", "stage", "outcome", True),
    ("stage_by_timeliness", "Responses: stage by timeliness", "stage-responded", "stage", "timeliness", True),
    (
        "stage_by_acknowledgement",
        "Acknowledgements: stage by timeliness",
        "acknowledgement",
        "stage",
        "acknowledged",
        True,
    ),
    ("actions", "Actions from lessons: type by how they went", "actions", "action_type", "status", True),
    (
        "request_stage_by_timeliness",
        "Answers to requests and letters: stage by timeliness",
        "stage-responded",
        "stage",
        "timeliness",
        True,
    ),
    (
        "request_stage_by_acknowledgement",
        "Acknowledgements of requests and letters: stage by timeliness",
        "acknowledgement",
        "stage",
        "acknowledged",
        True,
    ),
    ("tracks_due", "Due beside the procedure: by how it went", "track-due", "track", "how", True),
)


def tables(cube: Cube, asked: Asked, procedures: Sequence[str]) -> list[Table]:
    """Every table that has a line; the ones of counts first."""
    found = [
        *(_breakdown(cube, asked, procedures, *which) for which in _BREAKDOWNS),
        *(_cross(cube, asked, procedures, *which) for which in _CROSSES),
    ]
    return [table for table in found if table.rows]


def _breakdown(
    cube: Cube,
    asked: Asked,
    procedures: Sequence[str],
    id: str,
    title: str,
    measure: str,
    dimension: str,
    adds_up: bool,
) -> Table:
    now = cube.breakdown(measure, procedures, asked.year, dimension)
    before = cube.breakdown(measure, procedures, asked.previous, dimension)
    has = (asked.covered(asked.year), asked.covered(asked.previous))
    order = sorted({*now, *before}, key=lambda code: (-now.get(code, 0), -before.get(code, 0), code))

    def line(of: Mapping[str, int], code: str, covered: bool) -> int | None:
        return of.get(code, 0) if covered else None

    return Table(
        id=id,
        title=title,
        measure=measure,
        columns=[asked.year, asked.previous],
        rows=[
            Row(
                codes=[code],
                label=label(dimension, code),
                values=[line(now, code, has[0]), line(before, code, has[1])],
            )
            for code in order
        ],
        totals=[sum(now.values()) if has[0] else None, sum(before.values()) if has[1] else None]
        if adds_up
        else None,
        adds_up=adds_up,
    )


def _cross(
    cube: Cube,
    asked: Asked,
    procedures: Sequence[str],
    id: str,
    title: str,
    measure: str,
    rows: str,
    columns: str,
    adds_up: bool,
) -> Table:
    cells = cube.cross(measure, procedures, asked.year, rows, columns)
    if rows == "stage":
        # Requests and letters have tables of their own, so that those of complaints total complaints.
        requests = id.startswith("request_")
        cells = {key: n for key, n in cells.items() if (key[0] in REQUEST_STAGES) == requests}
    across = _by_size(cells, 1)
    return Table(
        id=id,
        title=f"{title}, {asked.year}",
        measure=measure,
        columns=[label(columns, code) for code in across],
        rows=[
            Row(
                codes=[code],
                label=label(rows, code),
                values=[cells.get((code, other), 0) for other in across],
            )
            for code in _by_size(cells, 0)
        ],
        totals=[sum(n for (_, c), n in cells.items() if c == other) for other in across] if adds_up else None,
        adds_up=adds_up,
    )


def _by_size(cells: Mapping[tuple[str, str], int], axis: int) -> list[str]:
    sizes: dict[str, int] = {}
    for codes, number in cells.items():
        sizes[codes[axis]] = sizes.get(codes[axis], 0) + number
    return sorted(sizes, key=lambda code: (-sizes[code], code))
