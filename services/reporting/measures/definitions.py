"""Every measure with its definition, source and version. What the API, the page and docs/reporting.md print."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

MEASURES_VERSION: Final = 1
"""Version of the whole set. A generation of aggregates folded under another version is rebuilt at start."""


class Definition(BaseModel):
    """What one measure counts. `version` rises when the same facts would count differently."""

    model_config = ConfigDict(frozen=True)

    id: str
    label: str
    cohort: str
    counts: str
    dimensions: tuple[str, ...] = ()
    source: str
    version: int = 1


_WHERE = ("service_area", "district", "channel", "theme", "provenance", "service_area x theme")
_COMPLAINT = ("complainant_type", "stage", "formal", "statutory", "joint_nhs")
_CHILDRENS = "SI 2006/1738 regulation 13"
_ADULTS = "SI 2009/309 regulation 18"
_CODE = "Ombudsman's Complaint Handling Code, section 8"

DEFINITIONS: Final = (
    Definition(
        id="received",
        label="Complaints received",
        cohort="year of receipt",
        counts="each complaint once, in the year of the London day it was received, whether or not it was later "
        "refused or withdrawn; a complaint moved to another procedure counts under the one it is in now",
        dimensions=(*_WHERE, *_COMPLAINT),
        source=f"{_CHILDRENS}; {_ADULTS}; {_CODE}",
    ),
    Definition(
        id="closed",
        label="Complaints closed",
        cohort="year of each closing",
        counts="each closing of a complaint; one that was re-opened and closed again counts twice, and its first "
        "closing then has the outcome `reopened`, so that an outcome counts once",
        dimensions=(
            *_WHERE,
            *_COMPLAINT,
            "outcome",
            "timeliness",
            "refusal_reason",
            "service_area x outcome",
        ),
        source=f"{_CHILDRENS}; {_ADULTS}; {_CODE}",
    ),
    Definition(
        id="compliments",
        label="Compliments received",
        cohort="year of receipt",
        counts="each compliment once",
        dimensions=_WHERE,
        source="council's own definition: unsolicited praise, thanks or satisfaction",
    ),
    Definition(
        id="comments",
        label="Comments received",
        cohort="year of receipt",
        counts="each suggestion for change or improvement once",
        dimensions=_WHERE,
        source="council's own definition",
    ),
    Definition(
        id="service-requests",
        label="Service requests received",
        cohort="year of receipt",
        counts="each request to provide or improve a service, fix a problem or reconsider a decision; not a complaint",
        dimensions=_WHERE,
        source="Ombudsman's Complaint Handling Code, section 1",
    ),
    Definition(
        id="enquiries",
        label="Enquiries received",
        cohort="year of receipt",
        counts="each enquiry once",
        dimensions=_WHERE,
        source="council's own definition",
    ),
    Definition(
        id="stage-started",
        label="Stages begun",
        cohort="year the stage began",
        counts="each stage of each complaint once; an early part of a case that was resolved before any stage has none",
        dimensions=("stage",),
        source=f"{_CHILDRENS}; {_CODE}",
    ),
    Definition(
        id="acknowledgement",
        label="Acknowledgements",
        cohort="year the acknowledgement was due",
        counts="each acknowledgement with a deadline: in time (on or before its London day), late, or awaited; the "
        "percentage leaves out what is still awaited",
        dimensions=("stage", "acknowledged"),
        source="SI 2009/309 regulation 13; Ombudsman's Complaint Handling Code, section 6",
    ),
    Definition(
        id="stage-responded",
        label="Responses",
        cohort="year of the response",
        counts="each response to a stage: within the standard timescale, within an agreed extension, or late; an "
        "extension told after the deadline does not count, the response is late",
        dimensions=("stage", "timeliness", "outcome"),
        source=f"{_CHILDRENS}; {_CODE}",
    ),
    Definition(
        id="stage-days",
        label="Days to respond",
        cohort="year of the response",
        counts="calendar days from the start of a stage to its response, added up; over `stage-responded` it gives the "
        "average",
        dimensions=("stage",),
        source="council's own definition",
    ),
    Definition(
        id="ombudsman-received",
        label="Complaints received by the Ombudsman",
        cohort="year the council was told",
        counts="each referral that the council has been told of",
        dimensions=("statutory",),
        source=_ADULTS,
    ),
    Definition(
        id="ombudsman-decided",
        label="Ombudsman decisions",
        cohort="year of the decision",
        counts="each decision, in one of the six categories of the Ombudsman's published data; the uphold rate is "
        "upheld over upheld and not upheld, for only those were investigated in detail",
        dimensions=("statutory", "decision"),
        source="Ombudsman's published decision data",
    ),
    Definition(
        id="stock-received",
        label="Cases open: received",
        cohort="year of receipt",
        counts="each case that came in, by kind",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-reopened",
        label="Cases open: re-opened",
        cohort="year of re-opening",
        counts="each re-opening of a closed case",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-closed",
        label="Cases open: closed",
        cohort="year of closing",
        counts="each closing",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-carried",
        label="Cases open at the year's end, closed since",
        cohort="each 31 March that an ended stretch spans",
        counts="each stretch in which a case was open, in every year at whose end it was",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-open-since",
        label="Cases open now",
        cohort="year since when the case is open",
        counts="each case that is open; it stands in the carried-forward of that year and every later one",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-status",
        label="Cases that say they are open",
        cohort="year of receipt",
        counts="each case whose status is open",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="lessons-requested",
        label="Learning decisions asked for",
        cohort="year it was asked for",
        counts="each complaint that was upheld or partly upheld",
        dimensions=("service_area", "provenance"),
        source="Ombudsman's Complaint Handling Code, section 9",
    ),
    Definition(
        id="lessons-decided",
        label="Learning decisions made",
        cohort="year of the decision",
        counts="each decision: a lesson, or none with its reason; tags as confirmed by a person",
        dimensions=("service_area", "provenance", "decision", "tag"),
        source="Ombudsman's Complaint Handling Code, section 9",
    ),
    Definition(
        id="actions",
        label="Actions from lessons",
        cohort="year of the decision",
        counts="each action agreed, by type and by how it went, including those not implemented",
        dimensions=("action_type", "status", "action_type x status"),
        source="statutory guidance on children's complaints: learning, and changes that were not made",
    ),
)
