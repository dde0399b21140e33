"""How complaints were handled under the procedures asked for: volumes, outcomes, timeliness, learning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from services.reporting.annual.cube import Cube
from services.reporting.annual.figures import Asked, Figure, average, count, share
from services.reporting.annual.labels import REQUEST_FAMILIES, family, label
from services.reporting.measures import days
from services.reporting.measures.stages import REQUEST_STAGES

Counts: TypeAlias = Callable[[str], int]
"""A count by year."""

_FINDINGS = ("upheld", "partly-upheld", "not-upheld", "no-finding")
_TIMED = ("within-standard", "within-extension", "late")


def handling(cube: Cube, asked: Asked, procedures: Sequence[str]) -> list[Figure]:
    """Figures whose ids begin with `received`, `merged`, `closed`, `stage.<stage>` or `learning`.

    What is answered by request or letter has a section of its own and is left out of the stages.
    """
    others = [p for p in procedures if family(p) not in REQUEST_FAMILIES]
    found = cube.stages(procedures, asked.year, asked.previous) - REQUEST_STAGES
    by_stage = {
        **dict.fromkeys(cube.stages(others, asked.year, asked.previous), others),
        **dict.fromkeys(found, procedures),
    }
    return [
        *_volumes(cube, asked, procedures),
        *_outcomes(cube, asked, procedures),
        *(figure for stage in sorted(by_stage) for figure in _stage(cube, asked, by_stage[stage], stage)),
        *_learning(cube, asked, procedures),
    ]


def _volumes(cube: Cube, asked: Asked, procedures: Sequence[str]) -> list[Figure]:
    def total(measure: str) -> Figure:
        return count(
            asked,
            f"{measure}.all",
            f"{measure.replace('-', ' ').capitalize()} received",
            measure,
            lambda y: cube.total(measure, procedures, y),
        )

    return [
        count(
            asked,
            "received",
            "Complaints received",
            "received",
            lambda y: cube.total("received", procedures, y),
        ),
        share(
            asked,
            "received.formal",
            "Of these, under the formal procedure",
            "received",
            lambda y: cube.total("received", procedures, y, formal="yes"),
            lambda y: cube.total("received", procedures, y),
        ),
        share(
            asked,
            "received.outside_formal",
            "Of these, outside the formal procedure",
            "received",
            lambda y: cube.total("received", procedures, y, formal="no"),
            lambda y: cube.total("received", procedures, y),
        ),
        count(
            asked,
            "received.joint_nhs",
            "Of these, joint with the NHS",
            "received",
            lambda y: cube.total("received", procedures, y, joint_nhs="yes"),
        ),
        count(
            asked,
            "merged",
            "Complaints merged into another",
            "merged",
            lambda y: cube.total("merged", procedures, y, kind="complaint"),
            note="as the same matter; they count there and in no other figure",
        ),
        *(total(measure) for measure in ("compliments", "comments", "service-requests", "enquiries")),
    ]


def _outcomes(cube: Cube, asked: Asked, procedures: Sequence[str]) -> list[Figure]:
    def closed(year: str) -> int:
        return cube.total("closed", procedures, year)

    def of(*outcomes: str) -> Counts:
        return lambda y: sum(cube.total("closed", procedures, y, outcome=outcome) for outcome in outcomes)

    found = of(*_FINDINGS)
    note = "of closings with a finding: upheld, partly upheld, not upheld or no finding"
    return [
        count(asked, "closed", "Complaints closed", "closed", closed),
        share(
            asked,
            "closed.well_founded",
            "Upheld or partly upheld",
            "closed",
            of("upheld", "partly-upheld"),
            found,
            note=note,
        ),
        share(asked, "closed.upheld", "Upheld", "closed", of("upheld"), found, note=note),
        share(
            asked, "closed.partly_upheld", "Partly upheld", "closed", of("partly-upheld"), found, note=note
        ),
        share(asked, "closed.not_upheld", "Not upheld", "closed", of("not-upheld"), found, note=note),
        share(asked, "closed.withdrawn", "Withdrawn", "closed", of("withdrawn"), closed),
        share(asked, "closed.refused", "Refused", "closed", of("refused"), closed),
    ]


def _stage(cube: Cube, asked: Asked, procedures: Sequence[str], stage: str) -> list[Figure]:
    name = label("stage", stage)

    def responded(year: str) -> int:
        return cube.total("stage-responded", procedures, year, stage=stage)

    def timed(*how: str) -> Counts:
        return lambda y: sum(
            cube.total("stage-responded", procedures, y, stage=stage, timeliness=one) for one in how
        )

    def acknowledged(*how: str) -> Counts:
        return lambda y: sum(
            cube.total("acknowledgement", procedures, y, stage=stage, acknowledged=one) for one in how
        )

    return [
        count(
            asked,
            f"stage.{stage}.started",
            f"{name}: begun",
            "stage-started",
            lambda y: cube.total("stage-started", procedures, y, stage=stage),
        ),
        count(asked, f"stage.{stage}.responded", f"{name}: responded to", "stage-responded", responded),
        share(
            asked,
            f"stage.{stage}.acknowledged_in_time",
            f"{name}: acknowledged in time",
            "acknowledgement",
            acknowledged("in-time"),
            acknowledged("in-time", "late"),
        ),
        *(
            share(
                asked,
                f"stage.{stage}.{how.replace('-', '_')}",
                f"{name}: {label('timeliness', how).lower()}",
                "stage-responded",
                timed(how),
                timed(*_TIMED),
            )
            for how in _TIMED
        ),
        average(
            asked,
            f"stage.{stage}.average_days",
            f"{name}: average calendar days to respond",
            "stage-days",
            lambda y: days.total(cube.days("stage-days", procedures, y, stage=stage)),
            responded,
        ),
    ]


def _learning(cube: Cube, asked: Asked, procedures: Sequence[str]) -> list[Figure]:
    def actions(year: str) -> int:
        return cube.total("actions", procedures, year)

    return [
        count(
            asked,
            "learning.requested",
            "Learning decisions asked for",
            "lessons-requested",
            lambda y: cube.total("lessons-requested", procedures, y),
        ),
        share(
            asked,
            "learning.lessons",
            "Learning decisions that were a lesson",
            "lessons-decided",
            lambda y: cube.total("lessons-decided", procedures, y, decision="lesson"),
            lambda y: cube.total("lessons-decided", procedures, y),
        ),
        count(asked, "learning.actions", "Actions from lessons", "actions", actions),
        share(
            asked,
            "learning.actions_done",
            "Actions implemented or verified",
            "actions",
            lambda y: sum(
                cube.total("actions", procedures, y, status=s) for s in ("implemented", "verified")
            ),
            actions,
        ),
        share(
            asked,
            "learning.actions_not_implemented",
            "Actions not implemented",
            "actions",
            lambda y: cube.total("actions", procedures, y, status="not-implemented"),
            actions,
        ),
    ]
