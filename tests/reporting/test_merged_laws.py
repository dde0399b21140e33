"""A case that is merged into another counts there and not here; separated again, it counts as if it had never been merged."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.annual.balance import balance
from services.reporting.annual.cube import Cube
from services.reporting.measures import Cell, Cells, difference, measure
from shared.calendar.periods import month_of
from shared.events.cases import CaseEvent
from shared.events.facts import CaseFacts, LessonFacts
from shared.events.lessons import LessonEvent
from tests.reporting.fold_platform import Platform, actions, recomputed
from tests.reporting.histories import Log, case_facts, logs, merged

slow = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@slow
@given(case_facts())
def test_a_merged_case_counts_in_nothing_but_that_it_was_merged(facts: CaseFacts) -> None:
    month = month_of(facts.received_on)
    assert measure(merged(facts)) == {
        Cell(month, "merged", facts.procedure): 1,
        Cell(month, "merged", facts.procedure, kind=facts.kind): 1,
    }


@slow
@given(case_facts())
def test_merging_and_separating_come_to_nothing_together(facts: CaseFacts) -> None:
    before, within = measure(facts), measure(merged(facts))
    total: Cells = dict(before)
    for change in (difference(within, before), difference(before, within)):
        for cell, count in change.items():
            total[cell] = total.get(cell, 0) + count
    assert {cell: count for cell, count in total.items() if count} == before


def separated(facts: CaseFacts | LessonFacts) -> CaseFacts | LessonFacts:
    return facts.model_copy(update={"merged": False}) if isinstance(facts, CaseFacts) else facts


def merge_all(log: Log, *, and_back: bool) -> Log:
    """The log with more events of every case at its end: it is merged, and with `and_back` separated again."""
    partitions = [list(events) for events in log.partitions]
    last: dict[UUID, tuple[list[CaseEvent | LessonEvent], CaseEvent]] = {}
    for events in partitions:
        for event in events:
            if isinstance(event, CaseEvent):
                held = last.get(event.case_id)
                if held is None or event.version > held[1].version:
                    last[event.case_id] = (events, event)
    for events, event in last.values():
        states = [event.after, merged(event.after), separated(event.after)][: 3 if and_back else 2]
        for number, (before, after) in enumerate(pairwise(states), start=1):
            fields = {"before": before, "after": after, "version": event.version + number}
            events.append(CaseEvent(case_id=event.case_id, reference=event.reference, **fields))
    ends = [separated(facts) if and_back or isinstance(facts, LessonFacts) else merged(facts) for facts in log.latest]
    return Log(partitions, ends)


def folded(log: Log, script: list[tuple[str, int, int, int]], size: int) -> Cells:
    """The cells after crashes, redeliveries and a rebuild in the middle."""
    platform = Platform(log)
    platform.run(script)
    platform.drain(size)
    while platform.running:
        platform.step(0)
    return platform.slices.cells(platform.generation)


@slow
@given(log=logs(), script=actions, size=st.integers(1, 4))
def test_what_is_merged_leaves_no_other_count_and_separated_every_count_is_back(
    log: Log, script: list[tuple[str, int, int, int]], size: int
) -> None:
    away = folded(merge_all(log, and_back=False), script, size)
    of_cases = {cell.measure for cell in away} - {"lessons-requested", "lessons-decided", "actions"}
    assert of_cases <= {"merged"}
    assert away == recomputed(merge_all(log, and_back=False))

    back = folded(merge_all(log, and_back=True), script, size)
    assert back == recomputed(Log(log.partitions, [separated(facts) for facts in log.latest]))


@slow
@given(log=logs(), script=actions, size=st.integers(1, 4))
def test_the_balance_holds_whatever_was_merged(log: Log, script: list[tuple[str, int, int, int]], size: int) -> None:
    for one in (log, merge_all(log, and_back=False), merge_all(log, and_back=True)):
        assert balance(Cube(folded(one, script, size))).mismatches == 0
