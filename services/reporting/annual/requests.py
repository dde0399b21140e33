"""Information requests, data protection complaints and letters: received, answered and in what time, procedure by procedure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from services.reporting.annual.cube import Cube
from services.reporting.annual.figures import Asked, Figure, average, count, share
from services.reporting.annual.labels import FAMILIES, family, label, order
from services.reporting.annual.section import Filled
from services.reporting.measures import days
from services.reporting.measures.stages import REQUEST_STAGES

REVIEW: Final = "internal-review"
_STAGES: Final = {"information-rights": ("request", REVIEW), "correspondence": ("correspondence",)}
_IN_TIME = ("within-standard", "within-extension")
_TIMED = (*_IN_TIME, "late")
_WORDS: Final = {
    REVIEW: ("internal reviews answered", "internal reviews", "answer an internal review"),
    "correspondence": ("replied to", "replies", "reply"),
    "complaint": ("outcome told", "outcomes", "tell the outcome"),
}
_OTHER_WORDS: Final = ("answered", "answers", "answer")


def requests(cube: Cube, year: str, previous: str, part: str, procedures: Sequence[str]) -> list[Filled]:
    """A group for each procedure of the part `information-rights` or `correspondence` that has records, and one of all
    requests or letters where there are several. Their ids begin with the part."""
    members = sorted(
        (p for p in procedures if family(p) == part and p not in FAMILIES),
        key=lambda p: order("procedures", p),
    )
    groups = [
        Filled(
            f"{part}.{p}",
            label("procedure", p),
            tuple(_procedure(cube, _asked(cube, year, previous, p), part, p)),
        )
        for p in members
    ]
    if len(groups) < 2:
        return groups
    whole = _asked(cube, year, previous, *members)
    title = "All information requests" if part == "information-rights" else "All letters"
    return [Filled(f"{part}.all", title, tuple(_whole(cube, whole, part, members, title))), *groups]


def _asked(cube: Cube, year: str, previous: str, *of: str) -> Asked:
    return Asked(year, previous, lambda y: cube.covered(of, y))


def _whole(cube: Cube, asked: Asked, part: str, members: Sequence[str], title: str) -> list[Figure]:
    main = _STAGES[part][0]
    return [
        count(
            asked,
            f"{part}.received",
            f"{title}: received",
            "enquiries",
            lambda y: cube.total("enquiries", members, y),
        ),
        *_answers(cube, asked, f"{part}.{main}", title, members, main),
    ]


def _procedure(cube: Cube, asked: Asked, part: str, procedure: str) -> list[Figure]:
    name, of, base = label("procedure", procedure), (procedure,), f"{part}.{procedure}"

    def both(year: str, *measures: str, **dimensions: str) -> int:
        return sum(cube.total(measure, of, year, **dimensions) for measure in measures)

    complaints = cube.complained(procedure)
    figures = [
        count(
            asked,
            f"{base}.received",
            f"{name}: received",
            "received" if complaints else "enquiries",
            lambda y: both(y, "received", "enquiries"),
        )
    ]
    for stage in _stages(cube, asked, part, procedure):
        figures += _answers(cube, asked, f"{base}.{stage}", name, of, stage)
    if part == "information-rights":
        figures.append(
            share(
                asked,
                f"{base}.refused",
                f"{name}: refused",
                "closed" if complaints else "enquiries-closed",
                lambda y: both(y, "closed", "enquiries-closed", outcome="refused"),
                lambda y: both(y, "closed", "enquiries-closed"),
                note="of those closed in the year; the refusal of a request is its answer too",
            )
        )
    return figures


def _stages(cube: Cube, asked: Asked, part: str, procedure: str) -> list[str]:
    found = cube.stages((procedure,), asked.year, asked.previous)
    if not cube.complained(procedure) or found & REQUEST_STAGES:
        found |= set(_STAGES[part])
    return sorted(found or {"complaint"}, key=lambda stage: (stage == REVIEW, order("stages", stage)))


def _answers(cube: Cube, asked: Asked, base: str, name: str, of: Sequence[str], stage: str) -> list[Figure]:
    done, many, to_do = _WORDS.get(stage, _OTHER_WORDS)

    def responded(year: str) -> int:
        return cube.total("stage-responded", of, year, stage=stage)

    def timed(*how: str) -> Callable[[str], int]:
        return lambda y: sum(cube.total("stage-responded", of, y, stage=stage, timeliness=one) for one in how)

    def acknowledged(*how: str) -> Callable[[str], int]:
        return lambda y: sum(
            cube.total("acknowledgement", of, y, stage=stage, acknowledged=one) for one in how
        )

    def timely(id: str, words: str, *how: str, note: str | None = None) -> Figure:
        measure = "stage-responded"
        return share(
            asked, f"{base}.{id}", f"{name}: {words}", measure, timed(*how), timed(*_TIMED), note=note
        )

    begun = count(
        asked,
        f"{base}.started",
        f"{name}: {many} asked for",
        "stage-started",
        lambda y: cube.total("stage-started", of, y, stage=stage),
    )
    return [
        *([begun] if stage == REVIEW else []),
        count(asked, f"{base}.answered", f"{name}: {done}", "stage-responded", responded),
        share(
            asked,
            f"{base}.acknowledged_in_time",
            f"{name}: acknowledged in time",
            "acknowledgement",
            acknowledged("in-time"),
            acknowledged("in-time", "late"),
        ),
        timely("in_time", f"{many} in time", *_IN_TIME, note="within the standard timescale or an extension"),
        timely("within_extension", f"{many} within an extension", "within-extension"),
        timely("late", f"late {many}", "late"),
        average(
            asked,
            f"{base}.average_days",
            f"{name}: average calendar days to {to_do}",
            "stage-days",
            lambda y: days.total(cube.days("stage-days", of, y, stage=stage)),
            responded,
        ),
    ]
