"""Trying again: what is tried again, how often, and that a cancellation is never treated as an error."""

import asyncio

import pytest

from shared.backoff import retrying
from shared.service.background import SETTLED_SECONDS, Background
from shared.store.errors import StoreUnavailable


async def test_the_block_is_tried_until_it_succeeds_and_each_error_is_noticed():
    tries, noticed = [], []
    async for attempt in retrying(OSError, first=0.001, longest=0.002, notice=noticed.append):
        with attempt:
            tries.append(attempt.num)
            if len(tries) < 20:
                raise ConnectionError(len(tries))
    assert tries == list(range(1, 21))
    assert [str(error) for error in noticed] == [str(n) for n in range(1, 20)]


async def failing(error, tries, **limits):
    """Fails at every attempt, and counts them in `tries`."""
    async for attempt in retrying(OSError, but=ConnectionError, first=0.01, longest=0.02, **limits):
        with attempt:
            tries.append(attempt.num)
            raise error


@pytest.mark.parametrize("error", [ValueError("not named"), ConnectionError("excepted")])
async def test_what_is_not_named_or_excepted_is_raised_at_once(error):
    tries = []
    with pytest.raises(type(error)):
        await failing(error, tries)
    assert tries == [1]


@pytest.mark.parametrize("limit", [{"attempts": 3}, {"within": 0.05}])
async def test_the_last_error_is_raised_when_there_are_no_attempts_or_no_time_left(limit):
    tries = []
    with pytest.raises(OSError, match="away"):
        await failing(OSError("away"), tries, **limit)
    assert len(tries) == limit.get("attempts", len(tries)) > 1


@pytest.mark.parametrize("turns", range(8))
async def test_a_cancellation_in_the_block_or_in_a_pause_ends_it(turns):
    noticed = []

    async def work():
        async for attempt in retrying(Exception, first=0.01, longest=0.01, notice=noticed.append):
            with attempt:
                await asyncio.sleep(0)
                raise StoreUnavailable("away")

    task = asyncio.create_task(work())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    assert not any(isinstance(error, asyncio.CancelledError) for error in noticed)


def test_it_may_be_used_without_a_loop():
    tries = []
    for attempt in retrying(OSError, first=0.001, longest=0.001):
        with attempt:
            tries.append(None)
            if len(tries) < 3:
                raise OSError("away")
    assert len(tries) == 3


async def test_work_that_failed_once_and_then_runs_is_no_longer_failing():
    """Otherwise one failure at the start would make /livez ask for a new process 90 seconds later, for ever."""
    clock = 1000.0
    ran = asyncio.Event()

    async def work():
        if not ran.is_set():
            ran.set()
            raise RuntimeError("once")
        await asyncio.Event().wait()

    background = Background("timers", work, clock=lambda: clock)
    with pytest.raises(RuntimeError) as once:
        await background.run()
    background.failed(once.value)
    assert background.failing_since == clock
    task = asyncio.create_task(background.run())
    await asyncio.sleep(0)
    assert background.failing_since is not None
    clock += SETTLED_SECONDS + 1
    assert background.failing_since is None
    task.cancel()
    await asyncio.wait([task])


async def test_work_that_only_waits_for_the_store_is_not_failing():
    async def work():
        raise StoreUnavailable("away")

    background = Background("timers", work)
    with pytest.raises(StoreUnavailable) as away:
        await background.run()
    background.failed(away.value)
    assert background.failing_since is None
