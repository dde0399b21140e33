"""Referrals to the Ombudsman by the year the council was notified of them, and decisions by the year they were made.

The two are different cohorts: a decision of one year is often on a complaint received in another.
"""

from __future__ import annotations

from services.reporting.measures.cells import Cells, add
from services.reporting.measures.cohorts import yes_no
from shared.calendar.london import financial_year
from shared.events.codes import OmbudsmanDecision
from shared.events.facts import UNKNOWN, CaseFacts


def count_ombudsman(cells: Cells, facts: CaseFacts) -> None:
    """Each referral once, and each decision once by its category; an upheld one by whether a suitable remedy had been offered
    before, where that is stated."""
    for referral in facts.ombudsman:
        statutory = f"statutory={yes_no(facts.statutory)}"
        received, base = financial_year(referral.received_on), f"ombudsman-received|{facts.procedure}"
        add(cells, received, base)
        add(cells, received, f"{base}|{statutory}")
        if referral.decided_on is not None:
            decided, base = financial_year(referral.decided_on), f"ombudsman-decided|{facts.procedure}"
            add(cells, decided, base)
            add(cells, decided, f"{base}|{statutory}")
            add(cells, decided, f"{base}|decision={referral.decision or UNKNOWN}")
            if referral.decision is OmbudsmanDecision.UPHELD and referral.satisfactory_remedy is not None:
                add(cells, decided, f"{base}|satisfactory_remedy={yes_no(referral.satisfactory_remedy)}")
