"""Makes the sample's cases. The same seed gives the same rows, and the printed figures hold for every seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from redress.sample import chances
from redress.sample.chances import Profile, Stage
from redress.sample.drawing import day_of_receipt, pick, working_day
from redress.sample.figures import YEARS, target
from redress.sample.referrals import refer
from redress.sample.remedies import agree, recommend
from redress.sample.requests import requests
from redress.sample.working_days import after
from shared.events.codes import Channel, Kind, Outcome, Provenance
from shared.events.historic import HistoricCase, HistoricStage

SEED: Final = 20231102
LAST_DAY: Final = date(2023, 9, 29)
"""Nothing in the sample is later: what was open on 31 March 2023 is closed by then."""


def generate(seed: int = SEED) -> list[HistoricCase]:
    """Every row, in the order of receipt."""
    random = Random(seed)  # noqa: S311 (a sample, not a secret)
    cases = [case for year in YEARS for case in _year(random, year)]
    cases = refer(random, cases, LAST_DAY)
    # Each later part draws from numbers of its own: it changes nothing of what the sample held before.
    cases = recommend(Random(f"{seed} remedies"), cases, LAST_DAY)  # noqa: S311
    cases = agree(Random(f"{seed} own remedies"), cases, LAST_DAY)  # noqa: S311
    cases += requests(Random(f"{seed} requests"), LAST_DAY)  # noqa: S311
    return sorted(cases, key=lambda case: (case.received_on, case.source_id))


def _year(random: Random, year: str) -> Iterator[HistoricCase]:
    statutory = target("childrens.statutory", year)
    non_statutory = target("childrens.complaints", year) - statutory
    formal = target("corporate.formal_complaints", year)
    informal = target("corporate.dissatisfaction", year) - formal
    joint = target("adults.joint_nhs", year)
    adults = target("adults.complaints", year)
    for n in range(statutory):
        yield _complaint(random, year, chances.CHILDRENS_STATUTORY, f"cs-{n:04}")
    for n in range(non_statutory):
        yield _complaint(random, year, chances.CHILDRENS_NON_STATUTORY, f"cn-{n:04}")
    for n in range(adults):
        yield _complaint(random, year, chances.ADULTS, f"ad-{n:04}", joint_nhs=n < joint)
    for n in range(formal):
        yield _complaint(random, year, chances.CORPORATE_FORMAL, f"cf-{n:04}")
    for n in range(informal):
        yield _complaint(random, year, chances.CORPORATE_INFORMAL, f"ci-{n:04}", formal=False)
    for family in ("childrens", "adults", "corporate"):
        for n in range(target(f"{family}.compliments", year)):
            yield _compliment(random, year, family, f"{family[:2]}-thanks-{n:04}")


def _received(random: Random, year: str, channel: Channel) -> date:
    """A day of the year; what a person must open or answer comes in on a working day."""
    return day_of_receipt(random, year, at_weekends=0.3 if channel in {Channel.WEB, Channel.EMAIL, Channel.APP} else 0)


def _complaint(
    random: Random, year: str, profile: Profile, number: str, *, formal: bool = True, joint_nhs: bool = False
) -> HistoricCase:
    channel = Channel.VIA_PARTNER if joint_nhs and random.random() < 0.5 else pick(random, chances.CHANNELS)
    received = _received(random, year, channel)
    first = pick(random, profile.themes)
    second = pick(random, profile.themes)
    drawn = random.random()
    stages: tuple[HistoricStage, ...] = ()
    refusal = None
    if drawn < profile.refused:
        outcome, closed = Outcome.REFUSED, after(received, random.randint(1, 10))
        refusal = pick(random, chances.REFUSALS)
    elif drawn < profile.refused + profile.withdrawn:
        stage = profile.stages[0]
        outcome, closed = Outcome.WITHDRAWN, after(received, random.randint(2, stage.standard))
        stages = (HistoricStage(stage=stage.code, started_on=received, due_on=after(received, stage.standard)),)
    else:
        stages = tuple(_stages(random, received, profile))
        last = stages[-1]
        assert last.outcome is not None
        assert last.responded_on is not None
        outcome, closed = (
            last.outcome,
            min(after(last.responded_on, random.choice((0, 0, 0, 1, 2))), LAST_DAY),
        )
    upheld = outcome in {Outcome.UPHELD, Outcome.PARTLY_UPHELD}
    learnt = upheld and random.random() < (0.45 if formal else 0.15)
    return HistoricCase(
        source_id=f"sample/{year[:4]}/{number}",
        kind=Kind.COMPLAINT,
        procedure=profile.procedure,
        channel=channel,
        received_on=received,
        closed_on=closed,
        outcome=outcome,
        service_area=pick(random, profile.services),
        district=pick(random, chances.DISTRICTS),
        complainant_type=pick(random, profile.complainants),
        themes=(first,) if first == second or random.random() < 0.5 else (first, second),
        formal=formal,
        joint_nhs=joint_nhs,
        refusal_reason=refusal,
        stages=stages,
        learning_tags=(first, pick(random, chances.ACTIONS)) if learnt else (),
        provenance=Provenance.SAMPLE,
    )


def _stages(random: Random, received: date, profile: Profile) -> Iterator[HistoricStage]:
    start = received
    for stage in profile.stages:
        done = _stage(random, start, stage)
        if done.responded_on is None or done.responded_on > LAST_DAY:
            # Only reached by escalating late: the first stage of the last complaint ends well before.
            return
        yield done
        if random.random() >= stage.goes_on:
            return
        start = after(done.responded_on, random.randint(1, 20))


def _stage(random: Random, start: date, stage: Stage) -> HistoricStage:
    due = after(start, stage.standard)
    drawn = random.random()
    extended = notified = None
    if drawn < stage.in_time:
        responded = after(start, random.randint(max(1, stage.standard // 3), stage.standard))
    elif drawn < stage.in_time + stage.in_extension:
        extended = after(start, random.randint(stage.standard + 2, stage.extended))
        notified = after(start, random.randint(stage.standard // 2, stage.standard - 1))
        responded = working_day(random, due + timedelta(days=1), extended)
    else:
        responded = after(due, 1 + int(random.expovariate(1 / 9)))
    acknowledged = after(start, random.choice((0, 1, 1, 2, stage.acknowledge, stage.acknowledge + 2)))
    return HistoricStage(
        stage=stage.code,
        started_on=start,
        acknowledged_on=min(acknowledged, responded),
        due_on=due,
        extended_to=extended,
        extension_told_on=notified,
        responded_on=responded,
        outcome=pick(random, stage.findings),
    )


def _compliment(random: Random, year: str, family: str, number: str) -> HistoricCase:
    """Praise goes to the service manager and is acknowledged: closed within a week."""
    channel = pick(random, chances.CHANNELS)
    received = _received(random, year, channel)
    service = pick(random, chances.COMPLIMENT_SERVICES[family])
    children = "childrens-statutory" if service.startswith("csc-") else "childrens-non-statutory"
    procedures = {"childrens": children, "adults": "adults-statutory", "corporate": "corporate"}
    return HistoricCase(
        source_id=f"sample/{year[:4]}/{number}",
        kind=Kind.COMPLIMENT,
        procedure=procedures[family],
        channel=channel,
        received_on=received,
        closed_on=after(received, random.randint(0, 5)),
        service_area=service,
        district=pick(random, chances.DISTRICTS),
        themes=(pick(random, chances.COMPLIMENT_THEMES),),
        provenance=Provenance.SAMPLE,
    )
