"""How complaints were handled under the procedures asked for: volumes, outcomes, each stage, learning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.reporting.annual.asked import Asked
from services.reporting.annual.cube import Cube
from services.reporting.annual.families import family, request_families
from services.reporting.annual.figures import Figure, Scope
from services.reporting.annual.labels import label, timeliness
from services.reporting.annual.section import FilledGroup, ReportSection
from services.reporting.measures.stages import REQUEST_STAGES

_FINDINGS: Final = ("upheld", "partly-upheld", "not-upheld", "no-finding")
_TIMED: Final = ("within-standard", "within-extension", "late")


def _build(cube: Cube, asked: Asked) -> Iterator[FilledGroup]:
    """What is answered by request or letter has a section of its own and is left out of the stages."""
    scope = Scope.of(cube, asked)
    requests = {part.code for part in request_families()}
    others = tuple(p for p in asked.procedures if family(p) not in requests)
    by_stage = {
        **dict.fromkeys(cube.stages(others, *asked.years), others),
        **dict.fromkeys(cube.stages(asked.procedures, *asked.years) - REQUEST_STAGES, asked.procedures),
    }
    yield FilledGroup("volumes", "Volumes", tuple(_volumes(scope)))
    yield FilledGroup("outcomes", "Outcomes", tuple(_outcomes(scope)))
    for stage, procedures in sorted(by_stage.items()):
        name = label("stage", stage)
        # Each figure is null as those of all procedures asked for are, whichever of them have the stage.
        figures = _stage(scope.among(procedures), stage, name)
        yield FilledGroup(f"stage.{stage}", name, tuple(figures))
    yield FilledGroup("learning", "Learning", tuple(_learning(scope)))


def _volumes(scope: Scope) -> Iterator[Figure]:
    received = scope.total("received")
    yield scope.count("received", "Complaints received", "received")
    for name, words, formal in (("formal", "under", "yes"), ("outside_formal", "outside", "no")):
        text, of = f"Of these, {words} the formal procedure", scope.total("received", formal=formal)
        yield scope.share(f"received.{name}", text, "received", of, received)
    joint = scope.total("received", joint_nhs="yes")
    yield scope.count("received.joint_nhs", "Of these, joint with the NHS", "received", joint)
    yield scope.count(
        "merged",
        "Complaints merged into another",
        "merged",
        scope.total("merged", kind="complaint"),
        note="as the same matter; they count there and in no other figure",
    )
    for measure in ("compliments", "comments", "service-requests", "enquiries"):
        name = measure.replace("-", " ").capitalize()
        yield scope.count(f"{measure}.all", f"{name} received", measure)


def _outcomes(scope: Scope) -> Iterator[Figure]:
    closed, found = scope.total("closed"), scope.total("closed", outcome=_FINDINGS)
    note = "of closings with a finding: upheld, partly upheld, not upheld or no finding"
    yield scope.count("closed", "Complaints closed", "closed")
    for name, words, outcomes in (
        ("well_founded", "Upheld or partly upheld", ("upheld", "partly-upheld")),
        ("upheld", "Upheld", ("upheld",)),
        ("partly_upheld", "Partly upheld", ("partly-upheld",)),
        ("not_upheld", "Not upheld", ("not-upheld",)),
    ):
        of = scope.total("closed", outcome=outcomes)
        yield scope.share(f"closed.{name}", words, "closed", of, found, note=note)
    for name in ("withdrawn", "refused"):
        of = scope.total("closed", outcome=name)
        yield scope.share(f"closed.{name}", name.capitalize(), "closed", of, closed)


def _stage(scope: Scope, stage: str, name: str) -> Iterator[Figure]:
    base, responded = f"stage.{stage}", scope.total("stage-responded", stage=stage)
    started = scope.total("stage-started", stage=stage)
    yield scope.count(f"{base}.started", f"{name}: begun", "stage-started", started)
    yield scope.count(f"{base}.responded", f"{name}: responded to", "stage-responded", responded)
    yield scope.acknowledged_in_time(base, name, stage)
    for how in _TIMED:
        yield scope.share(
            f"{base}.{how.replace('-', '_')}",
            f"{name}: {timeliness(stage, how).lower()}",
            "stage-responded",
            scope.total("stage-responded", stage=stage, timeliness=how),
            scope.total("stage-responded", stage=stage, timeliness=_TIMED),
        )
    yield scope.mean(
        f"{base}.average_days",
        f"{name}: average calendar days to respond",
        "stage-days",
        scope.days("stage-days", stage=stage),
        responded,
    )


def _learning(scope: Scope) -> Iterator[Figure]:
    actions = scope.total("actions")
    yield scope.count("learning.requested", "Learning decisions asked for", "lessons-requested")
    yield scope.share(
        "learning.lessons",
        "Learning decisions that were a lesson",
        "lessons-decided",
        scope.total("lessons-decided", decision="lesson"),
        scope.total("lessons-decided"),
    )
    yield scope.count("learning.actions", "Actions from lessons", "actions")
    for name, words, status in (
        ("actions_done", "Actions implemented or verified", ("implemented", "verified")),
        ("actions_not_implemented", "Actions not implemented", ("not-implemented",)),
    ):
        of = scope.total("actions", status=status)
        yield scope.share(f"learning.{name}", words, "actions", of, actions)


HANDLING: Final = ReportSection("handling", "How complaints were handled", _build, general=True)
