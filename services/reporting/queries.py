"""What is asked of the figures: cells, reports, years, the balance, and what was published.

The API, the pages and the operator's routes share this module. Errors are those of the domain.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

from pydantic import BaseModel

from services.reporting.annual.balance import Balance, balance
from services.reporting.annual.cube import Cube
from services.reporting.annual.report import AnnualReport, FilledReport, fill_report
from services.reporting.editions import Edition, Editions
from services.reporting.measures import Cells
from services.reporting.projection.as_at import AsAt
from services.reporting.projection.snapshot import Reader, read_snapshot
from services.reporting.projection.store import AggregateSlices
from shared.calendar.london import financial_year, fy_bounds, today
from shared.calendar.written import read_financial_year
from shared.clock import now
from shared.errors import Fault, Invalid, NotFound


class Years(BaseModel):
    """The financial years that have records, and the procedures."""

    years: list[str]
    procedures: list[str]
    current: str


class BalanceAnswer(Balance):
    """`settled` is false when events kept coming in while the aggregates were read: ask again before alarm."""

    settled: bool
    generation: int
    checked_at: datetime


@dataclass(frozen=True)
class Queries:
    """Answers from the generation in use, or from the log as at a day. Reading changes nothing."""

    store: AggregateSlices
    reader: Reader
    as_at: AsAt
    editions: Editions

    async def cells(self, day: date | None = None) -> Cells:
        """The cells now, or at the end of a London day. Raises BrokerUnavailable with a day."""
        if day is not None:
            return await self.as_at.cells(day)
        return (await self.reader.snapshot()).cells()

    async def report(self, year: str, procedure: str | None, day: date | None) -> FilledReport:
        """The annual report of `2022/23` or `2022-23`, of a procedure or a part of the report (None or empty: the council), now or
        as at the end of a London day.

        Raises:
            Invalid: the year is none or has not begun, or the day is in the future.
            UnknownProcedure: nothing is known of the procedure.
            BrokerUnavailable: the log is needed for the day.
        """
        year, day = normal_year(year), checked_day(day)
        cells = await self.cells(day)
        return await asyncio.to_thread(
            fill_report, cells, year, procedure or None, as_at=day, last_year=financial_year(today(now()))
        )

    async def cube(self) -> Cube:
        """The cells now, ready for questions."""
        return Cube(await self.cells(), financial_year(today(now())))

    async def years(self) -> Years:
        """The years that have begun and have records."""
        cube, current = await self.cube(), financial_year(today(now()))
        begun = [year for year in cube.years if year <= current]
        return Years(years=begun, procedures=list(cube.procedures), current=current)

    async def balance(self, procedure: str | None) -> BalanceAnswer:
        """The balance of the caseload, read afresh."""
        snapshot = await read_snapshot(self.store)
        cube = Cube(snapshot.cells(), financial_year(today(now())))
        found = balance(cube, None if procedure is None else (procedure,))
        return BalanceAnswer(
            rows=found.rows,
            now=found.now,
            mismatches=found.mismatches,
            set_aside=found.set_aside,
            ahead=found.ahead,
            settled=snapshot.settled,
            generation=snapshot.generation,
            checked_at=now(),
        )

    async def published(self, year: str) -> list[Edition]:
        """The editions of a year, the first one first. Raises Invalid for the year."""
        return await self.editions.of(normal_year(year))

    async def edition(self, year: str, number: int) -> AnnualReport:
        """A report as it was published. Raises Invalid for the year, NotFound for the number."""
        found = [one for one in await self.published(year) if one.edition == number]
        if not found:
            raise NotFound("no-such-edition", f"{year} has no edition {number}.")
        return await self.editions.report(found[0])


def normal_year(text: str) -> str:
    """`2022-23` or `2022/23` as `2022/23`. Raises Invalid for what is no financial year, or has not begun."""
    try:
        year = read_financial_year(text)
        first, _ = fy_bounds(year)
    except ValueError as error:
        raise Invalid("not-a-year", str(error), [Fault("query/year", str(error))]) from None
    if first > today(now()):
        detail = f"the financial year {year} has not begun"
        raise Invalid("not-a-year", detail, [Fault("query/year", detail)])
    return year


def checked_day(day: date | None) -> date | None:
    """A London day that is not in the future. Raises Invalid."""
    if day is not None and day > today(now()):
        detail = f"{day} is in the future"
        raise Invalid("as-at-in-future", detail, [Fault("query/as_at", detail)])
    return day
