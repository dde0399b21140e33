"""The Ombudsman: referrals and decisions, remedies recommended and public-interest reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.reporting.annual.asked import Asked
from services.reporting.annual.cube import Cube
from services.reporting.annual.figures import Figure, Scope
from services.reporting.annual.labels import label
from services.reporting.annual.section import FilledGroup, ReportSection
from services.reporting.annual.tracks import tracks_of
from shared.events.codes import OmbudsmanDecision

_DECIDED: Final = "ombudsman-decided"


def _build(cube: Cube, asked: Asked) -> Iterator[FilledGroup]:
    scope = Scope.of(cube, asked)
    yield FilledGroup("ombudsman.decisions", "Referrals and decisions", tuple(_decisions(scope)))
    yield from tracks_of("ombudsman", scope)


def _decisions(scope: Scope) -> Iterator[Figure]:
    yield scope.count("ombudsman.received", "Received by the Ombudsman", "ombudsman-received")
    yield scope.count("ombudsman.decided", "Decided by the Ombudsman", _DECIDED)
    for decision in OmbudsmanDecision:
        text = f"Decision: {label('decision', decision).lower()}"
        of = scope.total(_DECIDED, decision=decision)
        yield scope.count(f"ombudsman.decision.{decision}", text, _DECIDED, of)
    yield scope.share(
        "ombudsman.upheld",
        "Upheld by the Ombudsman",
        _DECIDED,
        scope.total(_DECIDED, decision="upheld"),
        scope.total(_DECIDED, decision=("upheld", "not-upheld")),
        note="of the detailed investigations: upheld and not upheld",
    )
    yield scope.share(
        "ombudsman.satisfactory_remedy",
        "Upheld where the council had already offered a suitable remedy",
        _DECIDED,
        scope.total(_DECIDED, satisfactory_remedy="yes"),
        scope.total(_DECIDED, satisfactory_remedy=("yes", "no")),
        note="of the upheld decisions that state it",
    )


OMBUDSMAN: Final = ReportSection("ombudsman", "The Ombudsman", _build)
