"""The sample's requests, letters and remedies: by the law's days, plausible, and nothing of what was there before is otherwise."""

import hashlib
from collections import Counter
from datetime import date

import pytest

from redress.sample import LISTS
from redress.sample.generate import LAST_DAY, SEED, generate
from redress.sample.remedies import MOST
from redress.sample.request_chances import ALL
from redress.sample.working_days import UNITED_KINGDOM, after
from services.intake.rows import fault
from services.workflow.case.commands import Import
from services.workflow.case.decide import decide
from shared.calendar.holidays import published
from shared.calendar.london import financial_year
from shared.events.codes import Kind, OmbudsmanDecision, Outcome
from shared.taxonomy.codes import Codes
from tests.workflow.case_rig import BOOKS, imported, noon

SHARES: dict[str, dict[str, tuple[float, float]]] = {
    "freedom-of-information": {"received": (240, 280), "refused": (0.15, 0.32), "reviewed": (0.04, 0.12)},
    "environmental-information": {"received": (50, 70), "refused": (0.02, 0.2), "reviewed": (0.02, 0.2)},
    "subject-access": {"received": (100, 120), "refused": (0.01, 0.1), "reviewed": (0.02, 0.12)},
    "mp-correspondence": {"received": (160, 180), "refused": (0, 0), "reviewed": (0, 0)},
    "executive-correspondence": {"received": (60, 80), "refused": (0, 0), "reviewed": (0, 0)},
}


@pytest.fixture(scope="module")
def cases():
    return generate()


@pytest.fixture(scope="module")
def requests(cases):
    return [case for case in cases if case.kind is Kind.ENQUIRY]


def remedies(cases):
    return [(o, r) for case in cases for o in case.ombudsman for r in o.remedies]


def test_the_rows_from_before_are_as_they_were(cases):
    """But for what an upheld decision, or an upheld complaint, has now of remedies."""
    before = [
        case.model_copy(
            update={
                "ombudsman": tuple(o.model_copy(update={"satisfactory_remedy": None, "remedies": ()}) for o in case.ombudsman),
                "remedies": (),
            }
        )
        for case in cases
        if case.kind is not Kind.ENQUIRY
    ]
    text = "".join(case.model_dump_json(exclude_defaults=True) for case in before)
    digest = "1d3aad0f1ee16091e831a91441fb6867f4dea5afb825c64341ba5e3dca9a03e2"
    assert (len(before), hashlib.sha256(text.encode()).hexdigest()) == (6851, digest)


def test_intake_takes_every_row(cases):
    codes = Codes(LISTS)
    assert {fault(case, codes, LAST_DAY, 1990) for case in cases} == {None}


@pytest.mark.parametrize("seed", [SEED, 1, 2])
def test_nothing_is_later_than_the_last_day_or_left_open(seed):
    for case in generate(seed):
        remedies = [*case.remedies, *(r for o in case.ombudsman for r in o.remedies)]
        ended = [r.ended_on for r in remedies]
        assert None not in ended
        days = [case.closed_on, *ended, *(r.due_on for r in remedies)]
        days += [d for s in case.stages for d in (s.responded_on, s.closed_on) if d]
        assert max(days) <= LAST_DAY


@pytest.mark.parametrize("procedure", SHARES)
def test_requests_are_answered_refused_extended_late_and_reviewed_in_plausible_numbers(requests, procedure):
    mine = [case for case in requests if case.procedure == procedure]
    first = [case.stages[0] for case in mine if case.stages[0].responded_on]
    late = [s for s in first if s.responded_on > (s.extended_to or s.due_on)]
    found = {
        "received": len(mine),
        "refused": sum(case.stages[0].outcome is Outcome.REFUSED for case in mine) / len(mine),
        "reviewed": sum(len(case.stages) > 1 for case in mine) / len(mine),
    }
    for name, (least, most) in SHARES[procedure].items():
        assert least <= found[name] <= most, name
    assert 0.05 < len(late) / len(first) < 0.3
    assert 0.02 < sum(s.extended_to is not None for s in first) / len(first) < 0.3
    for year in ("2021/22", "2022/23"):
        of_year = [case for case in mine if financial_year(case.received_on) == year]
        assert any(s.extended_to for case in of_year for s in case.stages), year


def test_the_two_years_differ_a_little(requests):
    counts = Counter((case.procedure, financial_year(case.received_on)) for case in requests)
    for asked in ALL:
        before, now = counts[asked.procedure, "2021/22"], counts[asked.procedure, "2022/23"]
        assert before < now < 1.25 * before, asked.procedure


def test_a_day_off_anywhere_in_the_united_kingdom_does_not_count(requests):
    due = {case.received_on: case.stages[0].due_on for case in requests if case.procedure == "freedom-of-information"}
    assert all(due[day] == after(day, 20, UNITED_KINGDOM) for day in due)
    assert sum(due[day] != after(day, 20) for day in due) > 20


def test_the_due_dates_are_those_that_the_rulebooks_count(requests):
    """A row without any gets the same figures: the rulebook's clock counts them."""

    def facts(case):
        made = decide(None, Import(imported(**case.model_dump())), BOOKS, noon(date(2026, 1, 5)), published())
        return made[-1].after

    for case in requests[::4] + [case for case in requests if len(case.stages) > 1]:
        bare = tuple(stage.model_copy(update={"due_on": None}) for stage in case.stages)
        assert facts(case) == facts(case.model_copy(update={"stages": bare})), case.source_id


def test_remedies_are_those_of_upheld_decisions_and_go_every_way(cases):
    found = remedies(cases)
    assert {o.decision for o, _ in found} == {OmbudsmanDecision.UPHELD}
    assert max(len(o.remedies) for o, _ in found) <= MOST
    assert not any(o.satisfactory_remedy for o, _ in found), "what was offered before is not recommended again"
    go_every_way([r for _, r in found])
    upheld = [o for case in cases for o in case.ombudsman if o.decision is OmbudsmanDecision.UPHELD]
    offered = sum(o.satisfactory_remedy for o in upheld)
    assert 0 < offered < len(upheld) / 4


def go_every_way(remedies):
    how = Counter("not-done" if r.not_done_on else "late" if r.done_on > r.due_on else "on-time" for r in remedies)
    assert how["on-time"] / len(remedies) > 0.7
    assert how["late"] > how["not-done"] > 0


def test_the_councils_own_remedies_are_those_of_upheld_complaints(cases):
    having = [case for case in cases if case.remedies]
    assert {case.outcome for case in having} == {Outcome.UPHELD, Outcome.PARTLY_UPHELD}
    assert all(case.formal and case.kind is Kind.COMPLAINT for case in having)
    assert {case.procedure for case in having} >= {"adults-statutory", "childrens-statutory", "corporate"}
    go_every_way([r for case in having for r in case.remedies])
