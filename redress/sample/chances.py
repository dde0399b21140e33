"""How often what happens in the sample. All of it is plausible, none of it was published.

The codes are those of `shared.taxonomy`; the weights need not add up to anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from shared.events.codes import Channel, OmbudsmanDecision, Outcome

Weights = dict[str, float]

DISTRICTS: Final[Weights] = {
    "lancaster": 14, "preston": 15, "chorley": 12, "west-lancashire": 11, "south-ribble": 11, "wyre": 11,
    "pendle": 9, "burnley": 9, "fylde": 8, "hyndburn": 8, "rossendale": 7, "ribble-valley": 6,
    "out-of-county": 3, "unknown": 4,
}  # fmt: skip

CHANNELS: Final[dict[Channel, float]] = {
    Channel.WEB: 40, Channel.EMAIL: 32, Channel.TELEPHONE: 15, Channel.LETTER: 5, Channel.FACE_TO_FACE: 1,
    Channel.VIA_COUNCILLOR: 4, Channel.ADVOCATE: 2, Channel.VIA_PARTNER: 1,
}  # fmt: skip

COMPLIMENT_THEMES: Final[Weights] = {
    "kind-and-professional-staff": 40, "good-communication": 14, "speed": 12, "quality": 14, "extra-mile": 10,
    "good-outcome": 8, "service-improvement": 2,
}  # fmt: skip

ACTIONS: Final[Weights] = {
    "apologise-or-explain": 16, "process-change": 12, "policy-revision": 6, "staff-training": 14,
    "individual-supervision": 6, "system-change": 4, "information-change": 8, "provider-change": 6,
    "audit-or-review": 5, "reimbursement-rule-change": 1,
}  # fmt: skip

REFUSALS: Final[Weights] = {
    "out-of-time": 5, "court-tribunal-or-appeal": 6, "insurance-claim": 4, "not-our-service": 4,
    "already-considered": 3, "no-standing-or-consent": 4,
}  # fmt: skip

FINDINGS: Final[dict[Outcome, float]] = {
    Outcome.UPHELD: 20, Outcome.PARTLY_UPHELD: 31, Outcome.NOT_UPHELD: 41, Outcome.NO_FINDING: 8,
}  # fmt: skip
SETTLED: Final[dict[Outcome, float]] = {
    Outcome.RESOLVED: 78, Outcome.UPHELD: 6, Outcome.PARTLY_UPHELD: 4, Outcome.NOT_UPHELD: 12,
}  # fmt: skip

PREMATURE: Final[dict[OmbudsmanDecision, float]] = {
    OmbudsmanDecision.REFERRED_BACK: 7, OmbudsmanDecision.ADVICE: 2, OmbudsmanDecision.INVALID: 1,
}  # fmt: skip
FINAL: Final[dict[OmbudsmanDecision, float]] = {
    OmbudsmanDecision.CLOSED_AFTER_ENQUIRIES: 40, OmbudsmanDecision.UPHELD: 26,
    OmbudsmanDecision.NOT_UPHELD: 11, OmbudsmanDecision.INVALID: 9, OmbudsmanDecision.ADVICE: 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage's clocks in working days, and how often it keeps them. `extended`: the furthest agreed day."""

    code: str
    standard: int
    extended: int
    acknowledge: int
    in_time: float
    in_extension: float
    goes_on: float = 0.0
    findings: dict[Outcome, float] = field(default_factory=lambda: FINDINGS)


@dataclass(frozen=True, slots=True)
class Profile:
    """What complaints under one procedure are about, who makes them and how they go."""

    procedure: str
    services: Weights
    themes: Weights
    complainants: Weights
    stages: tuple[Stage, ...]
    withdrawn: float = 0.0
    refused: float = 0.0


_EDUCATION: Final[Weights] = {
    "send": 58, "inclusion": 8, "admissions": 7, "school-transport": 16, "attendance": 4, "early-years": 2,
}  # fmt: skip
_CHILDRENS_CARE: Final[Weights] = {
    "csc-front-door": 10, "csc-child-in-need": 18, "csc-child-protection": 16, "csc-looked-after": 20,
    "csc-fostering": 6, "csc-adoption": 3, "csc-leaving-care": 7, "csc-disabled-children": 8,
    "csc-special-guardianship": 5, "csc-family-support": 7,
}  # fmt: skip

CHILDRENS_STATUTORY: Final = Profile(
    procedure="childrens-statutory",
    services=_CHILDRENS_CARE,
    themes={
        "social-work-practice": 20, "poor-communication": 18, "not-kept-informed": 8, "contact-arrangements": 9,
        "reports": 6, "information-inaccurate": 8, "placement": 6, "change-of-worker": 6, "delay": 6,
        "staff-conduct": 8, "disagree-decision": 8, "safeguarding-process": 4,
    },
    complainants={
        "parent": 70, "child-looked-after": 8, "care-leaver": 5, "foster-carer": 5, "special-guardian": 5,
        "sufficient-interest": 5, "advocate": 2,
    },
    stages=(
        Stage("stage-1", 10, 20, 2, in_time=0.52, in_extension=0.26, goes_on=0.10),
        Stage("stage-2", 25, 65, 2, in_time=0.20, in_extension=0.48, goes_on=0.28),
        Stage("stage-3", 50, 50, 2, in_time=0.75, in_extension=0.0),
    ),
    withdrawn=0.04,
    refused=0.03,
)  # fmt: skip

