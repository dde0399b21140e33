"""How many of what the sample holds, and where each number comes from.

Printed figures are those of Lancashire County Council's Cabinet report of 2 November 2023 (`seed_figures.json`). What
the report does not print is plausible and no more; docs/sample.md lists both.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from shared.calendar.london import financial_year
from shared.events.codes import Kind, OmbudsmanDecision
from shared.events.historic import HistoricCase
from shared.taxonomy import load

YEARS: Final = ("2021/22", "2022/23")
Source = Literal["printed", "plausible"]
Figures = Mapping[str, Mapping[str, int]]

PLAUSIBLE: Final[Figures] = {
    # An earlier report gives about 205 statutory complaints for 2020/21 and a fall of 15% in the year after it.
    "childrens.statutory": {"2021/22": 174, "2022/23": 158},
    "adults.joint_nhs": {"2021/22": 19, "2022/23": 27},
    "corporate.dissatisfaction": {"2021/22": 1_296},
    "corporate.formal_complaints": {"2021/22": 83},
    # The report prints +93% and no base: 413 is 93% more than 214.
    "corporate.compliments": {"2021/22": 214, "2022/23": 413},
    "corporate.ombudsman_received": {"2021/22": 36, "2022/23": 41},
    "childrens.non_statutory_ombudsman_received": {"2021/22": 29, "2022/23": 37},
    "ombudsman.remedies.begun": {"2021/22": 24, "2022/23": 47},
    "remedies.own.begun": {"2021/22": 96, "2022/23": 118},
    "information-rights.freedom-of-information.received": {"2021/22": 127, "2022/23": 138},
    "information-rights.environmental-information.received": {"2021/22": 28, "2022/23": 33},
    "information-rights.subject-access.received": {"2021/22": 52, "2022/23": 59},
    "correspondence.mp-correspondence.received": {"2021/22": 82, "2022/23": 88},
    "correspondence.executive-correspondence.received": {"2021/22": 33, "2022/23": 38},
}
"""Ids of what a section of the report holds are those of the report."""


def request_figure(procedure: str) -> str:
    """The figure that counts the requests or letters received under a procedure."""
    term = load("procedures").get(procedure)
    family = term.family if term else None
    return f"{family or 'other'}.{procedure}.received"


@cache
def printed() -> Figures:
    """The printed figures: measure to year to number; a number that the report leaves out is not there."""
    raw = json.loads(files("redress.sample").joinpath("seed_figures.json").read_bytes())["figures"]
    given = {f["id"]: {y: f[y] for y in YEARS if f[y] is not None} for f in raw}
    return {name: years for name, years in given.items() if years}


def target(measure: str, year: str) -> int:
    """The number the sample must hold. KeyError for a measure it does not fix."""
    return printed().get(measure, {}).get(year) or PLAUSIBLE[measure][year]


def source(measure: str, year: str) -> Source:
    return "printed" if year in printed().get(measure, {}) else "plausible"


def measure(cases: Iterable[HistoricCase]) -> dict[str, dict[str, int]]:
    """The figures that rows add up to: measure to financial year to number, every year that occurs."""
    found: dict[str, dict[str, int]] = {}
    procedures = load("procedures")

    def add(name: str, year: str) -> None:
        years = found.setdefault(name, {})
        years[year] = years.get(year, 0) + 1

    for case in cases:
        procedure = procedures.get(case.procedure)
        family = case.procedure if procedure is None or procedure.family is None else procedure.family
        statutory = procedure is not None and procedure.statutory
        year = financial_year(case.received_on)
        for name in _received(case, family, statutory):
            add(name, year)
        for remedy in case.remedies:
            agreed = case.agreed_on(remedy)
            assert agreed is not None, "the sample's cases were answered"
            add("remedies.own.begun", financial_year(agreed))
        for referral in case.ombudsman:
            notified_in = financial_year(referral.received_on)
            for remedy in referral.remedies:
                add("ombudsman.remedies.begun", financial_year(referral.recommended_on(remedy)))
            add(
                "ombudsman.statutory_received" if statutory else f"{_other(family)}ombudsman_received",
                notified_in,
            )
            if referral.decided_on and referral.decision is OmbudsmanDecision.UPHELD and family == "corporate":
                add("corporate.ombudsman_upheld", financial_year(referral.decided_on))
    return found


def _received(case: HistoricCase, family: str, statutory: bool) -> list[str]:
    if case.kind is Kind.COMPLIMENT:
        return [f"{family}.compliments"]
    if case.kind is Kind.ENQUIRY:
        return [request_figure(case.procedure)]
    if case.kind is not Kind.COMPLAINT:
        return []
    if family == "corporate":
        way = "formal_complaints" if case.formal else "resolved_outside_formal"
        return ["corporate.dissatisfaction", f"corporate.{way}"]
    names = [f"{family}.complaints"]
    if family == "childrens" and statutory:
        names.append("childrens.statutory")
    if case.joint_nhs:
        names.append(f"{family}.joint_nhs")
    return names


def _other(family: str) -> str:
    return "corporate." if family == "corporate" else f"{family}.non_statutory_"
