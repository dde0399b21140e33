"""Incremental equals recomputed, whatever happens to the consumers. Pure: every call of the store in memory may die."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.measures import Cell, Cells, measure, measure_lesson
from services.reporting.projection.apply import apply_span
from services.reporting.projection.fold import Entry, Place, Seen, by_year, entry
from services.reporting.projection.positions import NOTHING, Gaps, Verdict
from shared.events.facts import CaseFacts
from tests.reporting.histories import Log, logs
from tests.reporting.memory import MemorySlices


def recomputed(log: Log) -> Cells:
    """From the last facts of each aggregate, without any event in between."""
    total: Cells = {}
    for facts in log.latest:
        cells = measure(facts) if isinstance(facts, CaseFacts) else measure_lesson(facts)
        for cell, count in cells.items():
            total[cell] = total.get(cell, 0) + count
    return {cell: count for cell, count in total.items() if count}


def finish(work: Coroutine[Any, Any, Any]) -> None:
    try:
        while True:
            work.send(None)
    except StopIteration:
        return


class Platform:
    """Consumers over one log, each at any line of its batch, under whatever generation the pointer names."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.slices = MemorySlices()
        self.generation = 1
        self.running: list[Coroutine[Any, Any, Any]] = []

    def place(self, partition: int, generation: int | None = None) -> Place:
        return Place(generation or self.generation, "cases", partition, "one")

    def start(self, partition: int, first: int, size: int, generation: int | None = None) -> None:
        """Begin a batch; what a consumer would not fold by the position rule is not begun."""
        events = self.log.partitions[partition][first : first + size]
        if not events:
            return
        place = self.place(partition, generation)
        last = first + len(events) - 1
        verdict = Gaps().judge(place, self.slices.positions.get(place, NOTHING), first, last)
        if verdict is not Verdict.FOLD:
            return
        entries = [
            found for at, event in enumerate(events) if (found := entry(first + at, event)) is not None
        ]
        self.running.append(apply_span(self.slices, place, last, entries))

    def step(self, which: int) -> None:
        if self.running:
            work = self.running[which % len(self.running)]
            try:
                work.send(None)
            except StopIteration:
                self.running.remove(work)

    def kill(self, which: int) -> None:
        if self.running:
            self.running.pop(which % len(self.running)).close()

    def run(self, script: Sequence[tuple[str, int, int, int]]) -> None:
        """Whatever may happen to consumers, in this order; what is under way at the end stays so."""
        for what, which, at, count in script:
            if what == "batch":
                self.start(which, at, count)
            elif what == "next":
                self.start(which, self.slices.positions.get(self.place(which), NOTHING) + 1, count)
            elif what == "step":
                for _ in range(at):
                    self.step(which)
            elif what == "kill":
                self.kill(which)
            else:
                self.generation += 1

    def drain(self, size: int) -> None:
        for partition, events in enumerate(self.log.partitions):
            while (at := self.slices.positions.get(self.place(partition), NOTHING) + 1) < len(events):
                self.start(partition, at, size)
                finish(self.running.pop())


actions = st.lists(
    st.one_of(
        st.tuples(st.just("batch"), st.integers(0, 1), st.integers(0, 12), st.integers(1, 6)),
        st.tuples(st.just("next"), st.integers(0, 1), st.just(0), st.integers(1, 6)),
        st.tuples(st.just("step"), st.integers(0, 3), st.integers(1, 12), st.just(0)),
        st.tuples(st.just("kill"), st.integers(0, 3), st.just(0), st.just(0)),
        st.tuples(st.just("flip"), st.just(0), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(log=logs(), script=actions, size=st.integers(1, 4))
def test_incremental_equals_recomputed(log: Log, script: list[tuple[str, int, int, int]], size: int) -> None:
    """Redelivery with other cuts, crashes at any line, zombies, repeats at new offsets and a rebuild in the middle."""
    platform = Platform(log)
    platform.run(script)
    platform.drain(size)
    assert platform.slices.cells(platform.generation) == recomputed(log)
    while platform.running:
        platform.step(0)
    assert platform.slices.cells(platform.generation) == recomputed(log)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(log=logs(partitions=1), cut=st.integers(1, 5), steps=st.integers(0, 40))
def test_a_crash_after_any_number_of_steps_changes_nothing(log: Log, cut: int, steps: int) -> None:
    platform = Platform(log)
    platform.start(0, 0, cut)
    for _ in range(steps):
        platform.step(0)
    platform.kill(0)
    platform.drain(100)
    assert platform.slices.cells(1) == recomputed(log)


def test_a_gap_is_sought_once_for_a_position_and_then_read_for() -> None:
    gaps, place = Gaps(), Place(1, "cases", 0, "one")
    assert gaps.judge(place, NOTHING, 7, 9) is Verdict.SEEK
    assert gaps.judge(place, NOTHING, 7, 9) is Verdict.FILL, "the log may begin at 7"
    assert gaps.judge(place, 9, 10, 12) is Verdict.FOLD
    assert gaps.judge(place, 12, 8, 12) is Verdict.SKIP
    assert gaps.judge(place, 3, 10, 12) is Verdict.SEEK, "the store came back from a backup"


def test_a_zombie_cannot_add_half_of_a_batch_that_came_to_nothing() -> None:
    """Its span ends between a case and its correction; the owner's span held both, so the fence has moved over them."""
    log = Log([[], []], [])
    place, slices = Place(1, "cases", 0, "one"), MemorySlices()
    there, back = (by_year({Cell("2022-06", "received", "corporate"): count}) for count in (1, -1))
    entries = [Entry(0, Seen("a", 1), there), Entry(1, Seen("a", 2), back)]
    zombie = apply_span(slices, place, 0, entries[:1])
    for _ in range(4):
        zombie.send(None)
    finish(apply_span(slices, place, 1, entries))
    finish(zombie)
    assert slices.cells(1) == recomputed(log) == {}
    assert slices.positions[place] == 1
