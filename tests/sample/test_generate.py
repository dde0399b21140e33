"""The sample: its printed figures are exact for every seed, and the rows are what a council's history looks like."""

from collections import Counter
from datetime import date

import pytest

from redress.sample import LISTS
from redress.sample.figures import PLAUSIBLE, YEARS, measure, printed, source, target
from redress.sample.generate import LAST_DAY, generate
from redress.sample.working_days import after
from shared.calendar.london import financial_year, fy_bounds
from shared.events.codes import Kind, OmbudsmanDecision, Outcome, Provenance
from shared.taxonomy import load


@pytest.fixture(scope="module")
def cases():
    return generate()


PRINTED = [(name, year, number) for name, years in printed().items() for year, number in years.items()]


def test_what_the_report_prints():
    assert len(PRINTED) == 15
    assert {(n, y): v for n, y, v in PRINTED}["childrens.complaints", "2022/23"] == 434


@pytest.mark.parametrize(("name", "year", "number"), PRINTED)
def test_every_printed_figure_is_exact(cases, name, year, number):
    assert measure(cases)[name][year] == number


@pytest.mark.parametrize(("name", "year"), [(n, y) for n, years in PLAUSIBLE.items() for y in years])
def test_every_plausible_figure_is_the_documented_one(cases, name, year):
    assert source(name, year) == "plausible"
    assert measure(cases)[name][year] == target(name, year)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_printed_figures_hold_for_any_seed(seed):
    found = measure(generate(seed))
    assert [found[name][year] for name, year, _ in PRINTED] == [number for *_, number in PRINTED]


def test_the_shares_that_the_report_prints(cases):
    found = measure(cases)
    outside, all_ = (found[f"corporate.{n}"]["2022/23"] for n in ("resolved_outside_formal", "dissatisfaction"))
    assert (outside, round(100 * outside / all_)) == (1305, 95)
    before, now = (found["corporate.compliments"][year] for year in YEARS)
    assert round(100 * (now - before) / before) == 93
    statutory = [found["childrens.statutory"][year] for year in YEARS]
    total = [found["childrens.complaints"][year] for year in YEARS]
    assert statutory[1] < statutory[0], "statutory complaints fell"
    assert total[1] - statutory[1] > total[0] - statutory[0], "non-statutory complaints rose"


def test_the_same_seed_gives_the_same_rows(cases):
    assert generate() == cases


def test_rows_are_marked_and_hold_codes_that_the_lists_know(cases):
    assert {c.provenance for c in cases} == {Provenance.SAMPLE}
    assert len({c.source_id for c in cases}) == len(cases)
    for field, name in [
        ("procedure", "procedures"),
        ("service_area", "service-areas"),
        ("district", "districts"),
        ("complainant_type", "complainant-types"),
        ("refusal_reason", "refusal-reasons"),
    ]:
        assert {getattr(c, field) for c in cases} - {None} <= load(name, LISTS).codes, field
    themes = load("themes").codes
    assert {t for c in cases if c.kind is Kind.COMPLAINT for t in c.themes} <= themes
    assert {t for c in cases if c.kind is Kind.COMPLIMENT for t in c.themes} <= load("compliment-themes").codes
    assert {t for c in cases for t in c.learning_tags} <= themes | load("learning-action-types").codes
    assert {s.stage for c in cases for s in c.stages} <= load("stages").codes


def test_days_are_in_order_and_all_is_closed(cases):
    first, _ = fy_bounds(YEARS[0])
    _, last = fy_bounds(YEARS[1])
    for case in cases:
        assert first <= case.received_on <= last
        assert case.closed_on is not None
        assert case.closed_on <= LAST_DAY
        for stage in case.stages:
            if stage.responded_on and stage.acknowledged_on:
                assert stage.acknowledged_on <= stage.responded_on
            if stage.extension_told_on:
                assert stage.extension_told_on <= stage.due_on < stage.responded_on <= stage.extended_to
        for referral in case.ombudsman:
            assert referral.decided_on <= LAST_DAY
    assert all(c.outcome is not None for c in cases if c.kind is Kind.COMPLAINT)


def test_some_are_carried_over_each_year_end(cases):
    for year in YEARS:
        _, end = fy_bounds(year)
        carried = [c for c in cases if c.received_on <= end < c.closed_on]
        assert 100 < len(carried) < 400


def test_deadlines_count_working_days(cases):
    for case in cases:
        if case.procedure == "childrens-statutory" and case.stages:
            assert case.stages[0].due_on == after(case.received_on, 10)
    assert after(date(2022, 9, 16), 1) == date(2022, 9, 20), "the state funeral was a bank holiday"


def test_the_way_through_the_procedures_is_plausible(cases):
    formal = [c for c in cases if c.kind is Kind.COMPLAINT and c.stages and c.formal]
    late = [s for c in formal for s in c.stages if s.responded_on and s.responded_on > (s.extended_to or s.due_on)]
    assert 0.1 < len(late) / sum(len(c.stages) for c in formal) < 0.45
    assert {len(c.stages) for c in cases if c.procedure == "childrens-statutory" and c.stages} == {1, 2, 3}
    assert {s.stage for c in cases if not c.formal for s in c.stages} == {"informal"}
    assert {c.outcome for c in cases} >= {
        Outcome.WITHDRAWN,
        Outcome.REFUSED,
        Outcome.RESOLVED,
        Outcome.UPHELD,
    }
    decisions = Counter(o.decision for c in cases for o in c.ombudsman)
    assert set(decisions) == set(OmbudsmanDecision)
    learnt = [c for c in cases if c.learning_tags]
    assert all(c.outcome in {Outcome.UPHELD, Outcome.PARTLY_UPHELD} for c in learnt)
    assert {financial_year(c.closed_on) for c in learnt} >= set(YEARS)
