"""Breaks in a series: years that stand side by side and were not counted by the same rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter
from ruamel.yaml import YAML

from services.reporting.annual.cube import Cube

_FILE: Final = Path(__file__).with_name("series_breaks.yaml")


class SeriesBreak(BaseModel):
    """Complaints under the rulebooks `before` and `after` the London day `on` do not count the same; `text` explains why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: tuple[str, ...]
    after: tuple[str, ...]
    on: date
    text: str


@cache
def known() -> tuple[SeriesBreak, ...]:
    """The breaks that the report knows of, in the order of their days."""
    found = TypeAdapter(tuple[SeriesBreak, ...]).validate_python(YAML(typ="safe").load(_FILE))
    return tuple(sorted(found, key=lambda b: b.on))


def breaks(cube: Cube, procedures: tuple[str, ...], years: Iterable[str]) -> list[SeriesBreak]:
    """Those between complaints of one procedure that were received in these years."""
    years = tuple(years)
    found = []
    for one in known():
        for procedure in procedures:
            rulebooks = {r for year in years for r in cube.breakdown("received", (procedure,), year, "rulebook")}
            if rulebooks.intersection(one.before) and rulebooks.intersection(one.after):
                found.append(one)
                break
    return found
