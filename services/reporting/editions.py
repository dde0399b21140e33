"""Publishing a year: the report as it stands is stored for ever, and published on `reports`. Publishing again restates it."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from pydantic import BaseModel

from services.reporting.annual.report import AnnualReport
from shared.clock import now
from shared.errors import Conflict, Fault, Invalid
from shared.events.outgoing import Cause, Outgoing, make_envelope
from shared.events.reports import ReportPublished
from shared.ids import event_id
from shared.store import AggregateStore, Database, DuplicateKey

_NAMESPACE = uuid.UUID("4c1f64b1-0a34-5d5e-9a63-3f3b6f0f6f4e")
_ATTEMPTS = 5


class NoteNeeded(Invalid):
    """The year has been published before with other figures: a restatement needs its reason."""

    def __init__(self, year: str) -> None:
        super().__init__(
            "note-needed",
            f"{year} has been published with other figures: say in a note why it is restated.",
            [Fault("/note", "needed for a restatement")],
        )


class Edition(BaseModel):
    """One publication of a year's report. `sha256` is that of the stored report's JSON."""

    year: str
    edition: int
    published_at: datetime
    published_by: str
    note: str | None
    sha256: str


class Editions:
    """One aggregate a year, which lists its editions; the reports are stored by their digests."""

    def __init__(self, database: Database) -> None:
        self.aggregates = AggregateStore(database["editions"])
        self._reports = database["published_reports"]

    async def of(self, year: str) -> list[Edition]:
        """The editions of a year, the first one first."""
        found = await self.aggregates.load(str(report_id(year)))
        return [Edition.model_validate(one) for one in (found or {}).get("editions", [])]

    async def report(self, edition: Edition) -> AnnualReport:
        """What was published, to the letter."""
        found = await self._reports.find_one({"_id": edition.sha256})
        if found is None:
            raise RuntimeError(f"the report of {edition.year}, edition {edition.edition}, is not in the store")
        return AnnualReport.model_validate_json(found["json"])

    async def publish(self, report: AnnualReport, *, by: str, note: str | None, correlation_id: str) -> tuple[Edition, bool]:
        """Publish a year; whether that made a new edition. The same figures again are the edition that there is.

        Raises:
            Conflict: the year has no records.
            NoteNeeded: the figures differ from the last edition's and `note` is empty.
        """
        if report.empty:
            raise Conflict("nothing-to-publish", f"There are no records of {report.year}.")
        text = report.model_dump_json()
        digest = hashlib.sha256(text.encode()).hexdigest()
        for _ in range(_ATTEMPTS):
            before = await self.of(report.year)
            if before and before[-1].sha256 == digest:
                return before[-1], False
            if before and not (note or "").strip():
                raise NoteNeeded(report.year)
            edition = Edition(
                year=report.year,
                edition=len(before) + 1,
                published_at=now(),
                published_by=by,
                note=note,
                sha256=digest,
            )
            # The report is durable before the event that names it.
            await self._keep(digest, text)
            if await self._append(report, edition, before, correlation_id):
                return edition, True
        raise RuntimeError("somebody else keeps publishing this year")

    async def _keep(self, digest: str, text: str) -> None:
        try:
            await self._reports.insert_one({"_id": digest, "json": text})
        except DuplicateKey:
            return

    async def _append(self, report: AnnualReport, edition: Edition, before: list[Edition], correlation_id: str) -> bool:
        aggregate = report_id(report.year)
        event = ReportPublished(
            report_id=aggregate,
            year=report.year,
            edition=edition.edition,
            restated=bool(before),
            as_at=report.as_at,
            measures_version=report.measures_version,
            contains_sample=report.contains_sample,
            sha256=edition.sha256,
            figures={figure.id: figure.value for figure in report.figures if figure.value is not None},
        )
        envelope = make_envelope(
            event,
            id=event_id(aggregate, edition.edition),
            source="redress/reporting",
            subject=report.year,
            sequence=edition.edition,
            cause=Cause(correlation_id),
            time=edition.published_at,
            recorded_at=edition.published_at,
        )
        outgoing = [Outgoing("reports", str(aggregate), envelope)]
        fields = {"editions": [one.model_dump(mode="python") for one in (*before, edition)]}
        if not before:
            return await self.aggregates.insert(str(aggregate), fields, outgoing)
        return await self.aggregates.save(str(aggregate), len(before), fields, outgoing)


def report_id(year: str) -> uuid.UUID:
    """The id of a year's report."""
    return uuid.uuid5(_NAMESPACE, year)
