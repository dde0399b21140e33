"""Referrals to the Ombudsman by the day the council was notified of them, and decisions by the day they were made.

The two are different cohorts: a decision of one month is often on a complaint received in another.
"""

from __future__ import annotations

from services.reporting.measures.cells import Cells, add
from services.reporting.measures.cohorts import yes_no
from shared.events.codes import OmbudsmanDecision
from shared.events.facts import UNKNOWN, CaseFacts


def count_ombudsman(cells: Cells, facts: CaseFacts) -> None:
    """Each referral once, and each decision once by its category; an upheld one by whether a suitable remedy had been offered
    before, where that is stated."""
    for referral in facts.ombudsman:
        statutory = {"statutory": yes_no(facts.statutory)}
        add(cells, referral.received_on, "ombudsman-received", facts.procedure, statutory)
        if referral.decided_on is not None:
            marginals = [statutory, {"decision": referral.decision or UNKNOWN}]
            if referral.decision is OmbudsmanDecision.UPHELD and referral.satisfactory_remedy is not None:
                marginals.append({"satisfactory_remedy": yes_no(referral.satisfactory_remedy)})
            add(cells, referral.decided_on, "ombudsman-decided", facts.procedure, *marginals)
