"""A case's clocks explained: the days counted, what was passed over, pauses, extensions, the rule and its source. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from services.workflow.case.clocks.reading import ClockStatus, Reading, read
from services.workflow.case.model import Case, Run, Visit
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Clock, Rulebook
from services.workflow.rulebook.table import convention, extension, mark, quantity, source
from shared.calendar import arithmetic
from shared.calendar.holidays import CalendarError, HolidayRegister
from shared.calendar.london import end_of_day
from shared.calendar.trace import long_day


class SkippedDay(BaseModel):
    """A day that was not counted. `known_from` is when its holiday was first listed."""

    date: date
    reason: Literal["weekend", "bank holiday", "given holiday"]
    holiday: str = ""
    known_from: AwareDatetime | None = None


class PauseView(BaseModel):
    """A stretch in which the clock did not count; `restarted_on` is None while it lasts."""

    paused_on: date
    restarted_on: date | None


class GivenView(BaseModel):
    """An extension, as it was notified. One that does not count was notified after the deadline."""

    told_on: date
    to: date
    units: int
    counts: bool


class Rule(BaseModel):
    """The rulebook's rule for the clock, in words; `counted` is empty of a day that is agreed or named."""

    limit: str
    calendar: str
    counted: str
    roll: str
    extension: str
    source: str


class ClockExplanation(BaseModel):
    """One clock at one visit to its stage (`visit` counts from 0), or of one run of a track (`run` counts from 1). London days.

    `counted` are the working days in the order counted; empty of a clock in days or months, where each day counts.
    `working_days_left` is from the day asked about until the deadline, negative when it is over; None of a clock that does not run.
    """

    clock: str
    title: str
    stage: str
    stage_title: str
    visit: int | None
    run: int | None
    status: ClockStatus
    summary: str
    rule: Rule
    started_on: date | None
    started_by: str
    standard_due_on: date | None
    due_on: date | None
    extended_to: date | None
    stopped_on: date | None
    timeliness: str | None
    working_days_left: int | None
    days_counted: int
    counted: list[date]
    skipped: list[SkippedDay]
    pauses: list[PauseView]
    paused_units: int
    extensions: list[GivenView]
    problem: str | None


class Explanation(BaseModel):
    """`as_known` is the moment of knowing (UTC) that was asked for; None: by all that is known."""

    case_id: UUID
    reference: str
    version: int
    rulebook: str
    rulebook_version: int
    rulebook_title: str
    as_known: AwareDatetime | None = None
    clocks: list[ClockExplanation]


def explain(
    case: Case,
    book: Rulebook,
    today: date,
    register: HolidayRegister,
    books: Rulebooks | None = None,
) -> Explanation:
    """Every clock of every visit, the first visit first, then those of every run, as they stand on the London day `today`.

    A visit that was over when the case moved to `book` is explained by the rulebook it was under, one of `books`.
    """
    return Explanation(
        case_id=case.case_id,
        reference=case.reference,
        version=case.version,
        rulebook=book.id,
        rulebook_version=book.version,
        rulebook_title=book.title,
        clocks=[
            _clock(_reading(place, clock, register), place, today, register)
            for place in _places(case, book, books)
            for clock in place.book.clocks_of(place.at.stage)
        ],
    )


@dataclass(frozen=True)
class _Place:
    """Where clocks run: a visit to a stage, or a run of a track; `published` are its published deadlines, by the clock's kind."""

    at: Visit
    book: Rulebook
    published: dict[str, date | None]
    visit: int | None = None
    run: Run | None = None


def _places(case: Case, book: Rulebook, books: Rulebooks | None) -> Iterator[_Place]:
    for number, visit in enumerate(case.visits):
        own = books.get(*visit.under) if books and visit.under else book
        published: dict[str, date | None] = {}
        if number < len(case.facts.stages):
            stage = case.facts.stages[number]
            published["response"] = stage.extended_to or stage.due_on
            published["acknowledgement"] = stage.acknowledgement_due_on
        yield _Place(visit, own, published, visit=number)
    facts = {(fact.track, fact.number): fact for fact in case.facts.tracks}
    for run in case.runs:
        fact = facts.get((run.track, run.number))
        yield _Place(run.visit, book, {"response": fact.extended_to or fact.due_on} if fact else {}, run=run)


def _reading(place: _Place, clock: Clock, register: HolidayRegister) -> Reading:
    """The clock's reading. One that has stopped keeps the deadline it had: a holiday that came later does not move it."""
    found = read(clock, place.at, place.book, register)
    published = place.published.get(clock.kind)
    if found.stopped_on is None:
        return found
    if published is None or published == found.due:
        return found
    try:
        then = read(clock, place.at, place.book, register.known_by(end_of_day(found.stopped_on)))
    except CalendarError:
        return found
    return then if then.due == published else found


