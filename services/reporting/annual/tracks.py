"""What ran beside the procedures: the Ombudsman, joint complaints with the NHS, and remedies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.reporting.annual.cube import Cube
from services.reporting.annual.figures import Asked, Figure, count, share
from services.reporting.annual.labels import label
from services.reporting.annual.section import Filled
from services.reporting.annual.tables import Row, Table
from shared.events.codes import OmbudsmanDecision

_WENT: Final = ("in-time", "late", "not-done", "awaited")


@dataclass(frozen=True)
class Words:
    """A track in the words of its field: what it is when it begins and falls due, and each way a deadline may go."""

    track: str
    id: str
    title: str
    begun: str
    due: str
    in_time: str
    late: str
    not_done: str
    awaited: str
    by: str = "by type"


_RECOMMENDED = Words(
    track="ombudsman-remedy",
    id="ombudsman.remedies",
    title="Remedies recommended by the Ombudsman",
    begun="Recommended",
    due="Due in the year",
    in_time="Complied with on time",
    late="Complied with late",
    not_done="Not complied with",
    awaited="Awaited",
)
_REPORTS = Words(
    track="ombudsman-report",
    id="ombudsman.reports",
    title="Public-interest reports of the Ombudsman",
    begun="Issued",
    due="To be considered in the year",
    in_time="Considered within three months",
    late="Considered later",
    not_done="Not considered",
    awaited="Awaited",
)
_NHS = Words(
    track="nhs-body",
    id="joint_nhs.bodies",
    title="What the returns of the NHS bodies count",
    begun="Parts begun",
    due="Replies due in the year",
    in_time="Replied in time",
    late="Replied late",
    not_done="No reply",
    awaited="Awaited",
    by="by kind of body",
)
_OWN = Words(
    track="remedy",
    id="remedies.own",
    title="Remedies of the council's own responses",
    begun="Agreed",
    due="Due in the year",
    in_time="Completed on time",
    late="Completed late",
    not_done="Not done",
    awaited="Awaited",
)


def ombudsman(cube: Cube, asked: Asked, procedures: Sequence[str]) -> tuple[Filled, ...]:
    """Referrals and decisions, remedies by type, public-interest reports. Ids begin with `ombudsman`."""
    remedies = _track(cube, asked, procedures, _RECOMMENDED)
    return (
        Filled("ombudsman.decisions", "Referrals and decisions", tuple(_decisions(cube, asked, procedures))),
        Filled(
            remedies.id,
            remedies.title,
            (*remedies.figures, _compliance(cube, asked, procedures)),
            remedies.tables,
        ),
        _track(cube, asked, procedures, _REPORTS, by_kind=False),
    )


def joint_nhs(cube: Cube, asked: Asked, procedures: Sequence[str]) -> tuple[Filled, ...]:
    """Joint complaints as each side's annual return counts them. Ids begin with `joint_nhs`."""
    own = count(
        asked,
        "joint_nhs.received",
        "Joint complaints received",
        "received",
        lambda y: cube.total("received", procedures, y, joint_nhs="yes"),
        note="each once, however many bodies have a part in it",
    )
    return (
        Filled("joint_nhs.council", "What the council's own return counts", (own,)),
        _track(cube, asked, procedures, _NHS),
    )


def remedies(cube: Cube, asked: Asked, procedures: Sequence[str]) -> tuple[Filled, ...]:
    """Remedies that the council agreed itself. Ids begin with `remedies`."""
    return (_track(cube, asked, procedures, _OWN),)


def _decisions(cube: Cube, asked: Asked, procedures: Sequence[str]) -> list[Figure]:
    def decided(*decisions: str) -> Callable[[str], int]:
        return lambda y: sum(
            cube.total("ombudsman-decided", procedures, y, decision=one) for one in decisions
        )

    def offered(*said: str) -> Callable[[str], int]:
        return lambda y: sum(
            cube.total("ombudsman-decided", procedures, y, satisfactory_remedy=one) for one in said
        )

    def all_of(id: str, words: str, measure: str) -> Figure:
        return count(asked, id, words, measure, lambda y: cube.total(measure, procedures, y))

    return [
        all_of("ombudsman.received", "Received by the Ombudsman", "ombudsman-received"),
        all_of("ombudsman.decided", "Decided by the Ombudsman", "ombudsman-decided"),
        *(
            count(
                asked,
                f"ombudsman.decision.{decision}",
                f"Decision: {label('decision', decision).lower()}",
                "ombudsman-decided",
                decided(decision),
            )
            for decision in OmbudsmanDecision
        ),
        share(
            asked,
            "ombudsman.upheld",
            "Upheld by the Ombudsman",
            "ombudsman-decided",
            decided("upheld"),
            decided("upheld", "not-upheld"),
            note="of the detailed investigations: upheld and not upheld",
        ),
        share(
            asked,
            "ombudsman.satisfactory_remedy",
            "Upheld where the council had already offered a suitable remedy",
            "ombudsman-decided",
            offered("yes"),
            offered("yes", "no"),
            note="of the upheld decisions that state it",
        ),
    ]


