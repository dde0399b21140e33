"""The web form's fields: what a browser sends, checked and worded for the person who filled it in. Pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from services.intake.submissions import NARRATIVE_LIMIT, Submission, usable_address
from shared.events.codes import Kind
from shared.taxonomy.codes import Codes
from shared.visible import says_nothing, without_marks

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22,64}")
KINDS: Final = {
    Kind.COMPLAINT: ("Make a complaint", "You are not satisfied with something we did or did not do"),
    Kind.COMPLIMENT: ("Give a compliment", "Somebody or something was good"),
    Kind.COMMENT: ("Make a comment or suggestion", "You have an idea, or a view you want us to know"),
    Kind.SERVICE_REQUEST: ("Ask for a service", "You want us to do something for the first time"),
    Kind.ENQUIRY: ("Ask a question", "You want to know something"),
}
_LIMITS: Final = {
    "narrative": ("What happened", NARRATIVE_LIMIT),
    "outcome_sought": ("What would put it right", 5000),
    "name": ("Full name", 200),
    "email": ("Email address", 254),
    "telephone": ("Telephone number", 50),
    "address": ("Address", 1000),
    "on_behalf_of": ("The name", 200),
    "adjustments": ("What you need", 2000),
}
_CODES: Final = {"service_area": "service-areas", "district": "districts", "complainant_type": "complainant-types"}
"""The fields that are codes, with their lists."""
FIELDS: Final = ("kind", *_LIMITS, *_CODES)
_ON_THE_PAGE: Final = (
    "kind", "narrative", "outcome_sought", "service_area", "district", "files", "name", "email", "telephone",
    "address", "complainant_type", "on_behalf_of", "adjustments", "send",
)  # fmt: skip


@dataclass(frozen=True)
class FieldError:
    """An error message, and the id of the element that it is about."""

    field: str
    text: str


@dataclass
class FilledForm:
    """A form as it was filled in, and what is wrong with it."""

    token: str
    values: dict[str, str] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)

    def submission(self) -> Submission:
        """The feedback, once there are no errors."""
        return Submission.model_validate({name: value for name, value in self.values.items() if value})

    @property
    def summary(self) -> list[FieldError]:
        """The errors in the order of the page."""
        return sorted(self.errors, key=lambda error: _ON_THE_PAGE.index(error.field))

    def error(self, name: str) -> dict[str, str] | None:
        """A field's error message as the components expect it."""
        return next(({"text": e.text} for e in self.errors if e.field == name), None)


def blank(kind: str | None = None) -> FilledForm:
    """A form with a token of its own, which makes a reload or a double click the same item."""
    values = {"kind": kind} if kind in set(Kind) else {}
    return FilledForm(token=secrets.token_urlsafe(24), values={k: str(v) for k, v in values.items()})


def read(given: Mapping[str, Any], codes: Codes) -> FilledForm:
    """What a browser sent. A token that cannot be one is replaced."""
    token = str(given.get("token", ""))
    filled = FilledForm(token if TOKEN.fullmatch(token) else secrets.token_urlsafe(24))
    for name in FIELDS:
        value = given.get(name, "")
        filled.values[name] = _plain(value) if isinstance(value, str) else ""
    filled.values["email"] = without_marks(filled.values["email"])
    filled.errors = _errors(filled.values, codes)
    if not filled.errors:
        try:
            filled.submission()
        except ValidationError as error:
            filled.errors = [FieldError(str(e["loc"][0]), e["msg"].removeprefix("Value error, ")) for e in error.errors()]
    return filled


def _errors(values: dict[str, str], codes: Codes) -> list[FieldError]:
    found = []
    if values["kind"] not in set(Kind):
        found.append(FieldError("kind", "Select what you want to do"))
    if not values["narrative"] or says_nothing(values["narrative"]):
        found.append(FieldError("narrative", "Tell us what happened"))
    for name, (label, limit) in _LIMITS.items():
        if len(values[name]) > limit:
            found.append(FieldError(name, f"{label} must be {limit:,} characters or fewer"))
        elif name != "narrative" and says_nothing(values[name]):
            found.append(FieldError(name, f"{label} must have characters that can be seen"))
    if values["email"] and usable_address(values["email"]) is None:
        found.append(FieldError("email", "Enter an email address in the correct format, like name@example.com"))
    for name, list_name in _CODES.items():
        code = values[name]
        if code and (not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", code) or codes.fault(code, list_name)):
            found.append(FieldError(name, "Select one of the list"))
    return found


def _plain(text: str) -> str:
    """As it was typed, with a line break as one character and without what is no text at all."""
    unbroken = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00\ud800-\udfff]", "\ufffd", unbroken).strip()
