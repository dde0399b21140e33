"""A change that lost a race is decided anew, and one batch writes what it can at once."""

from uuid import uuid4

import pytest

from shared.errors import Busy
from shared.store.executor import AggregateExecutor, Points

POINTS = Points("test.before", "test.after")


class Counters:
    """Numbers by id, each with its version. `others` change one each time before it is saved."""

    def __init__(self, others=0):
        self.stored = {}
        self.others = others
        self.writes = 0

    async def find(self, key):
        return self.stored.get(key)

    async def load_many(self, ids):
        return {key: self.stored[str(key)] for key in ids if str(key) in self.stored}

    async def save(self, change):
        self.writes += 1
        key, version, value = change
        if self.others:
            self.others -= 1
            at, was = self.stored.get(key, (0, 0))
            self.stored[key] = (at + 1, was + 100)
        if self.stored.get(key, (0, 0))[0] != version:
            return False
        self.stored[key] = (version + 1, value)
        return True

    async def save_many(self, changes):
        return {change[0] for change in changes if not await self.save(change)}


class Adding(AggregateExecutor):
    def __init__(self, counters):
        self.woken = 0
        super().__init__(counters, self.wake, POINTS)

    def wake(self):
        self.woken += 1

    async def add(self, key, number):
        async def decide(stored):
            return self.decided(key, stored, number)

        return await self._until_saved(key, decide)

    async def add_many(self, numbers):
        async def decide(key, stored):
            return self.decided(str(key), stored, numbers[key])

        await self._save_many(numbers, decide)

    @staticmethod
    def decided(key, stored, number):
        version, value = stored or (0, 0)
        return (key, version, value + number) if number else None


async def test_what_lost_a_race_is_decided_anew_on_what_stands_then():
    counters = Counters(others=3)
    executor = Adding(counters)
    assert await executor.add("a", 1) == ("a", 3, 301)
    assert counters.stored["a"] == (4, 301)
    assert (counters.writes, executor.woken) == (4, 1)


async def test_where_nothing_is_decided_nothing_is_written():
    counters = Counters()
    executor = Adding(counters)
    assert await executor.add("a", 0) is None
    await executor.add_many({uuid4(): 0})
    assert (counters.writes, executor.woken) == (0, 0)


async def test_what_never_stops_changing_is_given_up():
    counters = Counters(others=10**6)
    executor = Adding(counters)
    with pytest.raises(Busy):
        await executor.add("a", 1)
    assert (counters.writes, executor.woken) == (20, 0)


async def test_of_a_batch_only_what_lost_a_race_is_written_again():
    counters = Counters()
    executor = Adding(counters)
    ids = [str(uuid4()) for _ in range(3)]
    await executor.add_many({key: n for n, key in enumerate(ids)})
    assert counters.stored == {ids[1]: (1, 1), ids[2]: (1, 2)}
    counters.others = 1
    await executor.add_many(dict.fromkeys(ids, 10))
    assert counters.stored == {ids[0]: (2, 110), ids[1]: (2, 11), ids[2]: (2, 12)}
    assert counters.writes == 2 + 3 + 1
