"""Facts and what they count for, as tests of measures and reports make them."""

from __future__ import annotations

from datetime import date

from services.reporting.annual.figures import Figure
from services.reporting.annual.report import AnnualReport
from shared.events.codes import Channel, Kind, Outcome, Status
from shared.events.facts import CaseFacts, OmbudsmanFact, Opening, StageFact
from shared.events.historic import HistoricCase
from shared.taxonomy import load


def as_facts(row: HistoricCase) -> CaseFacts:
    """A row of history as the facts of its case."""
    procedure = load("procedures").get(row.procedure)
    return CaseFacts(
        kind=row.kind,
        procedure=row.procedure,
        rulebook="imported-1",
        status=Status.CLOSED if row.closed_on else Status.OPEN,
        state="closed",
        received_on=row.received_on,
        openings=(Opening(opened_on=row.received_on, closed_on=row.closed_on),),
        channel=row.channel,
        service_area=row.service_area,
        district=row.district,
        themes=row.themes,
        stages=tuple(StageFact.model_validate(stage.model_dump(exclude={"extension_told_on"})) for stage in row.stages),
        outcome=row.outcome,
        formal=row.formal,
        statutory=bool(procedure and procedure.statutory),
        joint_nhs=row.joint_nhs,
        ombudsman=tuple(OmbudsmanFact(number=n, **referral.model_dump()) for n, referral in enumerate(row.ombudsman, start=1)),
        provenance=row.provenance,
    )


def figures(report: AnnualReport) -> dict[str, Figure]:
    ids = [figure.id for figure in report.figures]
    assert len(ids) == len(set(ids)), "an id names one figure"
    return {figure.id: figure for figure in report.figures}


def corporate(**changes: object) -> CaseFacts:
    facts = CaseFacts(
        kind=Kind.COMPLAINT,
        procedure="corporate",
        rulebook="rules-1",
        status=Status.CLOSED,
        state="closed",
        received_on=date(2023, 3, 31),
        openings=(Opening(opened_on=date(2023, 3, 31), closed_on=date(2023, 4, 1)),),
        channel=Channel.EMAIL,
        outcome=Outcome.UPHELD,
    )
    return facts.model_copy(update=changes)
