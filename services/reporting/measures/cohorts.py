"""The two cohorts, received and closed, of complaints and of enquiries, and the other kinds of feedback as they were received.

They are kept apart: a complaint received in March and closed in May belongs to one year's received and to the next
year's closed, and a percentage never mixes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.reporting.measures.cells import Cells, add
from shared.calendar.london import financial_year
from shared.events.codes import Kind, Outcome
from shared.events.facts import UNKNOWN, CaseFacts

REOPENED = "reopened"
"""The outcome of a closing that a later re-opening set aside. So a final outcome counts once, in its own year."""

OTHER_KINDS = {
    Kind.COMPLIMENT: "compliments",
    Kind.COMMENT: "comments",
    Kind.SERVICE_REQUEST: "service-requests",
    Kind.ENQUIRY: "enquiries",
}


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def count_received(cells: Cells, facts: CaseFacts) -> None:
    """Everything by the financial year of receipt: complaints as `received`, other kinds under their own names."""
    year = financial_year(facts.received_on)
    if facts.kind is Kind.COMPLAINT:
        _count(cells, year, f"received|{facts.procedure}", (*_common(facts), *_of_complaints(facts)))
    else:
        _count(cells, year, f"{OTHER_KINDS[facts.kind]}|{facts.procedure}", _common(facts))


def count_merged(cells: Cells, facts: CaseFacts) -> None:
    """A case that is merged into another, by the financial year in which it was received."""
    _count(cells, financial_year(facts.received_on), f"merged|{facts.procedure}", (f"kind={facts.kind}",))


def count_closed(cells: Cells, facts: CaseFacts) -> None:
    """Complaints and enquiries by the financial year of each closing; the two are never mixed."""
    if facts.kind not in {Kind.COMPLAINT, Kind.ENQUIRY}:
        return
    for number, opening in enumerate(facts.openings, start=1):
        if opening.closed_on is None:
            continue
        last = number == len(facts.openings)
        year = financial_year(opening.closed_on)
        if facts.kind is Kind.ENQUIRY:
            _count(cells, year, f"enquiries-closed|{facts.procedure}", _of_ending(facts, last=last))
            continue
        marginals = (*_common(facts), *_of_complaints(facts), *_of_closing(facts, last=last))
        _count(cells, year, f"closed|{facts.procedure}", marginals)


def _count(cells: Cells, year: str, base: str, marginals: Iterable[str]) -> None:
    add(cells, year, base)
    for marginal in marginals:
        add(cells, year, f"{base}|{marginal}")


def _themes(facts: CaseFacts) -> tuple[str, ...]:
    return tuple(dict.fromkeys(facts.themes)) or (UNKNOWN,)


def _common(facts: CaseFacts) -> Iterator[str]:
    yield f"service_area={facts.service_area}"
    yield f"district={facts.district}"
    yield f"channel={facts.channel}"
    yield f"provenance={facts.provenance}"
    for theme in _themes(facts):
        yield f"theme={theme}"
        yield f"service_area={facts.service_area}|theme={theme}"


def _of_complaints(facts: CaseFacts) -> Iterator[str]:
    yield f"complainant_type={facts.complainant_type}"
    yield f"stage={facts.stage or 'none'}"
    yield f"formal={yes_no(facts.formal)}"
    yield f"statutory={yes_no(facts.statutory)}"
    yield f"joint_nhs={yes_no(facts.joint_nhs)}"
    yield f"rulebook={facts.rulebook}"


def _of_closing(facts: CaseFacts, *, last: bool) -> Iterator[str]:
    outcome = (facts.outcome or UNKNOWN) if last else REOPENED
    yield f"outcome={outcome}"
    yield f"service_area={facts.service_area}|outcome={outcome}"
    yield f"formal={yes_no(facts.formal)}|outcome={outcome}"
    if last:
        yield f"timeliness={facts.timeliness or 'no-timescale'}"
        if outcome == Outcome.REFUSED:
            yield f"refusal_reason={facts.refusal_reason or UNKNOWN}"


def _of_ending(facts: CaseFacts, *, last: bool) -> Iterator[str]:
    # Most enquiries end with an answer and no finding: that is an ending, not something unknown.
    outcome = (facts.outcome or "none") if last else REOPENED
    yield f"outcome={outcome}"
    if outcome == Outcome.REFUSED:
        yield f"refusal_reason={facts.refusal_reason or UNKNOWN}"
