"""The balance of the caseload: what was brought forward, came in, was re-opened and closed, against what is open.

It is held at the end of every month. A report shows it by years, whose ends are those of their last months.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from pydantic import BaseModel, computed_field

from services.reporting.annual.cube import AHEAD, Cube

_STOCK: Final = tuple(f"stock-{name}" for name in ("received", "reopened", "closed", "carried", "open-since", "status"))


class BalanceRow(BaseModel):
    """One procedure and kind in one year. `carried_forward` follows from the flow, `counted` from the stretches in which
    cases were open: two computations that share no cell."""

    procedure: str
    kind: str
    year: str
    brought_forward: int
    received: int
    reopened: int
    closed: int
    carried_forward: int
    counted: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def balanced(self) -> bool:
        return self.carried_forward == self.counted


class BalanceNow(BaseModel):
    """What is open now by procedure and kind: by the flow of all years, by open stretches, and by the cases' status."""

    procedure: str
    kind: str
    flow: int
    stretches: int
    status: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def balanced(self) -> bool:
        return self.flow == self.stretches == self.status


class Flow(NamedTuple):
    """What came in and went in a period of one procedure and kind, and what was open at its end, counted twice."""

    period: str
    brought_forward: int
    received: int
    reopened: int
    closed: int
    carried_forward: int
    counted: int


class SetAside(BaseModel):
    """Records with a day that no report can have, which count nowhere else. `kind` is that of the case, or `lesson`."""

    procedure: str
    kind: str
    records: int


class Ahead(BaseModel):
    """What is said to have happened after the financial year that is now, by measure: a day that is not true."""

    procedure: str
    measure: str
    records: int


class Balance(BaseModel):
    """The rows of years. `mismatches` counts the months, and the states of now, that do not balance; `set_aside` and `ahead`
    what is in none of them."""

    rows: list[BalanceRow]
    now: list[BalanceNow]
    mismatches: int
    set_aside: list[SetAside] = []
    ahead: list[Ahead] = []


def balance(cube: Cube, procedures: Sequence[str] | None = None) -> Balance:
    """Every year of every procedure and kind that has cells; mismatches of every month."""
    rows: list[BalanceRow] = []
    states: list[BalanceNow] = []
    for procedure, kind in _caseloads(cube, procedures):
        for period, *counts in flows(cube, procedure, kind, cube.years):
            numbers = dict(zip(Flow._fields[1:], counts, strict=True))
            rows.append(BalanceRow(procedure=procedure, kind=kind, year=period, **numbers))
        states.append(_now(cube, procedure, kind))
    wrong = len(unbalanced(cube, procedures)) + sum(not state.balanced for state in states)
    return Balance(rows=rows, now=states, mismatches=wrong, set_aside=_set_aside(cube, procedures), ahead=_ahead(cube, procedures))


def _set_aside(cube: Cube, procedures: Sequence[str] | None) -> list[SetAside]:
    return [
        SetAside(procedure=procedure, kind=kind, records=count)
        for (procedure, kind), count in sorted(cube.set_aside.items())
        if count and (procedures is None or procedure in procedures)
    ]


def _ahead(cube: Cube, procedures: Sequence[str] | None) -> list[Ahead]:
    return [
        Ahead(procedure=procedure, measure=measure, records=count)
        for (procedure, measure), count in sorted(cube.ahead.items())
        if count and (procedures is None or procedure in procedures)
    ]


def unbalanced(cube: Cube, procedures: Sequence[str] | None = None) -> list[tuple[str, str, str]]:
    """Procedure, kind and month, where the two counts of what was open at the month's end differ."""
    return [
        (procedure, kind, flow.period)
        for procedure, kind in _caseloads(cube, procedures)
        for flow in flows(cube, procedure, kind, cube.months)
        if flow.carried_forward != flow.counted
    ]


def flows(cube: Cube, procedure: str, kind: str, periods: Iterable[str]) -> Iterator[Flow]:
    """Periods of one length that follow one another, from the first that has a record."""
    forward = since = 0
    for period in periods:
        received, reopened, closed, carried, opened = (
            cube.total(f"stock-{name}", (procedure,), period, kind=kind)
            for name in ("received", "reopened", "closed", "carried", "open-since")
        )
        since += opened
        left = forward + received + reopened - closed
        yield Flow(period, forward, received, reopened, closed, left, carried + since)
        forward = left


def _caseloads(cube: Cube, procedures: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for procedure in cube.procedures if procedures is None else procedures:
        yield from ((procedure, kind) for kind in cube.kinds(procedure, _STOCK))


def _now(cube: Cube, procedure: str, kind: str) -> BalanceNow:
    periods = (*cube.years, AHEAD)

    def over(*names: str) -> int:
        return sum(cube.total(f"stock-{name}", (procedure,), period, kind=kind) for name in names for period in periods)

    return BalanceNow(
        procedure=procedure,
        kind=kind,
        flow=over("received", "reopened") - over("closed"),
        stretches=over("open-since"),
        status=over("status"),
    )