def _clock(reading: Reading, place: _Place, today: date, register: HolidayRegister) -> ClockExplanation:
    clock, book = reading.clock, place.book
    stage = book.stage(clock.stage)
    title = stage.title if stage else clock.stage
    if place.run is not None:
        track = book.track(place.run.track)
        kind = track.kinds.get(place.run.kind or "") if track else None
        title = f"{title} {place.run.number}" + (f": {kind}" if kind else "")
    traces = [answer.trace for answer in reading.steps]
    skipped = {day.date: day for trace in traces for day in trace.skipped}
    counted = list(dict.fromkeys(day for trace in traces for day in trace.counted))
    days = sum(abs(trace.amount) for trace in traces) if clock.unit != "months" else len(counted)
    return ClockExplanation(
        clock=clock.id,
        title=clock.title,
        stage=clock.stage,
        stage_title=title,
        visit=place.visit,
        run=place.run.number if place.run else None,
        status=reading.status,
        summary=_summary(reading),
        rule=Rule(
            limit=quantity(clock.limit, clock.unit),
            calendar=clock.calendar,
            counted="" if clock.fixed is None else convention(clock.convention),
            roll=clock.roll,
            extension=extension(clock),
            source=source(book, clock.source),
        ),
        started_on=reading.started_on,
        started_by=mark(clock.starts),
        standard_due_on=reading.standard_due,
        due_on=reading.due,
        extended_to=reading.extended_to,
        stopped_on=reading.stopped_on,
        timeliness=reading.timeliness,
        working_days_left=_left(reading, today, register),
        days_counted=days,
        counted=counted,
        skipped=[
            SkippedDay(
                date=day.date,
                reason=day.reason,
                holiday=" / ".join(dict.fromkeys(h.title for h in day.holidays)),
                known_from=min((h.known_from for h in day.holidays), default=None),
            )
            for _, day in sorted(skipped.items())
        ],
        pauses=[PauseView(paused_on=p, restarted_on=r) for p, r in reading.pauses],
        paused_units=reading.paused_units,
        extensions=[GivenView(told_on=g.told_on, to=g.to, units=g.units, counts=g.counts) for g in reading.given],
        problem=reading.problem,
    )


def _left(reading: Reading, today: date, register: HolidayRegister) -> int | None:
    if not reading.ticking or reading.due is None:
        return None
    try:
        return arithmetic.working_days_between(today, reading.due, register.calendar(reading.clock.calendar))
    except CalendarError:
        return None


def _summary(reading: Reading) -> str:
    """The state of the clock, in one sentence."""
    if reading.problem:
        return f"No deadline can be given: {reading.problem}."
    return _SUMMARIES[reading.status](reading)


def _waiting(reading: Reading) -> str:
    return f"Not started: it starts when {_happened(reading.clock.starts)}."


def _paused(reading: Reading) -> str:
    return f"Paused since {long_day(reading.pauses[-1][0])}: it has no deadline until it starts again."


def _stopped(reading: Reading) -> str:
    assert reading.stopped_on is not None
    done = f"Done on {long_day(reading.stopped_on)}"
    if reading.due is None:
        return f"{done}."
    words = {
        "within-standard": "in time",
        "within-extension": "within the extension",
        "late": "late",
    }[str(reading.timeliness)]
    return f"{done}, {words}: the deadline was {long_day(reading.due)}."


def _running(reading: Reading) -> str:
    if reading.due is None:
        return "Running, and no period has been agreed yet: there is no deadline."
    longer = ", as extended" if reading.extended_to else ""
    return f"Due by the end of {long_day(reading.due)}{longer}."


def _provisional(reading: Reading) -> str:
    if reading.due is None:
        return _running(reading)
    due = long_day(reading.due)
    return f"Due by the end of {due}, provisionally: what starts this clock has not happened yet."


_SUMMARIES: Final[dict[ClockStatus, Callable[[Reading], str]]] = {
    ClockStatus.WAITING: _waiting,
    ClockStatus.PAUSED: _paused,
    ClockStatus.STOPPED: _stopped,
    ClockStatus.RUNNING: _running,
    ClockStatus.PROVISIONAL: _provisional,
}


def _happened(name: str) -> str:
    words = mark(name)
    return words if words.startswith("the ") else f"this is recorded: {words}"
