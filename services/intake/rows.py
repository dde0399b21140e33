"""What a row of the import must fit beyond its own shape: the council's lists, and what its procedure knows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from pydantic import BaseModel

from shared.events.codes import Kind
from shared.events.historic import HistoricCase
from shared.taxonomy.codes import Codes

_FEEDBACK: Final = ("feedback",)
"""The stages of whatever is not handled under its procedure's own rules, such as a compliment or a service request."""

_PLANNED: Final = frozenset({"due_on", "extended_to"})
_DUE_WITHIN_YEARS: Final = 5

Place = str
"""Where in the row a fault is: `stages.0.stage`, positions from 0."""


def fault(case: HistoricCase, codes: Codes, day: date, first_year: int) -> str | None:
    """The first thing that is wrong with a row on a London day, as `place: reason`; None: nothing is.

    `first_year` is the council's first: nothing it dealt with has an earlier day.
    """
    found = (*_out_of_time(case, day, first_year), *_unknown(case, codes), *_not_of_the_procedure(case, codes))
    return next(iter(found), None)


def _unknown(case: HistoricCase, codes: Codes) -> Iterator[str]:
    for found in codes.faults(case, kind=case.kind, past=True):
        yield f"{found.pointer.removeprefix('/').replace('/', '.')}: {found.detail}"


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


def _out_of_time(case: HistoricCase, day: date, first_year: int) -> Iterator[str]:
    """Every day of a row is of the council's time and past; what is due may lie some years ahead."""
    for place, name, on in _days(case):
        latest = day.replace(year=day.year + _DUE_WITHIN_YEARS, day=1) if name in _PLANNED else day
        if on.year < first_year:
            yield f"{place}: {on} is before {first_year}, the council's first year"
        elif on > latest:
            ahead = f"more than {_DUE_WITHIN_YEARS} years ahead" if name in _PLANNED else "in the future"
            yield f"{place}: {on} is {ahead}"


def _days(model: BaseModel, at: str = "") -> Iterator[tuple[Place, str, date]]:
    """Each day in a row, with its place and the name of its field."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, date):
            yield f"{at}{name}", name, value
        elif isinstance(value, tuple):
            for n, part in enumerate(value):
                if isinstance(part, BaseModel):
                    yield from _days(part, f"{at}{name}.{n}.")