CHILDRENS_NON_STATUTORY: Final = Profile(
    procedure="childrens-non-statutory",
    services={**_EDUCATION, "csc-front-door": 3, "csc-child-protection": 6},
    themes={
        "ehcp": 34, "delay": 18, "poor-communication": 15, "alternative-provision": 8, "transport": 9,
        "disagree-decision": 8, "service-not-provided": 6, "not-kept-informed": 6, "staff-conduct": 3,
    },
    complainants={"parent": 92, "family-member": 4, "advocate": 2, "councillor-or-mp": 2},
    stages=(
        Stage("stage-1", 20, 30, 3, in_time=0.58, in_extension=0.17, goes_on=0.13),
        Stage("stage-2", 20, 40, 3, in_time=0.46, in_extension=0.28),
    ),
    withdrawn=0.03,
    refused=0.03,
)  # fmt: skip

ADULTS: Final = Profile(
    procedure="adults-statutory",
    services={
        "asc-assessment": 22, "asc-safeguarding": 5, "asc-home-care": 14, "asc-residential": 11,
        "asc-equipment": 8, "asc-finance": 20, "asc-direct-payments": 4, "asc-commissioning": 2,
        "asc-hospital-discharge": 5, "asc-learning-disability": 7, "asc-carers": 2,
    },
    themes={
        "support-planning": 14, "finance-charging": 19, "social-work-practice": 12, "poor-communication": 16,
        "delay": 11, "disagree-assessment": 8, "provider-quality": 8, "staff-conduct": 5, "missed-visit": 3,
        "equipment-adaptations": 4, "not-kept-informed": 5, "information-inaccurate": 2,
    },
    complainants={"family-member": 56, "service-user": 22, "representative": 9, "carer": 9, "advocate": 4},
    # The law sets no number of days for the response: the period is agreed, and 25 working days is a usual one.
    stages=(Stage("local-resolution", 25, 45, 3, in_time=0.55, in_extension=0.22),),
    withdrawn=0.04,
    refused=0.02,
)  # fmt: skip

_CORPORATE_SERVICES: Final[Weights] = {
    "potholes": 27, "drainage": 7, "street-lighting": 5, "parking-and-traffic": 9, "roadworks": 8,
    "rights-of-way": 4, "winter-service": 2, "bus-services": 5, "recycling-centres": 8, "flood-risk": 2,
    "libraries": 4, "museums": 1, "registration": 3, "planning": 1, "trading-standards": 2,
    "public-health-services": 1, "finance": 3, "legal": 1, "property": 2, "customer-contact": 5,
}  # fmt: skip
_CORPORATE_THEMES: Final[Weights] = {
    "road-condition": 24, "repair-quality": 10, "delay": 17, "poor-communication": 14, "staff-conduct": 9,
    "service-quality": 9, "not-kept-informed": 7, "policy-objection": 6, "disagree-decision": 4,
}  # fmt: skip
_CORPORATE_PEOPLE: Final[Weights] = {
    "resident": 84, "business-or-organisation": 5, "visitor": 4, "councillor-or-mp": 5, "other": 2,
}  # fmt: skip

CORPORATE_FORMAL: Final = Profile(
    procedure="corporate",
    services=_CORPORATE_SERVICES,
    themes=_CORPORATE_THEMES,
    complainants=_CORPORATE_PEOPLE,
    stages=(
        Stage("stage-1", 20, 30, 3, in_time=0.68, in_extension=0.12, goes_on=0.18),
        Stage("stage-2", 20, 40, 3, in_time=0.55, in_extension=0.25),
    ),
    withdrawn=0.03,
    refused=0.03,
)
CORPORATE_INFORMAL: Final = Profile(
    procedure="corporate",
    services=_CORPORATE_SERVICES,
    themes=_CORPORATE_THEMES,
    complainants=_CORPORATE_PEOPLE,
    stages=(Stage("informal", 10, 20, 3, in_time=0.86, in_extension=0.03, findings=SETTLED),),
)

COMPLIMENT_SERVICES: Final[dict[str, Weights]] = {
    "childrens": {**_CHILDRENS_CARE, "send": 14, "inclusion": 9, "early-years": 3},
    "adults": {**ADULTS.services, "asc-equipment": 40, "asc-carers": 8},
    "corporate": {**_CORPORATE_SERVICES, "libraries": 22, "registration": 14, "public-health-services": 6},
}
