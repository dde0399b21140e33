"""What reporting publishes: a year's report was published, or published again."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from shared.events.envelope import Event


class ReportPublished(Event):
    """The annual figures of a financial year were fixed and published.

    `edition` counts from 1; a later one restates the year, and its reason stands in the report itself. `figures` holds
    the headline counts by their ids; `sha256` is that of the stored report, so that a copy can be checked.
    """

    type: ClassVar[str] = "redress.reports.published.v1"

    report_id: UUID
    year: str
    edition: int
    restated: bool
    as_at: date | None = None
    measures_version: int
    contains_sample: bool = False
    sha256: str
    figures: dict[str, int]
