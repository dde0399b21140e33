"""What ran in parallel with the procedures: joint complaints with the NHS, remedies, and the figures that every track has.

`tracks.yaml` lists which tracks stand in a section, and in what words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.reporting.annual.asked import Asked
from services.reporting.annual.cube import Cube
from services.reporting.annual.families import request_families
from services.reporting.annual.figures import Figure, Scope
from services.reporting.annual.labels import label
from services.reporting.annual.section import FilledGroup, ReportSection
from services.reporting.annual.tables import Row, Table
from shared.taxonomy import load
from shared.taxonomy.words import TrackWords

_WENT: Final = ("in-time", "late", "not-done", "awaited")
_SETTLED: Final = ("in-time", "late", "not-done")


def tracks_of(section: str, scope: Scope) -> Iterator[FilledGroup]:
    """A group for each track that the list places in the section. Ids are the section, the track's name and what is counted."""
    for term in load("tracks").terms:
        if term.report is not None and term.report.section == section:
            figures = tuple(_figures(scope.of_track(term.code), term.code, term.report))
            by_kind = None if term.kinds is None else _by_kind(scope, term.code, term.report)
            tables = () if by_kind is None else (by_kind,)
            yield FilledGroup(f"{section}.{term.report.name}", term.report.title, figures, tables)


def _figures(scope: Scope, track: str, words: TrackWords) -> Iterator[Figure]:
    base = f"{words.section}.{words.name}"
    settled = scope.total("track-due", track=track, how=_SETTLED)

    def named(text: str) -> str:
        return f"{words.title}: {text[0].lower()}{text[1:]}"

    yield scope.count(f"{base}.begun", named(words.begun), "track-begun", scope.total("track-begun", track=track))
    yield scope.count(
        f"{base}.due",
        named(words.due),
        "track-due",
        scope.total("track-due", track=track),
        note="by the deadline, not by when it began",
    )
    for key, text, how, note in (
        ("in_time", words.in_time, "in-time", "of those due less those awaited"),
        ("late", words.late, "late", None),
        ("not_done", words.not_done, "not-done", None),
    ):
        of = scope.total("track-due", track=track, how=how)
        yield scope.share(f"{base}.{key}", named(text), "track-due", of, settled, note=note)
    awaited = scope.total("track-due", track=track, how="awaited")
    yield scope.count(f"{base}.awaited", named(words.awaited), "track-due", awaited)
    if words.complied is not None:
        of = scope.total("track-due", track=track, how=("in-time", "late"))
        yield scope.share(f"{base}.complied", named(words.complied), "track-due", of, settled, note=words.complied_note)


def _by_kind(scope: Scope, track: str, words: TrackWords) -> Table | None:
    def counts(measure: str, by: str, **fixed: str) -> dict[str, int]:
        return scope.cube.breakdown(measure, scope.procedures, scope.year, by, track=track, **fixed)

    begun, due = counts("track-begun", "kind"), counts("track-due", "kind")
    kinds = sorted({*begun, *due}, key=lambda kind: (-begun.get(kind, 0), -due.get(kind, 0), kind))
    if not kinds:
        return None

    def line(kind: str) -> list[int | None]:
        went = counts("track-due", "how", kind=kind)
        return [begun.get(kind, 0), due.get(kind, 0), *(went.get(how, 0) for how in _WENT)]

    rows = [Row(codes=[kind], label=label("kind", kind), values=line(kind)) for kind in kinds]
    return Table(
        id=f"{words.section}_{words.name}",
        title=f"{words.title}, {words.by_kind}, {scope.year}",
        measure="track-due",
        columns=[words.begun, words.due, words.in_time, words.late, words.not_done, words.awaited],
        rows=rows,
        totals=[sum(column) for column in zip(*(row.values for row in rows), strict=True)],
    )


def _of_complaints(asked: Asked) -> bool:
    """Unless only requests and letters are asked for."""
    return asked.whole_council or bool(asked.families - {part.code for part in request_families()})


def _joint_nhs(cube: Cube, asked: Asked) -> Iterator[FilledGroup]:
    """Joint complaints as each side's annual return counts them."""
    scope = Scope.of(cube, asked)
    received = scope.count(
        "joint_nhs.received",
        "Joint complaints received",
        "received",
        scope.total("received", joint_nhs="yes"),
        note="each once, however many bodies have a part in it",
    )
    yield FilledGroup("joint_nhs.council", "What the council's own return counts", (received,))
    yield from tracks_of("joint_nhs", scope)


JOINT_NHS: Final = ReportSection("joint_nhs", "Joint complaints with the NHS", _joint_nhs, applies=_of_complaints)
REMEDIES: Final = ReportSection(
    "remedies",
    "Remedies agreed by the council",
    lambda cube, asked: tracks_of("remedies", Scope.of(cube, asked)),
    applies=_of_complaints,
)
