"""The code lists that stand on topics. Council-editable taxonomies are `Code`s; what the law or the engine fixes is an enum."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
"""A lower-case slug from a council-editable list. Never free text, so never personal data."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Marks a field of codes with the council's lists that have them, by name; `of_compliments` where those of a compliment are
    others. `shared.taxonomy.codes` holds what is given against them.
    """

    names: tuple[str, ...]
    of_compliments: tuple[str, ...] = ()

    def lists(self, *, compliment: bool) -> tuple[str, ...]:
        return self.of_compliments if compliment and self.of_compliments else self.names


ServiceArea = Annotated[Code, Listed(("service-areas",))]
District = Annotated[Code, Listed(("districts",))]
ComplainantType = Annotated[Code, Listed(("complainant-types",))]
Procedure = Annotated[Code, Listed(("procedures",))]
Theme = Annotated[Code, Listed(("themes",), of_compliments=("compliment-themes",))]
RefusalReason = Annotated[Code, Listed(("refusal-reasons",))]
RemedyType = Annotated[Code, Listed(("remedy-types",))]
StageCode = Annotated[Code, Listed(("stages",))]
LearningTag = Annotated[Code, Listed(("themes", "learning-action-types"))]
LearningAction = Annotated[Code, Listed(("learning-action-types",))]
NoLessonReason = Annotated[Code, Listed(("no-lesson-reasons",))]
"""Codes of the council's lists, as fields of what people and systems hand in."""


OmbudsmanReference = Annotated[str, StringConstraints(pattern=r"^[0-9]{2} [0-9]{3} [0-9]{3}$")]
"""How the Ombudsman numbers its cases, such as `24 017 112`: digits only, so never personal data."""


class Kind(StrEnum):
    COMPLAINT = "complaint"
    COMPLIMENT = "compliment"
    COMMENT = "comment"
    SERVICE_REQUEST = "service-request"
    ENQUIRY = "enquiry"


class Channel(StrEnum):
    WEB = "web-form"
    EMAIL = "email"
    TELEPHONE = "telephone"
    LETTER = "letter"
    FACE_TO_FACE = "face-to-face"
    SOCIAL_MEDIA = "social-media"
    APP = "app"
    VIA_COUNCILLOR = "via-councillor-or-mp"
    VIA_OMBUDSMAN = "via-ombudsman"
    VIA_PARTNER = "via-nhs-or-partner"
    SURVEY = "survey"
    ADVOCATE = "third-party-or-advocate"
    API = "api"


class Status(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Outcome(StrEnum):
    UPHELD = "upheld"
    PARTLY_UPHELD = "partly-upheld"
    NOT_UPHELD = "not-upheld"
    NO_FINDING = "no-finding"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    OUT_OF_JURISDICTION = "out-of-jurisdiction"
    REFUSED = "refused"
    TRANSFERRED = "transferred"


class Timeliness(StrEnum):
    WITHIN_STANDARD = "within-standard"
    WITHIN_EXTENSION = "within-extension"
    LATE = "late"


class OmbudsmanDecision(StrEnum):
    """The six decision categories of the Ombudsman's published data."""

    INVALID = "invalid-or-incomplete"
    ADVICE = "advice-given"
    REFERRED_BACK = "referred-back"
    CLOSED_AFTER_ENQUIRIES = "closed-after-initial-enquiries"
    UPHELD = "upheld"
    NOT_UPHELD = "not-upheld"


class Provenance(StrEnum):
    """Where a case's record comes from, so that a figure can show which records it counts."""

    LIVE = "live"
    IMPORTED = "imported"
    SAMPLE = "sample"
