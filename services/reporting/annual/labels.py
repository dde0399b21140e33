"""Words for the codes in cells: the council's lists, and what the engine fixes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared import taxonomy

_LISTS = {
    "service_area": ("service-areas",),
    "district": ("districts",),
    "complainant_type": ("complainant-types",),
    "refusal_reason": ("refusal-reasons",),
    "stage": ("stages",),
    "action_type": ("learning-action-types",),
    "theme": ("themes", "compliment-themes"),
    "tag": ("themes", "learning-action-types"),
    "procedure": ("procedures",),
    "kind": ("remedy-types", "nhs-bodies"),
    "track": ("tracks",),
}

_FIXED = {
    ("outcome", "no-finding"): "No finding",
    ("outcome", "reopened"): "Set aside: re-opened later",
    ("timeliness", "within-standard"): "Within the timescale",
    ("timeliness", "within-extension"): "Within an agreed extension",
    ("timeliness", "late"): "Late",
    ("timeliness", "no-timescale"): "No timescale applied",
    ("stage", "none"): "No formal stage",
    ("outcome", "none"): "No finding asked for",
    ("kind", "none"): "Type not stated",
    ("decision", "closed-after-initial-enquiries"): "Closed after initial enquiries",
    ("channel", "via-councillor-or-mp"): "Through a councillor or MP",
    ("channel", "via-ombudsman"): "Through the Ombudsman",
    ("channel", "via-nhs-or-partner"): "Through the NHS or a partner",
    ("channel", "third-party-or-advocate"): "Through a third party or an advocate",
    ("channel", "api"): "Another system",
    ("provenance", "live"): "Recorded in Redress",
    ("provenance", "imported"): "Imported from an earlier system",
    ("provenance", "sample"): "Sample data, not of real people",
    ("kind", "complaint"): "Complaints",
    ("kind", "compliment"): "Compliments",
    ("kind", "comment"): "Comments",
    ("kind", "service-request"): "Service requests",
    ("kind", "enquiry"): "Enquiries",
}


@dataclass
class _Own:
    """Where the council's own lists are."""

    folder: Path | None = None


_OWN = _Own()


def use_lists(folder: Path | None) -> None:
    """From now on labels are those of the council's own lists in `folder`; None: of the lists that come with Redress.

    A process is one service, which calls it once, before it shows anything.

    Raises:
        TaxonomyError: one of the lists cannot be used.
    """
    for name in taxonomy.LISTS:
        taxonomy.load(name, folder)
    _OWN.folder = folder


def label(dimension: str, code: str) -> str:
    """A code in words. One that no list knows is shown as it is: no report breaks on it."""
    if (dimension, code) in _FIXED:
        return _FIXED[dimension, code]
    for name in _LISTS.get(dimension, ()):
        term = taxonomy.load(name, _OWN.folder).get(code)
        if term is not None:
            return term.label
    if code == "unknown":
        return "Not known"
    return code.replace("-", " ").capitalize()


def timeliness(stage: str, how: str) -> str:
    """How a response of a stage went, in words. Where no law sets a number of days, none is called standard."""
    if how != "within-standard":
        return label("timeliness", how)
    term = taxonomy.load("stages").get(stage)
    return "Within the period agreed" if term is not None and term.agreed else "Within the standard timescale"


def order(name: str, code: str) -> int:
    """Where a code stands in a list of the council; after all others where the list does not have it."""
    codes = [term.code for term in taxonomy.load(name, _OWN.folder).terms]
    return codes.index(code) if code in codes else len(codes)
