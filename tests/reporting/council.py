"""A small council of two years with everything that a report has a section for. The year is 2024/25, the one before has less."""

from __future__ import annotations

from datetime import date, timedelta

from shared.events.codes import Channel, Kind, OmbudsmanDecision, Outcome, Provenance, Status, Timeliness
from shared.events.facts import CaseFacts, OmbudsmanFact, Opening, StageFact, TrackFact

YEAR, BEFORE = "2024/25", "2023/24"
_IN, _EXTENDED, _LATE = Timeliness.WITHIN_STANDARD, Timeliness.WITHIN_EXTENSION, Timeliness.LATE


def case(procedure: str, received: date, *, days: int | None = 20, **changes: object) -> CaseFacts:
    """A complaint that was closed after so many days; None: it is open."""
    closed = None if days is None else received + timedelta(days=days)
    facts = CaseFacts(
        kind=Kind.COMPLAINT,
        procedure=procedure,
        rulebook="rules-1",
        status=Status.CLOSED if closed else Status.OPEN,
        state="any",
        received_on=received,
        openings=(Opening(opened_on=received, closed_on=closed),),
        channel=Channel.EMAIL,
        service_area="potholes",
        provenance=Provenance.SAMPLE,
    )
    return facts.model_copy(update=changes)


def answered(procedure: str, stage: str, received: date, days: int, how: Timeliness, **changes: object) -> CaseFacts:
    """A request or letter that was answered after so many days."""
    fact = StageFact(
        stage=stage,
        started_on=received,
        due_on=received + timedelta(days=28),
        responded_on=received + timedelta(days=days),
        timeliness=how,
    )
    fields: dict[str, object] = {"kind": Kind.ENQUIRY, "stages": (fact,), **changes}
    return case(procedure, received, days=days, **fields)


def reviewed(facts: CaseFacts, on: date, days: int, how: Timeliness) -> CaseFacts:
    """The request with an internal review after it."""
    over = on + timedelta(days=days)
    review = StageFact(
        stage="internal-review",
        started_on=on,
        responded_on=over,
        outcome=Outcome.NOT_UPHELD,
        timeliness=how,
    )
    return facts.model_copy(
        update={
            "stages": (*facts.stages, review),
            "openings": (*facts.openings, Opening(opened_on=on, closed_on=over)),
            "outcome": Outcome.NOT_UPHELD,
        }
    )


def run(track: str, began: date, due: date | None = None, **changes: object) -> TrackFact:
    return TrackFact(track=track, number=1, state="any", began_on=began, due_on=due, **changes)


def requests() -> list[CaseFacts]:
    """Ten information requests, two data protection complaints, three letters."""
    foi, day = "freedom-of-information", date(2024, 5, 1)
    refused = StageFact(stage="request", started_on=day, due_on=date(2024, 5, 30))
    complaint = StageFact(
        stage="complaint",
        started_on=day,
        acknowledgement_due_on=date(2024, 5, 30),
        acknowledged_on=date(2024, 5, 3),
        responded_on=date(2024, 5, 20),
        timeliness=_IN,
        outcome=Outcome.UPHELD,
    )
    letters = [answered("mp-correspondence", "correspondence", day, n, how) for n, how in ((9, _IN), (30, _LATE))]
    return [
        *(answered(foi, "request", day, 20, _IN) for _ in range(3)),
        answered(foi, "request", day, 40, _EXTENDED),
        reviewed(answered(foi, "request", day, 60, _LATE), date(2024, 8, 1), 30, _IN),
        answered(foi, "request", date(2023, 6, 1), 20, _IN),
        case(
            foi,
            day,
            kind=Kind.ENQUIRY,
            stages=(refused,),
            outcome=Outcome.REFUSED,
            refusal_reason="cost-limit",
        ),
        answered("environmental-information", "request", day, 20, _IN),
        answered("subject-access", "request", day, 25, _IN),
        answered("subject-access", "request", day, 80, _LATE),
        case("data-protection", day, stages=(complaint,), outcome=Outcome.UPHELD),
        case("data-protection", date(2025, 3, 20), days=None),
        *letters,
        answered("executive-correspondence", "correspondence", date(2024, 9, 2), 8, _IN),
    ]


def referred() -> list[CaseFacts]:
    """A referral for each of the six decisions and two more, with four remedies and a public-interest report."""
    notified, decided = date(2024, 4, 10), date(2024, 10, 10)
    decisions = [*OmbudsmanDecision, OmbudsmanDecision.UPHELD, OmbudsmanDecision.UPHELD]
    satisfactory = iter((True, False, None))
    remedies = (
        run("ombudsman-remedy", decided, date(2024, 11, 10), kind="apology", done_on=date(2024, 11, 1)),
        run(
            "ombudsman-remedy",
            decided,
            date(2024, 11, 10),
            kind="financial-remedy",
            done_on=date(2024, 12, 1),
        ),
        run("ombudsman-remedy", decided, date(2025, 1, 10), kind="apology", ended_on=date(2025, 2, 1)),
        run("ombudsman-remedy", decided, date(2025, 3, 31), kind="training-or-guidance"),
        run("ombudsman-remedy", decided, date(2025, 4, 30), kind="other"),
        run(
            "ombudsman-report",
            decided,
            date(2025, 1, 10),
            done_on=date(2024, 12, 12),
            ended_on=date(2024, 12, 12),
        ),
    )
    return [
        case(
            "corporate",
            date(2024, 1, 10),
            ombudsman=(
                OmbudsmanFact(
                    number=1,
                    received_on=notified,
                    decided_on=decided,
                    decision=decision,
                    satisfactory_remedy=next(satisfactory) if decision is OmbudsmanDecision.UPHELD else None,
                ),
            ),
            tracks=remedies if n == 0 else (),
            outcome=Outcome.UPHELD,
        )
        for n, decision in enumerate(decisions)
    ]


def joint() -> list[CaseFacts]:
    """Two joint complaints with three NHS bodies' parts in them, and one of the council alone with two remedies of its own."""
    day = date(2024, 6, 3)
    parts = (
        run("nhs-body", day, date(2024, 7, 1), kind="acute-trust", done_on=date(2024, 6, 20)),
        run("nhs-body", day, date(2024, 7, 1), kind="ambulance-trust", done_on=date(2024, 7, 20)),
    )
    own = (
        run(
            "remedy",
            day,
            date(2024, 7, 1),
            kind="apology",
            done_on=date(2024, 6, 20),
            ended_on=date(2024, 6, 20),
        ),
        run("remedy", day, date(2024, 9, 1), kind="change-policy-or-procedure"),
    )
    return [
        case("adults-statutory", day, statutory=True, joint_nhs=True, tracks=parts),
        case(
            "adults-statutory",
            day,
            days=None,
            statutory=True,
            joint_nhs=True,
            tracks=(run("nhs-body", date(2024, 8, 1), date(2024, 9, 1), kind="acute-trust"),),
        ),
        case("adults-statutory", day, statutory=True, tracks=own),
        case("adults-statutory", day, statutory=True, merged=True),
    ]


def council() -> list[CaseFacts]:
    """Every case."""
    return [*requests(), *referred(), *joint(), case("corporate", date(2023, 5, 2))]
