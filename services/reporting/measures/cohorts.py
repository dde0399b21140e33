"""The two cohorts, received and closed, of complaints and of enquiries, and the other kinds of feedback as they were received.

They are kept apart: a complaint received in March and closed in May belongs to March's received and to May's closed, to one
year's and to the next one's, and a percentage never mixes them.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.reporting.measures.cells import Cells, add
from shared.events.codes import Kind, Outcome
from shared.events.facts import UNKNOWN, CaseFacts

REOPENED = "reopened"
"""The outcome of a closing that a later re-opening set aside. So a final outcome counts once, in its own month."""

OTHER_KINDS = {
    Kind.COMPLIMENT: "compliments",
    Kind.COMMENT: "comments",
    Kind.SERVICE_REQUEST: "service-requests",
    Kind.ENQUIRY: "enquiries",
}


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def count_received(cells: Cells, facts: CaseFacts) -> None:
    """Everything by the day of receipt: complaints as `received`, other kinds under their own names."""
    if facts.kind is Kind.COMPLAINT:
        marginals = (*_common(facts), *_of_complaints(facts))
        add(cells, facts.received_on, "received", facts.procedure, *marginals)
    else:
        add(cells, facts.received_on, OTHER_KINDS[facts.kind], facts.procedure, *_common(facts))


def count_merged(cells: Cells, facts: CaseFacts) -> None:
    """A case that is merged into another, by the day on which it was received."""
    add(cells, facts.received_on, "merged", facts.procedure, {"kind": facts.kind})


def count_closed(cells: Cells, facts: CaseFacts) -> None:
    """Complaints and enquiries by the day of each closing; the two are never mixed."""
    if facts.kind not in {Kind.COMPLAINT, Kind.ENQUIRY}:
        return
    for number, opening in enumerate(facts.openings, start=1):
        if opening.closed_on is None:
            continue
        last = number == len(facts.openings)
        if facts.kind is Kind.ENQUIRY:
            ending = _of_ending(facts, last=last)
            add(cells, opening.closed_on, "enquiries-closed", facts.procedure, *ending)
            continue
        marginals = (*_common(facts), *_of_complaints(facts), *_of_closing(facts, last=last))
        add(cells, opening.closed_on, "closed", facts.procedure, *marginals)


def _themes(facts: CaseFacts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(facts.themes)) or (UNKNOWN,)


def _common(facts: CaseFacts) -> Iterator[dict[str, str]]:
    yield {"service_area": facts.service_area}
    yield {"district": facts.district}
    yield {"channel": facts.channel}
    yield {"provenance": facts.provenance}
    for theme in _themes(facts):
        yield {"theme": theme}
        yield {"service_area": facts.service_area, "theme": theme}


def _of_complaints(facts: CaseFacts) -> Iterator[dict[str, str]]:
    yield {"complainant_type": facts.complainant_type}
    yield {"stage": facts.stage or "none"}
    yield {"formal": yes_no(facts.formal)}
    yield {"statutory": yes_no(facts.statutory)}
    yield {"joint_nhs": yes_no(facts.joint_nhs)}
    yield {"rulebook": facts.rulebook}


def _of_closing(facts: CaseFacts, *, last: bool) -> Iterator[dict[str, str]]:
    outcome = (facts.outcome or UNKNOWN) if last else REOPENED
    yield {"outcome": outcome}
    yield {"service_area": facts.service_area, "outcome": outcome}
    yield {"formal": yes_no(facts.formal), "outcome": outcome}
    if last:
        yield {"timeliness": facts.timeliness or "no-timescale"}
        if outcome == Outcome.REFUSED:
            yield {"refusal_reason": facts.refusal_reason or UNKNOWN}


def _of_ending(facts: CaseFacts, *, last: bool) -> Iterator[dict[str, str]]:
    # Most enquiries end with an answer and no finding: that is an ending, not something unknown.
    outcome = (facts.outcome or "none") if last else REOPENED
    yield {"outcome": outcome}
    if outcome == Outcome.REFUSED:
        yield {"refusal_reason": facts.refusal_reason or UNKNOWN}
