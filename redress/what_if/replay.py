"""A year's responses measured again by another rulebook. Pure: facts in, a comparison out.

What happened stays as it was: the days of receipt, escalation, acknowledgement, response and closure. Only what is asked of
them is the other rulebook's: its stages, limits, calendar and conventions. Days are London days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.workflow.case.clocks.reading import read
from services.workflow.case.model import Mark, Visit
from services.workflow.rulebook.choose import request
from services.workflow.rulebook.model import STARTED, Clock, Rulebook
from shared.calendar.deadlines import deadline
from shared.calendar.holidays import CalendarError, HolidayRegister
from shared.calendar.london import financial_year
from shared.events.codes import Kind, Timeliness
from shared.events.facts import CaseFacts, StageFact


@dataclass(frozen=True)
class Known:
    """A case as workflow knows it."""

    case_id: UUID
    reference: str
    facts: CaseFacts


@dataclass(frozen=True)
class Response:
    """A response and whether it was in time; None: no timescale applies to it, or none can be counted (`problem`)."""

    stage: str
    answered_on: date
    due_on: date | None
    timeliness: Timeliness | None
    problem: str | None = None

    @property
    def in_time(self) -> bool | None:
        return None if self.timeliness is None else self.timeliness is not Timeliness.LATE


@dataclass(frozen=True)
class Difference:
    """A response that one rulebook finds in time and the other does not, or to which only one has a timescale."""

    case_id: UUID
    reference: str
    recorded: Response
    replayed: Response


@dataclass
class Comparison:
    """Responses by stage and timeliness, as recorded and as replayed, and each case that differs."""

    cases: int = 0
    recorded: dict[str, Counter[str]] = field(default_factory=dict)
    replayed: dict[str, Counter[str]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)


def compare(cases: Iterable[Known], year: str, book: Rulebook, register: HolidayRegister) -> Comparison:
    """Every closed complaint with a response in the financial year `year`, by `book`, compared with what was recorded."""
    found = Comparison()
    for case in sorted(cases, key=lambda c: (c.facts.received_on, str(c.case_id))):
        if case.facts.kind is not Kind.COMPLAINT or case.facts.closed_on is None or case.facts.merged:
            continue
        pairs = [
            (recorded, replayed)
            for recorded, replayed in _pairs(case.facts, book, register)
            if financial_year(recorded.answered_on) == year
        ]
        found.cases += bool(pairs)
        for recorded, replayed in pairs:
            _count(found.recorded, recorded)
            _count(found.replayed, replayed)
            if recorded.in_time != replayed.in_time:
                found.differences.append(Difference(case.case_id, case.reference, recorded, replayed))
    return found


def _count(into: dict[str, Counter[str]], answer: Response) -> None:
    into.setdefault(answer.stage, Counter())[answer.timeliness or "no-timescale"] += 1


def _pairs(facts: CaseFacts, book: Rulebook, register: HolidayRegister) -> list[tuple[Response, Response]]:
    """Each response of a case, as recorded and as the other rulebook measures it."""
    found = []
    started: dict[str, StageFact] = {}
    last = facts.stages[-1] if facts.stages else None
    for stage in facts.stages:
        code = _stage(book, stage.stage)
        # Two stages that are one under the other rulebook are one stretch of it, from the first one's start.
        first = started.setdefault(code, stage)
        answered = stage.responded_on
        if answered is None and stage is last and not facts.formal:
            answered = facts.closed_on
        if answered is None:
            continue
        recorded = Response(stage.stage, answered, stage.extended_to or stage.due_on, stage.timeliness)
        begun = stage.model_copy(
            update={
                "started_on": first.started_on,
                "acknowledged_on": first.acknowledged_on or stage.acknowledged_on,
            }
        )
        found.append((recorded, _replayed(code, begun, answered, book, register)))
    return found


def _stage(book: Rulebook, code: str) -> str:
    """The stage's code in the other rulebook; what that one does not know is its first stage."""
    known = book.stage_called(code)
    opening = book.state(book.opening.state)
    return known.id if known else (opening.stage if opening and opening.stage else book.stages[0].id)


def _replayed(code: str, stage: StageFact, answered: date, book: Rulebook, register: HolidayRegister) -> Response:
    clock = book.clock_kind(code, "response")
    if clock is None:
        return Response(code, answered, None, None)
    visit = Visit(stage=code, started_on=stage.started_on, marks=_marks(clock, stage, book))
    reading = read(clock, visit, book, register)
    if reading.due is None:
        return Response(code, answered, None, None, reading.problem or "the period is agreed case by case")
    if answered <= reading.due:
        return Response(code, answered, reading.due, Timeliness.WITHIN_STANDARD)
    until = _extended(clock, stage, reading.due, register)
    within = until is not None and answered <= until
    timeliness = Timeliness.WITHIN_EXTENSION if within else Timeliness.LATE
    return Response(code, answered, until or reading.due, timeliness)


def _marks(clock: Clock, stage: StageFact, book: Rulebook) -> tuple[Mark, ...]:
    """The marks from which the stage's clocks start: its acknowledgement where that starts one, else the stage's first day."""
    found = []
    first = book.clock_kind(clock.stage, "acknowledgement")
    if first is not None and first.starts != STARTED:
        found.append(Mark(name=first.starts, on=stage.started_on))
    by_acknowledgement = first is not None and clock.starts in first.stops
    if by_acknowledgement and stage.acknowledged_on is not None:
        found.append(Mark(name=clock.starts, on=stage.acknowledged_on))
    elif not by_acknowledgement and clock.starts not in {STARTED, *(m.name for m in found)}:
        found.append(Mark(name=clock.starts, on=stage.started_on))
    return tuple(found)


def _extended(clock: Clock, stage: StageFact, due: date, register: HolidayRegister) -> date | None:
    """Until when an extension that counted reaches under this rule: no further than its cap where that is not to be passed."""
    rule = clock.extension
    if rule is None or stage.extended_to is None or stage.extended_to <= due:
        return None
    if rule.cap is None or rule.beyond_cap != "refused":
        return stage.extended_to
    try:
        return min(stage.extended_to, deadline(request(clock, due, rule.cap), register).deadline)
    except CalendarError:
        return stage.extended_to
