"""Who went on to the Ombudsman, and what became of it: as many a year as the figures hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from redress.sample import chances
from redress.sample.drawing import pick
from redress.sample.figures import YEARS, target
from redress.sample.working_days import after
from shared.calendar.london import financial_year
from shared.events.codes import Kind, OmbudsmanDecision
from shared.events.historic import HistoricCase, HistoricOmbudsman
from shared.taxonomy import load

Draw = Callable[[HistoricCase], HistoricOmbudsman | None]


def refer(random: Random, cases: list[HistoricCase], last_day: date) -> list[HistoricCase]:
    """The same cases, some with a referral. At most one referral a case; none is decided after `last_day`."""
    complaints = [case for case in cases if case.kind is Kind.COMPLAINT and case.stages]
    statutory = {term.code for term in load("procedures").terms if term.statutory}
    chosen: dict[str, HistoricOmbudsman] = {}

    def pick(some: list[HistoricCase], count: int, draw: Draw) -> None:
        pool = [case for case in some if case.source_id not in chosen]
        random.shuffle(pool)
        for case in pool:
            if count == 0:
                return
            if (referral := draw(case)) is not None:
                chosen[case.source_id] = referral
                count -= 1
        if count:
            raise ValueError(f"{count} referrals to the Ombudsman could not be placed")

    def any_in(year: str, *, upheld: bool) -> Draw:
        def draw(case: HistoricCase) -> HistoricOmbudsman | None:
            referral = _referral(random, case, last_day, upheld=upheld)
            return referral if referral and financial_year(referral.received_on) == year else None

        return draw

    def upheld_in(year: str) -> Draw:
        def draw(case: HistoricCase) -> HistoricOmbudsman | None:
            assert case.closed_on is not None
            notified = after(case.closed_on, random.randint(5, 40))
            decided = after(notified, random.randint(30, 80))
            if financial_year(notified) != year or financial_year(decided) != year:
                return None
            return HistoricOmbudsman(received_on=notified, decided_on=decided, decision=OmbudsmanDecision.UPHELD)

        return draw

    of_law = [case for case in complaints if case.procedure in statutory]
    of_children = [case for case in complaints if case.procedure == "childrens-non-statutory"]
    corporate = [case for case in complaints if case.procedure == "corporate"]
    formal = [case for case in corporate if case.formal]
    for year in YEARS:
        pick(of_law, target("ombudsman.statutory_received", year), any_in(year, upheld=True))
        pick(of_children, target("childrens.non_statutory_ombudsman_received", year), any_in(year, upheld=True))
        upheld = target("corporate.ombudsman_upheld", year)
        pick(formal, upheld, upheld_in(year))
        # The printed number of upheld decisions is exact, so the others are decided in another way.
        pick(corporate, target("corporate.ombudsman_received", year) - upheld, any_in(year, upheld=False))
    return [
        case.model_copy(update={"ombudsman": (chosen[case.source_id],)}) if case.source_id in chosen else case for case in cases
    ]


def _referral(random: Random, case: HistoricCase, last_day: date, *, upheld: bool) -> HistoricOmbudsman | None:
    assert case.closed_on is not None
    if random.random() < 0.25:
        # Too early: the Ombudsman sends it back, for the council has not answered yet.
        notified = after(case.received_on, random.randint(2, 9))
        decided, decision = after(notified, random.randint(3, 15)), pick(random, chances.PREMATURE)
        if notified > case.closed_on:
            return None
    else:
        notified = after(case.closed_on, random.randint(5, 70))
        decided, decision = after(notified, random.randint(12, 120)), pick(random, chances.FINAL)
    if decision is OmbudsmanDecision.UPHELD and not upheld:
        decision = OmbudsmanDecision.CLOSED_AFTER_ENQUIRIES
    return None if decided > last_day else HistoricOmbudsman(received_on=notified, decided_on=decided, decision=decision)
