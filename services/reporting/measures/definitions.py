"""Every measure with its definition, source and version. What the API, the page and docs/reporting.md print."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict

MEASURES_VERSION: Final = 5
"""Version of the whole set. A generation of aggregates folded under another version is rebuilt at start."""

LEVELS: Final = frozenset({"stock-carried"})
"""Measures of what stands at a month's end: a quarter or a year has that of its last month. All others add up."""


class Definition(BaseModel):
    """What one measure counts. `cohort` is the London day that decides in which month, and so in which quarter and year;
    `version` rises when the same facts would count differently."""

    model_config = ConfigDict(frozen=True)

    id: str
    label: str
    cohort: str
    counts: str
    dimensions: tuple[str, ...] = ()
    source: str
    version: int = 1


DUE: Final = frozenset({"acknowledgement", "track-due"})
"""Measures that count in the month of a deadline, which may lie ahead. What all others count has happened."""

HAPPENED: Final[dict[str, tuple[str, ...]]] = {
    "stock-received": ("kind",),
    "stock-reopened": ("kind",),
    "stock-closed": ("kind",),
    "stage-started": ("stage",),
    "stage-responded": ("stage",),
    "track-begun": ("track",),
    "track-ended": ("track",),
    "ombudsman-received": (),
    "ombudsman-decided": (),
    "lessons-requested": (),
    "lessons-decided": (),
}
"""Measures and the dimensions of the cells in which everything that happened counts just once."""

_WHERE = ("service_area", "district", "channel", "theme", "provenance", "service_area x theme")
_COMPLAINT = ("complainant_type", "stage", "formal", "statutory", "joint_nhs", "rulebook")
_CHILDRENS = "SI 2006/1738 regulation 13"
_ADULTS = "SI 2009/309 regulation 18"
_CODE = "Ombudsman's Complaint Handling Code, section 8"
_REQUESTS = "Freedom of Information Act 2000; SI 2004/3391; UK GDPR"
_STAGES = "each stage of a complaint, and the request, review and correspondence stages of information requests and of letters"
_TRACKS = "Local Government Act 1974; SI 2009/309 regulation 9; Complaint Handling Code; Ombudsman's published data on remedies"

