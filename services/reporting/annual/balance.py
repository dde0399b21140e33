"""The balance of the caseload: what was brought forward, came in, was re-opened and closed, against what is open."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, computed_field

from services.reporting.annual.cube import Cube


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


class Balance(BaseModel):
    rows: list[BalanceRow]
    now: list[BalanceNow]
    mismatches: int


def balance(cube: Cube, procedures: Sequence[str] | None = None) -> Balance:
    """Every year of every procedure and kind that has cells."""
    rows: list[BalanceRow] = []
    states: list[BalanceNow] = []
    for procedure in cube.procedures if procedures is None else procedures:
        for kind in _kinds(cube, procedure):
            found, state = _one(cube, procedure, kind)
            rows += found
            states.append(state)
    wrong = sum(not row.balanced for row in rows) + sum(not state.balanced for state in states)
    return Balance(rows=rows, now=states, mismatches=wrong)


def _kinds(cube: Cube, procedure: str) -> list[str]:
    measures = ("received", "reopened", "closed", "carried", "open-since", "status")
    return sorted(
        {
            kind
            for year in cube.years
            for measure in measures
            for kind in cube.breakdown(f"stock-{measure}", (procedure,), year, "kind")
        }
    )


def _one(cube: Cube, procedure: str, kind: str) -> tuple[list[BalanceRow], BalanceNow]:
    def at(measure: str, year: str) -> int:
        return cube.total(f"stock-{measure}", (procedure,), year, kind=kind)

    rows: list[BalanceRow] = []
    forward = since = status = 0
    for year in cube.years:
        since += at("open-since", year)
        status += at("status", year)
        carried = forward + at("received", year) + at("reopened", year) - at("closed", year)
        rows.append(
            BalanceRow(
                procedure=procedure,
                kind=kind,
                year=year,
                brought_forward=forward,
                received=at("received", year),
                reopened=at("reopened", year),
                closed=at("closed", year),
                carried_forward=carried,
                counted=at("carried", year) + since,
            )
        )
        forward = carried
    return rows, BalanceNow(procedure=procedure, kind=kind, flow=forward, stretches=since, status=status)
