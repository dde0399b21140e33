"""Incremental equals recomputed, whatever happens to the consumers. Pure: every call of the store in memory may die."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reporting.measures import Cell
from services.reporting.projection.apply import apply_span
from services.reporting.projection.fold import Entry, Place, Seen, by_year
from services.reporting.projection.positions import NOTHING, Gaps, Verdict
from tests.reporting.fold_platform import Platform, actions, finish, recomputed
from tests.reporting.histories import Log, logs
from tests.reporting.memory import MemorySlices


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
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
