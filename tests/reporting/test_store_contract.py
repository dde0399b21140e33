"""What the fold asks of a store, tried on the store in memory, which the laws of the fold run on, and on the real one."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from services.reporting.measures import Cell, Cells
from services.reporting.projection.apply import Slices
from services.reporting.projection.fold import Place, Seen
from services.reporting.projection.positions import NOTHING
from services.reporting.projection.store import AggregateSlices
from shared.store import Store
from tests.reporting.memory import MemorySlices

YEAR = "2022/23"
KEY, OTHER = Cell("2022-06", "received", "corporate"), Cell("2023-01", "closed", "corporate")
PLACE = Place(1, "cases", 0, "one")
ELSEWHERE = [
    PLACE._replace(generation=2),
    PLACE._replace(topic="lessons"),
    PLACE._replace(partition=1),
    PLACE._replace(incarnation="two"),
]


@pytest.fixture
async def real_slices(mongo_url: str) -> AsyncIterator[AggregateSlices]:
    store = Store(mongo_url, f"t{uuid.uuid4().hex[:10]}")
    made = AggregateSlices(store.database("reporting"))
    await made.prepare()
    yield made
    await store.drop_databases()
    store.close()


@pytest.fixture(params=["memory", pytest.param("mongod", marks=pytest.mark.servers)])
def slices(request: pytest.FixtureRequest) -> Slices:
    if request.param == "memory":
        return MemorySlices()
    made: AggregateSlices = request.getfixturevalue("real_slices")
    return made


async def held(slices: Slices, place: Place = PLACE, year: str = YEAR) -> tuple[int, Cells] | None:
    """The fence and the cells of a slice; None where there is none."""
    if isinstance(slices, MemorySlices):
        return slices.slices.get((place, year))
    assert isinstance(slices, AggregateSlices)
    found = [s for s in await slices.slices(place.generation) if (s.place, s.year) == (place, year)]
    return (found[0].fence, dict(found[0].cells)) if found else None


async def test_a_position_goes_up_and_never_back(slices: Slices) -> None:
    assert await slices.position(PLACE) == NOTHING
    for offset, expected in ((0, 0), (7, 7), (3, 7), (7, 7), (8, 8)):
        await slices.advance(PLACE, offset)
        assert await slices.position(PLACE) == expected


async def test_of_several_that_advance_at_once_the_highest_stays(slices: Slices) -> None:
    await asyncio.gather(*(slices.advance(PLACE, offset) for offset in (4, 9, 1, 6)))
    assert await slices.position(PLACE) == 9


@pytest.mark.parametrize("other", ELSEWHERE, ids=str)
async def test_a_place_has_a_position_and_slices_of_its_own(slices: Slices, other: Place) -> None:
    await slices.advance(PLACE, 5)
    assert await slices.swap(PLACE, YEAR, None, 5, {KEY: 1})
    assert await slices.position(other) == NOTHING
    assert await slices.fences(other, [YEAR]) == {}
    assert await slices.swap(other, YEAR, None, 2, {KEY: 3})
    assert await held(slices) == (5, {KEY: 1})


async def test_first_offsets_are_those_of_the_aggregates_that_are_asked_for(slices: Slices) -> None:
    assert await slices.first_offsets(PLACE, {"a"}) == {}
    await slices.note_offsets(PLACE, {Seen("a", 1): 4, Seen("a", 2): 6, Seen("b", 1): 5})
    assert await slices.first_offsets(PLACE, {"a", "c"}) == {Seen("a", 1): 4, Seen("a", 2): 6}
    assert await slices.first_offsets(PLACE, set()) == {}


async def test_of_two_first_offsets_of_an_event_the_lower_stays(slices: Slices) -> None:
    await slices.note_offsets(PLACE, {Seen("a", 1): 4, Seen("b", 1): 5})
    await slices.note_offsets(PLACE, {Seen("a", 1): 9, Seen("b", 1): 2, Seen("a", 2): 10})
    found = await slices.first_offsets(PLACE, {"a", "b"})
    assert found == {Seen("a", 1): 4, Seen("b", 1): 2, Seen("a", 2): 10}


async def test_first_offsets_hold_for_every_generation_of_one_topic(slices: Slices) -> None:
    """They are facts of the log; a topic that was made anew is another log."""
    await slices.note_offsets(PLACE, {Seen("a", 1): 4})
    assert await slices.first_offsets(PLACE._replace(generation=2), {"a"}) == {Seen("a", 1): 4}
    assert await slices.first_offsets(PLACE._replace(incarnation="two"), {"a"}) == {}
    assert await slices.first_offsets(PLACE._replace(topic="lessons"), {"a"}) == {}


async def test_fences_are_those_of_the_slices_that_exist(slices: Slices) -> None:
    assert await slices.swap(PLACE, YEAR, None, 3, {KEY: 1})
    assert await slices.fences(PLACE, [YEAR, "2023/24"]) == {YEAR: 3}
    assert await slices.fences(PLACE, []) == {}


async def test_a_slice_is_made_once(slices: Slices) -> None:
    assert await slices.swap(PLACE, YEAR, None, 3, {KEY: 1})
    assert not await slices.swap(PLACE, YEAR, None, 4, {KEY: 1})
    assert await held(slices) == (3, {KEY: 1})


async def test_a_slice_that_does_not_exist_has_no_fence_to_swap(slices: Slices) -> None:
    assert not await slices.swap(PLACE, YEAR, NOTHING, 3, {KEY: 1})
    assert await held(slices) is None


async def test_what_is_swapped_in_is_added_and_the_fence_is_set(slices: Slices) -> None:
    assert await slices.swap(PLACE, YEAR, None, 3, {KEY: 1})
    assert await slices.swap(PLACE, YEAR, 3, 6, {KEY: 2, OTHER: -1})
    assert await held(slices) == (6, {KEY: 3, OTHER: -1})
    assert await slices.swap(PLACE, YEAR, 6, 8, {})
    assert await held(slices) == (8, {KEY: 3, OTHER: -1})


async def test_a_fence_that_has_moved_is_not_swapped(slices: Slices) -> None:
    assert await slices.swap(PLACE, YEAR, None, 3, {KEY: 1})
    assert await slices.swap(PLACE, YEAR, 3, 6, {KEY: 1})
    assert not await slices.swap(PLACE, YEAR, 3, 7, {KEY: 1})
    assert await held(slices) == (6, {KEY: 2})


@pytest.mark.parametrize("expected", [None, 3])
async def test_of_two_that_swap_at_once_one_does(slices: Slices, expected: int | None) -> None:
    if expected is not None:
        await slices.swap(PLACE, YEAR, None, expected, {KEY: 1})
    done = await asyncio.gather(*(slices.swap(PLACE, YEAR, expected, 6, {KEY: 10}) for _ in range(5)))
    assert sorted(done) == [False, False, False, False, True]
    assert await held(slices) == (6, {KEY: 10 if expected is None else 11})
