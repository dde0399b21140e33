"""Explains a stored case, as it is or as it was known at some instant."""

from __future__ import annotations

from datetime import datetime

from services.workflow.case.evolve import fold
from services.workflow.explaining.clocks import Explanation, explain
from services.workflow.store import Cases, found
from shared.calendar.deadlines import parse_as_known
from shared.calendar.london import london_date
from shared.clock import now
from shared.errors import Fault, Invalid, NotFound
from shared.events.cases import CaseEvent
from shared.events.envelope import EVENT_TYPES


async def explanation(cases: Cases, key: str, as_known: str | None) -> Explanation:
    """A case's clocks explained, as they are or as they were known at a London day or moment.

    Raises:
        NotFound: the case is not there, or was not recorded by then.
        Invalid: `as_known` is no moment.
    """
    stored = found(await cases.find(key), key)
    register = cases.register
    if as_known is None:
        return explain(stored.case, cases.book(stored.case), london_date(now()), register, cases.rulebooks)
    at = _moment(as_known)
    events = [_event(entry) for entry in await cases.history(key) or () if entry["recorded_at"] <= at]
    case = fold(events)
    if case is None:
        raise NotFound("not-known-then", f"The case {stored.case.reference} was not recorded by then.")
    then = explain(case, cases.book(case), london_date(at), register.known_by(at), cases.rulebooks)
    return then.model_copy(update={"as_known": at})


def _moment(text: str) -> datetime:
    try:
        return parse_as_known(text)
    except ValueError as error:
        fault = Fault("/as_known", str(error))
        raise Invalid("invalid", "The moment of knowing cannot be read.", [fault]) from None


def _event(entry: dict[str, object]) -> CaseEvent:
    kind = EVENT_TYPES[str(entry["type"])]
    event = kind.model_validate(entry["data"])
    assert isinstance(event, CaseEvent)
    return event
