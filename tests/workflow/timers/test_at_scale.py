"""Timers: a sweep costs what is due and not what is open; nobody at the head starves the rest; late is caught up in order."""

import asyncio
from datetime import date, timedelta
from itertools import pairwise

from prometheus_client import CollectorRegistry

from services.workflow.background.timer_sweep import Sweeper
from services.workflow.case.commands import Receive
from services.workflow.case.decide import decide
from services.workflow.change import change
from services.workflow.executor import Executor
from services.workflow.store import Cases
from shared.calendar.holidays import published
from shared.events.outgoing import Cause
from tests.workflow.case_rig import BOOKS, noon, received
from tests.workflow.timers.sweeping import measure


def cases_of(workflow, name):
    return Cases(workflow.store.database("workflow")[name], BOOKS, published())


def new_case(day):
    sent = received(day)
    return change(None, decide(None, Receive(sent), BOOKS, noon(day), published()), noon(day), Cause("c"))


def sweeper(cases, at, **more):
    return Sweeper(cases, Executor(cases, lambda: None), CollectorRegistry(), clock=lambda: at, **more)


async def drained(*sweepers):
    while sum(await asyncio.gather(*(s.sweep() for s in sweepers))):
        pass


async def test_the_cost_of_a_sweep_is_of_what_is_due(workflow):
    database = workflow.store.database("workflow")
    small = await measure(database["small"], open_clocks=300, due=100, batch=50)
    large = await measure(database["large"], open_clocks=6000, due=100, batch=50)
    assert small.cost == large.cost
    assert (large.keys_per_due, large.documents_per_due) == (1.0, 1.0)
    assert "IXSCAN" in large.cost.stages
    assert not {"SORT", "COLLSCAN"} & set(large.cost.stages)
    assert large.events == {"redress.case.clock-due-soon.v1": 100, "redress.case.clock-breached.v1": 100}


async def test_broken_cases_at_the_head_starve_nobody(workflow):
    """More cases than a look takes fail for ever, and are the earliest due: the others are published all the same."""
    day, at = date(2024, 4, 8), noon(date(2024, 4, 20))
    cases = cases_of(workflow, "cases")
    await cases.prepare()
    broken, sound = [new_case(day) for _ in range(30)], [new_case(day) for _ in range(10)]
    await cases.create_many([*broken, *sound])
    collection = workflow.store.database("workflow")["cases"]
    for item in broken:
        await collection.update_one(
            {"_id": str(item.after.case.case_id)},
            {"$set": {"case.rulebook_version": 99, "timer_at": noon(day - timedelta(days=1))}},
        )
    looks = sweeper(cases, at, batch=10)
    for _ in range(4):
        await looks.sweep()
    for item in sound:
        assert len(await cases.history(str(item.after.case.case_id))) == 3
    # Nothing that failed is given up: it is looked at again when its time comes.
    assert await collection.count({"timer_failures": {"$gte": 1}}) == 30
    assert await collection.count({"timer_at": {"$gt": at, "$lte": at + timedelta(hours=1)}}) == 30


async def test_after_a_day_down_what_was_missed_is_published_in_order_by_two_instances_and_once(workflow):
    cases = cases_of(workflow, "cases")
    await cases.prepare()
    days = [date(2024, 4, 2) + timedelta(days=n) for n in range(7)]
    made = [new_case(day) for day in days for _ in range(5)]
    await cases.create_many(made)
    stopped = noon(date(2024, 4, 9))
    await drained(sweeper(cases, stopped))
    back = stopped + timedelta(days=1)
    await drained(*(sweeper(cases, back, batch=7) for _ in range(2)))
    late = 0
    for item in made:
        history = (await cases.history(str(item.after.case.case_id)))[1:]
        assert len({(h["type"], h["data"]["clock"], h["data"]["deadline"]) for h in history}) == len(history)
        assert all(a["time"] <= b["time"] for a, b in pairwise(history))
        for entry in history:
            assert entry["time"] <= entry["recorded_at"]
            missed = entry["time"] + timedelta(minutes=15) < entry["recorded_at"]
            assert entry["data"]["late"] is missed
            late += missed and entry["recorded_at"] == back
    assert late > 0
    assert await cases.due(back, 1) == []
