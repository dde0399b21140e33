"""What was to be put right: what the Ombudsman recommended in its upheld decisions, and what the council agreed in its answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from redress.sample import request_chances as chances
from redress.sample.drawing import pick, working_day
from redress.sample.figures import YEARS, target
from redress.sample.working_days import after
from shared.calendar.london import financial_year
from shared.events.codes import Kind, OmbudsmanDecision, Outcome
from shared.events.historic import HistoricCase, HistoricOmbudsman, HistoricRemedy

MOST = 2
"""So many of one decision, for so many have columns in CSV."""


def recommend(random: Random, cases: list[HistoricCase], last_day: date) -> list[HistoricCase]:
    """The same cases; each upheld decision states whether a suitable remedy had been offered, and has the remedies it led to.

    Nothing of a remedy is later than `last_day`. As many are recommended in a year as the figures hold, or as its decisions allow.
    """
    upheld = [case for case in cases if _upheld(case) is not None]
    offered = {case.source_id for case in upheld if random.random() < chances.SATISFACTORY}
    places = {case.source_id: 0 for case in upheld}
    for year in sorted({_year(case) for case in upheld}):
        open_ = [case.source_id for case in upheld if case.source_id not in offered and _year(case) == year]
        random.shuffle(open_)
        # Of decisions after the two years, one each.
        many = target("ombudsman.remedies.begun", year) if year in YEARS else len(open_)
        for source_id in (open_ * MOST)[:many]:
            places[source_id] += 1
    return [
        _with(random, case, places[case.source_id], case.source_id in offered, last_day) if case.source_id in places else case
        for case in cases
    ]


def _upheld(case: HistoricCase) -> HistoricOmbudsman | None:
    return next((o for o in case.ombudsman if o.decision is OmbudsmanDecision.UPHELD), None)


def _year(case: HistoricCase) -> str:
    referral = _upheld(case)
    assert referral is not None
    assert referral.decided_on is not None
    return financial_year(referral.decided_on)


def _with(random: Random, case: HistoricCase, many: int, offered: bool, last_day: date) -> HistoricCase:
    referral = _upheld(case)
    assert referral is not None
    remedies = tuple(_remedies(random, referral, many, last_day))
    with_remedies = referral.model_copy(update={"satisfactory_remedy": offered, "remedies": remedies})
    return case.model_copy(update={"ombudsman": tuple(with_remedies if o is referral else o for o in case.ombudsman)})


def _remedies(random: Random, referral: HistoricOmbudsman, many: int, last_day: date) -> Iterator[HistoricRemedy]:
    kinds = dict(chances.REMEDIES)
    decided = referral.decided_on
    assert decided is not None
    for _ in range(many):
        kind = pick(random, kinds)
        del kinds[kind]
        yield _remedy(random, kind, decided, pick(random, chances.REMEDY_WEEKS), last_day)


def agree(random: Random, cases: list[HistoricCase], last_day: date) -> list[HistoricCase]:
    """The same cases; some that were upheld have a remedy that the council agreed with its last response.

    As many are agreed in a year as the figures hold. Nothing of a remedy is later than `last_day`.
    """
    chosen: dict[str, HistoricRemedy] = {}
    for year in YEARS:
        upheld = [case for case in cases if (day := _answered_on(case)) and financial_year(day) == year]
        for case in random.sample(upheld, target("remedies.own.begun", year)):
            day = _answered_on(case)
            assert day is not None
            kind, weeks = pick(random, chances.OWN_REMEDIES), pick(random, chances.OWN_REMEDY_WEEKS)
            chosen[case.source_id] = _remedy(random, kind, day, weeks, last_day)
    return [case.model_copy(update={"remedies": (chosen[case.source_id],)}) if case.source_id in chosen else case for case in cases]


def _answered_on(case: HistoricCase) -> date | None:
    """The day of the last response to a formal complaint that was upheld; None of any other case."""
    upheld = case.outcome in {Outcome.UPHELD, Outcome.PARTLY_UPHELD}
    if case.kind is not Kind.COMPLAINT or not case.formal or not upheld:
        return None
    return max((stage.responded_on for stage in case.stages if stage.responded_on), default=None)


def _remedy(random: Random, kind: str, agreed: date, weeks: int, last_day: date) -> HistoricRemedy:
    """A remedy of a day, done in time, late or not at all."""
    due = min(agreed + timedelta(weeks=weeks), last_day)
    drawn = random.random()
    if drawn < chances.REMEDY_NOT_DONE:
        given_up = min(after(due, random.randint(5, 40)), last_day)
        return HistoricRemedy(kind=kind, due_on=due, not_done_on=given_up)
    if drawn < chances.REMEDY_NOT_DONE + chances.REMEDY_LATE and due < last_day:
        late = min(after(due, random.randint(1, 25)), last_day)
        return HistoricRemedy(kind=kind, due_on=due, done_on=late)
    return HistoricRemedy(kind=kind, due_on=due, done_on=working_day(random, agreed + timedelta(days=1), due))
