"""The figures that the council's annual report to its Cabinet prints, under stable ids: `headline.yaml` lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter
from ruamel.yaml import YAML

from services.reporting.annual.asked import Asked
from services.reporting.annual.cube import Cube
from services.reporting.annual.families import families, family
from services.reporting.annual.figures import Figure, Scope, Values
from services.reporting.annual.section import Bar, FilledGroup, Place, ReportSection

_FILE: Final = Path(__file__).with_suffix(".yaml")
_SOCIAL_CARE: Final = "social-care"


class Printed(BaseModel):
    """A figure as the file lists it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    part: str | None = None
    label: str
    measure: str
    where: dict[str, str] = {}
    share: bool = False
    note: str | None = None
    charted: bool = False

    def figure(self, scope: Scope) -> Figure:
        of = scope.total(self.measure, **self.where)
        if self.share:
            whole = scope.total(self.measure)
            return scope.share(self.id, self.label, self.measure, of, whole, note=self.note)
        return scope.count(self.id, self.label, self.measure, of, note=self.note)


@cache
def printed() -> tuple[Printed, ...]:
    """The figures of the file."""
    return TypeAdapter(tuple[Printed, ...]).validate_python(YAML(typ="safe").load(_FILE))


def _build(cube: Cube, asked: Asked) -> Iterator[FilledGroup]:
    """A group for each part of the report that is asked for, and for the council one of what belongs to no part alone."""
    for part in families():
        listed = [one for one in printed() if one.part == part.code]
        if listed and (asked.whole_council or part.code in asked.families):
            members = tuple(p for p in cube.procedures if family(p) == part.code)
            yield _group(part.code, part.label, listed, Scope.of(cube, asked, members))
    if asked.whole_council:
        listed = [one for one in printed() if one.part is None]
        council = _group("council", "The council", listed, Scope.of(cube, asked, cube.procedures))
        yield replace(council, figures=(*council.figures, _per_active_case(cube, asked)))


def _group(id: str, title: str, listed: list[Printed], scope: Scope) -> FilledGroup:
    figures = tuple(one.figure(scope) for one in listed)
    bars = (Bar.of(figure) for figure, one in zip(figures, listed, strict=True) if one.charted)
    return FilledGroup(id, title, figures, bars=tuple(bars))


def _per_active_case(cube: Cube, asked: Asked) -> Figure:
    """A share of which only the numerator is known."""
    parts = {part.code for part in families() if part.group == _SOCIAL_CARE}
    scope = Scope.of(cube, asked, tuple(p for p in cube.procedures if family(p) in parts))
    complaints = scope.count("", "", "received")
    return Figure(
        id="social_care.complaints_per_active_case",
        label="Social care: complaints as a share of active cases",
        unit="share",
        measure="received",
        numerator=complaints.value,
        previous=Values(numerator=complaints.previous.value),
        note="the number of active cases is an input, with its source and date; none has been given",
    )


HEADLINE: Final = ReportSection(
    id="headline",
    title="The year's figures",
    build=_build,
    place=Place.HEADLINE,
    general=True,
    chart="Complaints and compliments received",
    charted=lambda asked: asked.whole_council,
)