DEFINITIONS: Final = (
    Definition(
        id="received",
        label="Complaints received",
        cohort="day of receipt",
        counts="each complaint once, by the London day it was received, whether or not it was later "
        "refused or withdrawn; a complaint moved to another procedure counts under the one it is in now",
        dimensions=(*_WHERE, *_COMPLAINT),
        source=f"{_CHILDRENS}; {_ADULTS}; {_CODE}",
    ),
    Definition(
        id="closed",
        label="Complaints closed",
        cohort="day of each closing",
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
        cohort="day of receipt",
        counts="each compliment once",
        dimensions=_WHERE,
        source="council's own definition: unsolicited praise, thanks or satisfaction",
    ),
    Definition(
        id="comments",
        label="Comments received",
        cohort="day of receipt",
        counts="each suggestion for change or improvement once",
        dimensions=_WHERE,
        source="council's own definition",
    ),
    Definition(
        id="service-requests",
        label="Service requests received",
        cohort="day of receipt",
        counts="each request to provide or improve a service, fix a problem or reconsider a decision; not a complaint",
        dimensions=_WHERE,
        source="Ombudsman's Complaint Handling Code, section 1",
    ),
    Definition(
        id="enquiries",
        label="Enquiries received",
        cohort="day of receipt",
        counts="each enquiry once; information requests and letters are enquiries under a procedure of their own",
        dimensions=_WHERE,
        source="council's own definition",
    ),
    Definition(
        id="enquiries-closed",
        label="Enquiries closed",
        cohort="day of each closing",
        counts="each closing of an enquiry; one that was re-opened, as by an internal review, and closed again counts twice, "
        "and its first closing then has the outcome `reopened`",
        dimensions=("outcome", "refusal_reason"),
        source=_REQUESTS,
    ),
    Definition(
        id="merged",
        label="Merged into another complaint",
        cohort="day of receipt",
        counts="complaints merged into another as the same matter; they count there, and in nothing else here until they are "
        "separated again",
        dimensions=("kind",),
        source="council's own definition",
    ),
    Definition(
        id="stage-started",
        label="Stages begun",
        cohort="day the stage began",
        counts=f"{_STAGES}; each once; an early part of a case that was resolved before any stage has none",
        dimensions=("stage",),
        source=f"{_CHILDRENS}; {_CODE}; {_REQUESTS}",
        version=2,
    ),
    Definition(
        id="acknowledgement",
        label="Acknowledgements",
        cohort="day the acknowledgement was due",
        counts="each acknowledgement with a deadline, of complaints, information requests and letters: in time (on or before its "
        "London day), late, awaited, or not needed (answered, left or closed before it was due); what ended without one after the "
        "deadline is late; the percentage is of those in time and late",
        dimensions=("stage", "acknowledged"),
        source="SI 2009/309 regulation 13; Ombudsman's Complaint Handling Code, section 6",
        version=3,
    ),
    Definition(
        id="stage-responded",
        label="Responses",
        cohort="day of the response",
        counts="each response to a stage of a complaint, an information request or a letter: within the timescale (the standard "
        "one, or the period agreed where no law sets any), within an agreed extension, or late; an extension notified after the "
        "deadline does not count, the response is late",
        dimensions=("stage", "timeliness", "outcome"),
        source=f"{_CHILDRENS}; {_CODE}; {_REQUESTS}",
        version=2,
    ),
    Definition(
        id="stage-days",
        label="Days to respond",
        cohort="day of the response",
        counts="each response by the calendar days from the start of the stage to it, also those on which its clock stood still: "
        "the average, the median and percentiles are of these",
        dimensions=("stage x days",),
        source="council's own definition",
        version=3,
    ),
    Definition(
        id="ombudsman-received",
        label="Complaints received by the Ombudsman",
        cohort="day the council was notified",
        counts="each referral of which the council was notified",
        dimensions=("statutory",),
        source=_ADULTS,
    ),
    Definition(
        id="ombudsman-decided",
        label="Ombudsman decisions",
        cohort="day of the decision",
        counts="each decision, in one of the six categories of the Ombudsman's published data; the uphold rate is "
        "upheld over upheld and not upheld, for only those were investigated in detail; an upheld one by whether the council had "
        "offered a suitable remedy before, where that is stated",
        dimensions=("statutory", "decision", "satisfactory_remedy"),
        source="Ombudsman's published decision data",
    ),
    Definition(
        id="track-begun",
        label="Remedies and referrals begun",
        cohort="day it began",
        counts="each run of a track: a referral to the Ombudsman, a remedy, a public-interest report, an NHS body's part in a "
        "joint complaint; by its type where the track has types",
        dimensions=("track", "track x kind"),
        source=_TRACKS,
    ),
    Definition(
        id="track-ended",
        label="Remedies and referrals ended",
        cohort="day it ended",
        counts="each run of a track that has ended, by the state it ended in and the timeliness of its clock",
        dimensions=("track", "track x state", "track x timeliness", "track x kind"),
        source=_TRACKS,
    ),
    Definition(
        id="track-due",
        label="Remedies and referrals due",
        cohort="day of the deadline that holds",
        counts="each run of a track that has a deadline, an agreed later one in place of the first: done in time, done late, "
        "not done (ended without), or awaited",
        dimensions=("track", "track x how", "track x kind", "track x kind x how"),
        source=_TRACKS,
    ),
    Definition(
        id="stock-received",
        label="Cases open: received",
        cohort="day of receipt",
        counts="each case that came in, by kind",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-reopened",
        label="Cases open: re-opened",
        cohort="day of re-opening",
        counts="each re-opening of a closed case",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-closed",
        label="Cases open: closed",
        cohort="day of closing",
        counts="each closing",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-carried",
        label="Cases open at a month's end, closed since",
        cohort="each end of a month that an ended stretch spans",
        counts="each stretch in which a case was open, in every month at whose end it was; a quarter and a year have that of their "
        "last month",
        dimensions=("kind",),
        source="balance of the caseload",
        version=2,
    ),
    Definition(
        id="stock-open-since",
        label="Cases open now",
        cohort="day since when the case is open",
        counts="each case that is open; it stands in the carried-forward of that month and every later one",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="stock-status",
        label="Cases with an open status",
        cohort="day of receipt",
        counts="each case whose status is open",
        dimensions=("kind",),
        source="balance of the caseload",
    ),
    Definition(
        id="lessons-requested",
        label="Learning decisions asked for",
        cohort="day it was asked for",
        counts="each complaint that was upheld or partly upheld",
        dimensions=("service_area", "provenance"),
        source="Ombudsman's Complaint Handling Code, section 9",
    ),
    Definition(
        id="lessons-decided",
        label="Learning decisions made",
        cohort="day of the decision",
        counts="each decision: a lesson, or none with its reason; tags as confirmed by a person",
        dimensions=("service_area", "provenance", "decision", "tag"),
        source="Ombudsman's Complaint Handling Code, section 9",
    ),
    Definition(
        id="actions",
        label="Actions from lessons",
        cohort="day of the decision",
        counts="each action agreed, by type and by how it went, including those not implemented",
        dimensions=("action_type", "status", "action_type x status"),
        source="statutory guidance on children's complaints: learning, and changes that were not made",
    ),
    Definition(
        id="set-aside",
        label="Set aside",
        cohort="none: it stands in no month that a report shows",
        counts="each case and each learning decision with a day before 1900 or after 2100, each case that was closed before it was "
        "opened or after more than 25 years; it counts nowhere else",
        dimensions=("kind",),
        source="balance of the caseload",
        version=2,
    ),
)
