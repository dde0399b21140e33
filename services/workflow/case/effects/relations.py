"""Cases that belong together: linked, split from one contact, merged as the same matter, and un-merged.

Each is one event on the case at which staff act. What it means for the other case is that case's own decision, in `reacting`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid5

from services.workflow.case.effects.entry import Taking, effect
from services.workflow.case.errors import StepRefused
from services.workflow.case.fields import Fields, Reference
from services.workflow.case.model import Case, Run
from services.workflow.rulebook.choose import NoRulebook
from services.workflow.rulebook.model import Effect, Rulebook, Step
from shared.calendar.holidays import HolidayRegister
from shared.calendar.written import Day
from shared.events import cases as e
from shared.events.codes import Code, Kind, Procedure, ServiceArea, Status, Theme
from shared.events.facts import CaseFacts
from shared.references import reference

RESERVED = frozenset(
    {
        "merged-into",
        "absorbed",
        "split-into",
        "split-from",
        "gave-rise-to",
        "arises-from",
    }
)
"""Relations that only events of their own begin and end; staff do not name them."""

_SPLIT = UUID("3c8a9b0e-9d0c-5a53-8a57-5d6d0a8f5b11")


class LinkFields(Fields):
    """`other` is the reference of the other case; `relation` what it is to this one, in a word."""

    other: Reference
    relation: Code = "related"

    @property
    def other_reference(self) -> str | None:
        return self.other


class SplitFields(Fields):
    """The case to be opened from the same contact. `received_on` is the day its matter was raised; `elements` are the points that
    go with it. What is left out is as in this case.
    """

    kind: Kind | None = None
    procedure: Procedure | None = None
    service_area: ServiceArea | None = None
    themes: tuple[Theme, ...] = ()
    received_on: Day | None = None
    elements: tuple[int, ...] = ()


class MergeFields(Fields):
    """`into` is the reference of the case in which this one goes on."""

    into: Reference

    @property
    def other_reference(self) -> str | None:
        return self.into


def other(t: Taking[Fields], pointer: str) -> Case:
    """The case that the step names. Raises: StepRefused, when there is none or it is this one."""
    found = t.command.other
    if found is None:
        raise StepRefused("no-such-case", f"{t.step.title}: there is no case of that reference.", pointer)
    if found.case_id == t.case.case_id:
        raise StepRefused("links-itself", f"{t.step.title}: {found.reference} is this case.", pointer)
    return found


@effect(Effect.LINK, e.CaseLinked, LinkFields)
def link(t: Taking[LinkFields]) -> None:
    """Raises: StepRefused, when the relation is not for staff to name, or the cases are linked so already."""
    relation = t.fields.relation
    if relation in RESERVED:
        raise StepRefused("relation-reserved", f"{relation!r} comes about by a step of its own.", "/relation")
    case = other(t, "/other")
    if t.case.relates(case, relation):
        raise StepRefused("linked-already", f"{case.reference} is linked as {relation!r} already.", "/other")
    t.emit(other=case.case_id, other_reference=case.reference, relation=relation)


def _not_linked(case: Case, book: Rulebook, step: Step, run: Run | None, register: HolidayRegister) -> str | None:
    linked = any(relation.relation not in RESERVED for relation in case.relations)
    return None if linked else f"{step.title}: staff linked it with no other case."


@effect(Effect.UNLINK, e.CaseUnlinked, LinkFields, blocked=_not_linked)
def unlink(t: Taking[LinkFields]) -> None:
    """Raises: StepRefused, when staff did not link the cases so."""
    relation = t.fields.relation
    case = other(t, "/other")
    if relation in RESERVED or not t.case.relates(case, relation):
        raise StepRefused("not-linked", f"{case.reference} is not linked as {relation!r}.", "/other")
    t.emit(other=case.case_id, other_reference=case.reference, relation=relation)


@effect(Effect.SPLIT, e.CaseSplit, SplitFields)
def split(t: Taking[SplitFields]) -> None:
    """Open another case from the same contact.

    Raises:
        StepRefused: a day before this case's receipt, points that are not here, or no rulebook for what it would be.
    """
    fields, case = t.fields, t.case
    received_on = fields.received_on or case.facts.received_on
    if not case.facts.received_on <= received_on <= t.on:
        raise StepRefused(
            "day-outside",
            f"The matter was raised between the receipt of this case, {case.facts.received_on}, and {t.on}.",
            "/received_on",
        )
    here = {el.number for el in case.points}
    if missing := sorted(set(fields.elements) - here):
        listed = ", ".join(map(str, missing))
        raise StepRefused("no-such-element", f"The complaint has no point {listed}.", "/elements")
    if fields.elements and here == set(fields.elements):
        raise StepRefused("nothing-left", "At least one point stays; to move all, reclassify.", "/elements")
    kind = fields.kind or case.facts.kind
    procedure = fields.procedure or case.facts.procedure
    try:
        t.recorder.books.choose(procedure, kind, received_on)
    except NoRulebook as error:
        raise StepRefused("no-rulebook", f"{error}.", "/procedure") from None
    opened = uuid5(_SPLIT, f"{case.case_id}:{case.version + 1}")
    t.emit(
        other=opened,
        other_reference=reference(opened),
        kind=kind,
        procedure=procedure,
        service_area=fields.service_area or case.facts.service_area,
        themes=fields.themes,
        received_on=received_on,
        elements=tuple(sorted(set(fields.elements))),
    )


def _cannot_merge(case: Case, book: Rulebook, step: Step, run: Run | None, register: HolidayRegister) -> str | None:
    return next((f"{step.title}: {why}." for unfit, _, why in _UNFIT_ALONE if unfit(case)), None)


@effect(Effect.MERGE, e.CaseMerged, MergeFields, blocked=_cannot_merge)
def merge(t: Taking[MergeFields]) -> None:
    """Let the case go on in another one that is the same matter, received first.

    Raises:
        StepRefused: the two do not fit, or one of them is too far on for one response to answer both.
    """
    case, into = t.case, other(t, "/into")
    for unfit, code, why in _UNFIT:
        if unfit(case, into):
            raise StepRefused(code, f"{t.step.title}: {why}.", "/into")
    for unfit_alone, code, why in _UNFIT_ALONE:
        if unfit_alone(case):
            raise StepRefused(code, f"{t.step.title}: {why}.", "/into")
    t.emit(
        facts=_merged(case.facts, t.on),
        other=into.case_id,
        other_reference=into.reference,
    )


_UNFIT = (
    (
        lambda case, into: not can_absorb(into),
        "target-closed",
        "the other case is closed, merged or answered, and cannot absorb its points",
    ),
    (
        lambda case, into: (case.facts.kind, case.facts.procedure) != (into.facts.kind, into.facts.procedure),
        "not-the-same-procedure",
        "both have to be of one kind and procedure; reclassify one of them first",
    ),
    (
        lambda case, into: into.facts.received_on > case.facts.received_on,
        "received-later",
        "the other case was received later, and its time would run longer; merge that one into this",
    ),
)
"""What stands between the two cases."""

_UNFIT_ALONE: tuple[tuple[Callable[[Case], bool], str, str], ...] = (
    (
        lambda case: any(visit.responded_on for visit in case.visits),
        "answered-already",
        "it has been answered, and that answer stands",
    ),
    (lambda case: bool(case.open_runs()), "runs-open", "what runs in parallel with it has to end first"),
    (
        lambda case: bool(case.related("absorbed")),
        "has-absorbed",
        "other cases are merged into it; un-merge them first",
    ),
)
"""What stands against merging a case into any other."""


def can_absorb(case: Case) -> bool:
    """Whether another case can go on in this one: it is open and no stage of it was answered, so that none is skipped."""
    return case.is_open and not any(visit.responded_on for visit in case.visits)


def _merged(facts: CaseFacts, on: date) -> CaseFacts:
    """Facts of a case from the day on which it goes on in another."""
    closed = facts.openings[-1].model_copy(update={"closed_on": max(on, facts.openings[-1].opened_on)})
    return facts.model_copy(update={"merged": True, "status": Status.CLOSED, "openings": (*facts.openings[:-1], closed)})


@effect(Effect.UNMERGE, e.CaseUnmerged, Fields)
def unmerge(t: Taking[Fields]) -> None:
    case = t.case
    assert case.standing is not None, "the step is open only to a merged case"
    (into,) = case.related("merged-into")
    t.emit(facts=case.standing, other=into.case_id, other_reference=into.reference)
