"""Late holidays: when what is known of bank holidays changes, the open clocks are counted anew, and each that moved says so.

A case's document names the version of the holidays that its deadlines were counted by. Cases of another version are found by an
index; each is one write to the version it was read at, so that any number of instances may do it and none says it twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from services.workflow.case.model import Case
from services.workflow.case.recorder import Recorder
from services.workflow.clocks.running import running
from services.workflow.clocks.writing import Writing
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.store import Cases, stored_of
from shared.calendar.holidays import HolidayRegister, published
from shared.clock import now
from shared.events.cases import CaseEvent, ClockReplanned
from shared.store import Document, StoreUnavailable
from shared.telemetry.logs import get

log = get(__name__)

_AGAIN: Final = 3600.0


def replan(
    case: Case, said: Mapping[str, date | None], books: Rulebooks, at: datetime, register: HolidayRegister
) -> tuple[CaseEvent, ...]:
    """The events of the open clocks whose deadline is another by `register` than was `said`; no others."""
    recorder = Recorder(case, books, at, register)
    for clock_of in running(case, recorder.book, register):
        reading, name = clock_of.reading, clock_of.name
        if reading.ticking and name in said and said[name] != reading.due:
            recorder.emit(
                ClockReplanned,
                clock=reading.clock.id,
                stage=reading.clock.stage,
                run=clock_of.number,
                said=said[name],
                holds=reading.due,
                calendar=register.version,
            )
    return tuple(recorder.events)


def said_of(document: Document, case: Case, books: Rulebooks) -> dict[str, date | None]:
    """What was said of the deadlines of a case's clocks, by their names; None of a clock that had none."""
    book = books.get(case.facts.rulebook, case.rulebook_version)
    written = document.get("deadlines")
    if written is not None:
        names = [clock.name for clock in running(case, book)]
        return {name: date.fromisoformat(written[name]) if name in written else None for name in names}
    if case.visit is None:
        return {}
    # A document of before deadlines were written down: its facts have those of the two clocks that every stage may have.
    clocks = book.clocks_of(case.visit.stage)
    stage = case.facts.stages[-1]
    facts = {"acknowledgement": stage.acknowledgement_due_on, "response": stage.extended_to or stage.due_on}
    return {c.id: day for c in clocks if (day := facts.get(c.kind)) is not None}


class Replanner(Writing):
    """Args beside those of `Writing`: the `registry` where its metrics are."""

    def __init__(
        self,
        cases: Cases,
        registry: CollectorRegistry,
        *,
        told: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = now,
        batch: int = 200,
    ) -> None:
        super().__init__(cases, told=told, clock=clock, batch=batch)
        self._moved = Counter(
            "redress_clocks_replanned",
            "Open clocks whose deadline moved with a late holiday",
            registry=registry,
        )

    async def run(self) -> None:
        """Re-plan whatever needs it, and look again every hour, for ever."""
        while True:
            await self.all()
            await asyncio.sleep(_AGAIN)

    async def all(self) -> int:
        """Every open case of an older version; how many clocks moved. A case that fails is logged and holds up no other."""
        moved = 0
        failed: list[str] = []
        register = self._cases.register or published()
        while documents := await self._cases.counted_otherwise(register.version, self._batch, but=failed):
            for document in documents:
                try:
                    moved += await self._one(document, register)
                except StoreUnavailable:
                    raise
                except Exception:
                    log.exception("a case cannot be re-planned", case_id=document["_id"])
                    failed.append(document["_id"])
        if moved or failed:
            log.info("clocks re-planned", calendar=register.version, moved=moved, failed=len(failed))
        return moved

    async def _one(self, document: Document, register: HolidayRegister) -> int:
        stored, at = stored_of(document), self._clock()
        books = self._cases.rulebooks
        events = replan(stored.case, said_of(document, stored.case, books), books, at, register)
        # Without events the write notes that the case's deadlines hold by these holidays.
        if not await self._write(stored, events, at):
            return 0
        self._moved.inc(len(events))
        return len(events)