def _of_track(cube: Cube, asked: Asked, procedures: Sequence[str], track: str) -> Asked:
    return Asked(asked.year, asked.previous, lambda y: cube.tracked(track, procedures, y))


def _due(cube: Cube, procedures: Sequence[str], track: str, *went: str) -> Callable[[str], int]:
    return lambda y: sum(cube.total("track-due", procedures, y, track=track, how=how) for how in went)


def _track(
    cube: Cube, asked: Asked, procedures: Sequence[str], words: Words, *, by_kind: bool = True
) -> Filled:
    track, over = words.track, _of_track(cube, asked, procedures, words.track)
    settled = _due(cube, procedures, track, "in-time", "late", "not-done")

    def named(text: str) -> str:
        return f"{words.title}: {text[0].lower()}{text[1:]}"

    def all_of(id: str, text: str, measure: str, note: str | None = None) -> Figure:
        def of(year: str) -> int:
            return cube.total(measure, procedures, year, track=track)

        return count(over, f"{words.id}.{id}", named(text), measure, of, note=note)

    def part(id: str, text: str, how: str, note: str | None = None) -> Figure:
        of = _due(cube, procedures, track, how)
        return share(over, f"{words.id}.{id}", named(text), "track-due", of, settled, note=note)

    figures = (
        all_of("begun", words.begun, "track-begun"),
        all_of("due", words.due, "track-due", "by the deadline, not by when it began"),
        part("in_time", words.in_time, "in-time", "of those due less those awaited"),
        part("late", words.late, "late"),
        part("not_done", words.not_done, "not-done"),
        count(
            over,
            f"{words.id}.awaited",
            named(words.awaited),
            "track-due",
            _due(cube, procedures, track, "awaited"),
        ),
    )
    found = _by_kind(cube, asked.year, procedures, words) if by_kind else None
    return Filled(words.id, words.title, figures, () if found is None else (found,))


def _compliance(cube: Cube, asked: Asked, procedures: Sequence[str]) -> Figure:
    track = _RECOMMENDED.track
    return share(
        _of_track(cube, asked, procedures, track),
        "ombudsman.remedies.complied",
        f"{_RECOMMENDED.title}: compliance rate",
        "track-due",
        _due(cube, procedures, track, "in-time", "late"),
        _due(cube, procedures, track, "in-time", "late", "not-done"),
        note="complied with on time or late, of those due less those awaited; the late ones are also shown by themselves",
    )


def _by_kind(cube: Cube, year: str, procedures: Sequence[str], words: Words) -> Table | None:
    begun = cube.breakdown("track-begun", procedures, year, "kind", track=words.track)
    due = cube.breakdown("track-due", procedures, year, "kind", track=words.track)
    kinds = sorted({*begun, *due}, key=lambda kind: (-begun.get(kind, 0), -due.get(kind, 0), kind))
    if not kinds:
        return None

    def line(kind: str) -> list[int | None]:
        went = cube.breakdown("track-due", procedures, year, "how", track=words.track, kind=kind)
        return [begun.get(kind, 0), due.get(kind, 0), *(went.get(how, 0) for how in _WENT)]

    rows = [Row(codes=[kind], label=label("kind", kind), values=line(kind)) for kind in kinds]
    return Table(
        id=words.id.replace(".", "_"),
        title=f"{words.title}, {words.by}, {year}",
        measure="track-due",
        columns=[words.begun, words.due, words.in_time, words.late, words.not_done, words.awaited],
        rows=rows,
        totals=[sum(column) for column in zip(*(row.values for row in rows), strict=True)],
    )
