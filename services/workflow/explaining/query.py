"""Explains a stored case, as it is or as it was known at some instant."""

from __future__ import annotations

from datetime import datetime

from services.workflow.case.evolve import fold
from services.workflow.explaining.clocks import Explanation, explain
from services.workflow.store import Cases
from shared.calendar.deadlines import parse_as_known
from shared.calendar.holidays import published
from shared.calendar.london import london_date
from shared.clock import now
from shared.events.cases import CaseEvent
from shared.events.envelope import EVENT_TYPES
from shared.web.problems import FieldFault, Problem


async def explanation(cases: Cases, key: str, as_known: str | None) -> Explanation:
    """Raises: Problem, 404 of a case that is not there or was not then, 422 of a moment that is none."""
    stored = await cases.find(key)
    if stored is None:
        raise Problem(404, "no-such-case", f"There is no case {key[:60]!r}.")
    register = cases.register or published()
    if as_known is None:
        return explain(stored.case, cases.book(stored.case), london_date(now()), register, cases.rulebooks)
    at = _moment(as_known)
    events = [_event(entry) for entry in await cases.history(key) or () if entry["recorded_at"] <= at]
    case = fold(events)
    if case is None:
        raise Problem(404, "not-known-then", f"The case {stored.case.reference} was not recorded by then.")
    found = explain(case, cases.book(case), london_date(at), register.known_by(at), cases.rulebooks)
    return found.model_copy(update={"as_known": at})


def _moment(text: str) -> datetime:
    try:
        return parse_as_known(text)
    except ValueError as error:
        fault = FieldFault(pointer="/as_known", detail=str(error))
        raise Problem(422, "invalid", "The moment of knowing cannot be read.", faults=[fault]) from None


def _event(entry: dict[str, object]) -> CaseEvent:
    kind = EVENT_TYPES[str(entry["type"])]
    event = kind.model_validate(entry["data"])
    assert isinstance(event, CaseEvent)
    return event
