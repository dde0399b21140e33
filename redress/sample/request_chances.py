"""How often what happens to requests, letters and remedies in the sample. All of it is plausible, none of it was published.

The codes are those of `shared.taxonomy`; the weights need not add up to anything. Limits are those of the rulebooks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from redress.sample.chances import ADULTS, COMPLIMENT_SERVICES, CORPORATE_FORMAL, Weights
from redress.sample.working_days import ENGLAND, UNITED_KINGDOM, after, months_after
from shared.calendar.holidays import CalendarName
from shared.events.codes import Channel, Outcome

BY_MAIL: Final[dict[Channel, float]] = {Channel.EMAIL: 68, Channel.WEB: 24, Channel.LETTER: 8}
BY_LETTER: Final[dict[Channel, float]] = {Channel.EMAIL: 72, Channel.LETTER: 22, Channel.VIA_COUNCILLOR: 6}

REVIEWED: Final[dict[Outcome, float]] = {
    Outcome.UPHELD: 18, Outcome.PARTLY_UPHELD: 27, Outcome.NOT_UPHELD: 55,
}  # fmt: skip

_ALL_SERVICES: Final[Weights] = {
    **CORPORATE_FORMAL.services, "send": 16, "admissions": 4, "school-transport": 6, "csc-looked-after": 6,
    "asc-commissioning": 6, "asc-residential": 5, "finance": 12, "legal": 4, "property": 6, "planning": 3,
}  # fmt: skip
_RECORDS: Final[Weights] = {
    **{code: weight for code, weight in COMPLIMENT_SERVICES["childrens"].items() if code.startswith("csc-")},
    **ADULTS.services, "send": 18, "customer-contact": 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """Time to answer: so many of a unit, and so many more at most when it is extended."""

    standard: int
    longer: int = 0
    calendar: CalendarName = ENGLAND
    months: bool = False

    def from_(self, day: date, *, extended: bool = False) -> date:
        amount = self.standard + (self.longer if extended else 0)
        return months_after(day, amount) if self.months else after(day, amount, self.calendar)


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests or letters under one procedure: who asks about what, and how they are answered.

    `in_time` and `in_extension` are the shares answered so; the others are late. `acknowledge` is the limit in working days.
    `refusals` are the reasons of the share that is `refused`; `review` is the limit of the share that is `reviewed`.
    """

    procedure: str
    stage: str
    prefix: str
    limit: Limit
    in_time: float
    in_extension: float
    services: Weights
    people: Weights
    channels: dict[Channel, float]
    acknowledge: int | None = None
    withdrawn: float = 0.02
    refused: float = 0.0
    refusals: Weights | None = None
    reviewed: float = 0.0
    review: Limit | None = None


FOI: Final = Asked(
    procedure="freedom-of-information",
    stage="request",
    prefix="foi",
    limit=Limit(20, 20, UNITED_KINGDOM),
    in_time=0.82,
    in_extension=0.05,
    services=_ALL_SERVICES,
    people={"resident": 48, "business-or-organisation": 30, "other": 16, "unknown": 6},
    channels=BY_MAIL,
    refused=0.22,
    refusals={"exemption": 64, "cost-limit": 29, "unreasonable-or-repeated": 7},
    reviewed=0.07,
    review=Limit(20, 20, UNITED_KINGDOM),
)
EIR: Final = Asked(
    procedure="environmental-information",
    stage="request",
    prefix="eir",
    limit=Limit(20, 20, UNITED_KINGDOM),
    in_time=0.80,
    in_extension=0.08,
    services={
        "drainage": 14,
        "flood-risk": 16,
        "rights-of-way": 12,
        "planning": 18,
        "potholes": 8,
        "roadworks": 8,
        "property": 6,
    },
    people={"resident": 46, "business-or-organisation": 46, "other": 8},
    channels=BY_MAIL,
    refused=0.11,
    refusals={"exemption": 62, "unreasonable-or-repeated": 20, "too-general": 18},
    reviewed=0.09,
    review=Limit(40, 0, UNITED_KINGDOM),
)
SAR: Final = Asked(
    procedure="subject-access",
    stage="request",
    prefix="sar",
    limit=Limit(1, 2, months=True),
    in_time=0.60,
    in_extension=0.22,
    services=_RECORDS,
    people={
        "care-leaver": 24,
        "parent": 26,
        "service-user": 18,
        "representative": 16,
        "family-member": 10,
        "resident": 6,
    },
    channels=BY_MAIL,
    withdrawn=0.05,
    refused=0.05,
    refusals={"no-standing-or-consent": 60, "exemption": 28, "unreasonable-or-repeated": 12},
    reviewed=0.05,
    review=Limit(20),
)
MP: Final = Asked(
    procedure="mp-correspondence",
    stage="correspondence",
    prefix="mp",
    limit=Limit(10, 10),
    in_time=0.71,
    in_extension=0.11,
    services={**_ALL_SERVICES, "potholes": 30, "send": 26},
    people={"councillor-or-mp": 1},
    channels=BY_LETTER,
    acknowledge=2,
)
EXECUTIVE: Final = Asked(
    procedure="executive-correspondence",
    stage="correspondence",
    prefix="ec",
    limit=Limit(10, 10),
    in_time=0.68,
    in_extension=0.14,
    services=_ALL_SERVICES,
    people={"resident": 58, "business-or-organisation": 20, "councillor-or-mp": 14, "other": 8},
    channels=BY_LETTER,
    acknowledge=2,
)
ALL: Final = (FOI, EIR, SAR, MP, EXECUTIVE)

REMEDIES: Final[Weights] = {
    "apology": 34, "financial-remedy": 30, "change-policy-or-procedure": 11, "training-or-guidance": 10,
    "reconsider-decision": 6, "provide-services": 5, "action-on-delay": 4,
}  # fmt: skip
REMEDY_WEEKS: Final[dict[int, float]] = {4: 62, 8: 18, 12: 20}
"""The Ombudsman names a month for what concerns one person, and up to three for what is changed."""

OWN_REMEDIES: Final[Weights] = {
    "apology": 38, "explanation-assistance-or-reasons": 19, "action-on-delay": 12, "training-or-guidance": 9,
    "change-policy-or-procedure": 7, "reconsider-decision": 6, "amend-record": 5, "financial-remedy": 4,
}  # fmt: skip
OWN_REMEDY_WEEKS: Final[dict[int, float]] = {2: 40, 4: 42, 8: 18}

REMEDY_LATE: Final = 0.17
REMEDY_NOT_DONE: Final = 0.04
SATISFACTORY: Final = 0.11
"""The share of upheld decisions in which the council had offered a suitable remedy before."""
