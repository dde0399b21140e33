"""Requests for information and letters: as many a year as the figures hold, answered, refused, extended, late and reviewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from redress.sample import chances, request_chances
from redress.sample.drawing import day_of_receipt, pick, working_day
from redress.sample.figures import YEARS, request_figure, target
from redress.sample.request_chances import Asked, Limit
from redress.sample.working_days import after
from shared.events.codes import Channel, Kind, Outcome, Provenance
from shared.events.historic import HistoricCase, HistoricStage


def requests(random: Random, last_day: date) -> list[HistoricCase]:
    """Every request and letter of both years; nothing of them is later than `last_day`."""
    return [
        _request(random, year, asked, f"{asked.prefix}-{n:04}", last_day)
        for year in YEARS
        for asked in request_chances.ALL
        for n in range(target(request_figure(asked.procedure), year))
    ]


def _request(random: Random, year: str, asked: Asked, number: str, last_day: date) -> HistoricCase:
    channel = pick(random, asked.channels)
    received = _received(random, year, channel)
    drawn = random.random()
    reason = None
    stages: tuple[HistoricStage, ...]
    outcome: Outcome | None
    if drawn < asked.withdrawn:
        stage = HistoricStage(stage=asked.stage, started_on=received, due_on=asked.limit.from_(received))
        stages, outcome, closed = (stage,), Outcome.WITHDRAWN, after(received, random.randint(2, 9))
    else:
        refused = drawn < asked.withdrawn + asked.refused
        first = _answered(random, received, asked)
        answered = first.responded_on
        assert answered is not None
        stages, outcome, closed = (first,), None, answered
        if refused:
            reason = pick(random, asked.refusals or {})
            stages, outcome = (first.model_copy(update={"outcome": Outcome.REFUSED}),), Outcome.REFUSED
        review = _review(random, asked, answered)
        if review is not None and review.responded_on is not None and review.responded_on <= last_day:
            # It was closed by its answer, and opened again by who asked for the review.
            stages = (stages[0].model_copy(update={"closed_on": answered}), review)
            outcome, closed = review.outcome, review.responded_on
    return HistoricCase(
        source_id=f"sample/{year[:4]}/{number}",
        kind=Kind.ENQUIRY,
        procedure=asked.procedure,
        channel=channel,
        received_on=received,
        closed_on=closed,
        outcome=outcome,
        service_area=pick(random, asked.services),
        district=pick(random, chances.DISTRICTS),
        complainant_type=pick(random, asked.people),
        refusal_reason=reason,
        stages=stages,
        provenance=Provenance.SAMPLE,
    )


def _answered(random: Random, start: date, asked: Asked) -> HistoricStage:
    """The request or letter itself: answered in time, within an extension, or late."""
    due, longest = asked.limit.from_(start), asked.limit.from_(start, extended=True)
    drawn = random.random()
    extended = notified = None
    if drawn < asked.in_time:
        responded = working_day(random, after(start, 1), due)
    elif drawn < asked.in_time + asked.in_extension:
        extended, notified = longest, working_day(random, after(start, 3), due)
        responded = working_day(random, due + timedelta(days=1), longest)
    else:
        responded = after(due, 1 + int(random.expovariate(1 / 8)))
    acknowledged = None
    if asked.acknowledge is not None:
        acknowledged = min(after(start, random.choice((0, 1, 1, 1, 2, 2, asked.acknowledge + 1))), responded)
    return HistoricStage(
        stage=asked.stage,
        started_on=start,
        acknowledged_on=acknowledged,
        due_on=due,
        extended_to=extended,
        extension_told_on=notified,
        responded_on=responded,
    )


def _review(random: Random, asked: Asked, answered: date) -> HistoricStage | None:
    """The internal review of some answers, asked for within forty working days; None: nobody asked."""
    if asked.review is None or random.random() >= asked.reviewed:
        return None
    limit: Limit = asked.review
    reviewing = replace(asked, stage="internal-review", limit=limit, in_time=0.66, acknowledge=None)
    reviewing = replace(reviewing, in_extension=0.14 if limit.longer else 0.0)
    found = _answered(random, after(answered, random.randint(2, 38), limit.calendar), reviewing)
    return found.model_copy(update={"outcome": pick(random, request_chances.REVIEWED)})


def _received(random: Random, year: str, channel: Channel) -> date:
    """A day of the year; a letter comes on a working day, and an email now and then at a weekend."""
    return day_of_receipt(random, year, at_weekends=0.2 if channel in {Channel.EMAIL, Channel.WEB} else 0)
