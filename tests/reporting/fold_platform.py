"""Consumers over one log, stopped and killed at any call of the store."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from hypothesis import strategies as st

from services.reporting.measures import Cells, measure, measure_lesson
from services.reporting.projection.apply import apply_span
from services.reporting.projection.fold import Place, entry
from services.reporting.projection.positions import NOTHING, Gaps, Verdict
from shared.events.facts import CaseFacts
from tests.reporting.histories import Log
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
        entries = [found for at, event in enumerate(events) if (found := entry(first + at, event)) is not None]
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
