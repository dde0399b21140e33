"""What a row of the import must fit beyond its own shape: the council's lists, and what its procedure knows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from services.intake.codes import Codes
from shared.events.codes import Kind
from shared.events.historic import HistoricCase, HistoricRemedy

_FEEDBACK: Final = ("feedback",)
"""The stages of whatever is not handled under its procedure's own rules, such as a compliment or a service request."""

Place = str
"""Where in the row a fault is: `stages.0.stage`, positions from 0."""


def fault(case: HistoricCase, codes: Codes, day: date) -> str | None:
    """The first thing that is wrong with a row on a London day, as `place: reason`; None: nothing is."""
    if case.received_on > day:
        return f"received_on: {case.received_on} is in the future"
    found = (*_unknown(case, codes), *_not_of_the_procedure(case, codes), *_not_yet(case, day))
    return next(iter(found), None)


def _unknown(case: HistoricCase, codes: Codes) -> Iterator[str]:
    themes = "compliment-themes" if case.kind is Kind.COMPLIMENT else "themes"
    checks: list[tuple[Place, str, str | None]] = [
        ("procedure", "procedures", case.procedure),
        ("service_area", "service-areas", case.service_area),
        ("district", "districts", case.district),
        ("complainant_type", "complainant-types", case.complainant_type),
        ("refusal_reason", "refusal-reasons", case.refusal_reason),
        *((f"themes.{n}", themes, theme) for n, theme in enumerate(case.themes)),
        *((f"stages.{n}.stage", "stages", stage.stage) for n, stage in enumerate(case.stages)),
        *((f"{place}.kind", "remedy-types", remedy.kind) for place, remedy in _remedies(case)),
    ]
    for place, list_name, code in checks:
        if code is not None and (unknown := codes.unknown(list_name, code)):
            yield f"{place}: {unknown}"


def _not_of_the_procedure(case: HistoricCase, codes: Codes) -> Iterator[str]:
    """What no rulebook of the procedure knows: refused here, where the row's sender reads why."""
    procedure = codes.list("procedures").get(case.procedure)
    if procedure is None or procedure.kind is None:
        return
    own = case.kind is procedure.kind
    if not own and case.kind is Kind.COMPLAINT:
        yield f"kind: a case of {case.procedure} is of kind {procedure.kind}, not {case.kind}"
        return
    what = case.procedure if own else f"{case.kind} of {case.procedure}"
    stages = procedure.stages if own else _FEEDBACK
    for n, stage in enumerate(case.stages):
        if stage.stage not in stages:
            yield f"stages.{n}.stage: {stage.stage!r} is no stage of {what}: {', '.join(stages)}"
    reasons = procedure.refusal_reasons if own else ()
    if case.refusal_reason is not None and case.refusal_reason not in reasons:
        known = ", ".join(reasons) or "there are none"
        yield f"refusal_reason: {case.refusal_reason!r} is no reason to refuse {what}: {known}"


def _not_yet(case: HistoricCase, day: date) -> Iterator[str]:
    for place, remedy in _remedies(case):
        for name in ("agreed_on", "done_on", "not_done_on"):
            on = getattr(remedy, name)
            if on is not None and on > day:
                yield f"{place}.{name}: {on} is in the future"


def _remedies(case: HistoricCase) -> Iterator[tuple[Place, HistoricRemedy]]:
    """Each remedy with its place: the council's own, and those of each referral."""
    for n, remedy in enumerate(case.remedies):
        yield f"remedies.{n}", remedy
    for m, referral in enumerate(case.ombudsman):
        for n, remedy in enumerate(referral.remedies):
            yield f"ombudsman.{m}.remedies.{n}", remedy
