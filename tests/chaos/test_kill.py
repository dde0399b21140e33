"""kill -9 between any two steps loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio
import random

import pytest

from tests.chaos.retrying import figures, holds, keep_trying
from tests.platform import SERVICES
from tests.waiting import PATIENCE, everything_on

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

POINTS = [
    ("intake", "intake.before-insert"),
    ("intake", "intake.after-insert"),
    ("intake", "relay.before-publish"),
    ("intake", "relay.published"),
    ("intake", "relay.removed"),
    ("workflow", "workflow.handled-before-save"),
    ("workflow", "workflow.after-save"),
    ("workflow", "relay.before-publish"),
    ("workflow", "relay.published"),
    ("workflow", "relay.removed"),
    ("learning", "learning.before-save"),
    ("learning", "learning.after-save"),
    ("learning", "relay.published"),
    ("reporting", "reporting.before-fold"),
    ("reporting", "reporting.between-documents"),
    ("reporting", "reporting.after-fold"),
]


async def uphold(running, case_id):
    """The steps to an upheld response, each repeated until the case shows that it was taken."""
    url = f"{running.url('workflow')}/api/v1/cases/{case_id}"
    steps = [
        ("acknowledge", {}),
        ("add-element", {"description": "x"}),
        ("find", {"element": 1, "finding": "upheld", "reasoning": "y"}),
        ("respond", {"response": "z", "declarations": ["escalation-rights-told"], "person": "officer-1"}),
        ("close", {}),
    ]

    async def seen():
        answer = await keep_trying(lambda: running.http.get(url))
        return None if answer.status_code == 404 else answer

    first = await running.until(seen)
    version = int(first.headers["ETag"].strip('"'))
    for step, fields in steps:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await keep_trying(
                    lambda s=step, f=fields, v=version: running.http.post(
                        f"{url}/steps/{s}", json=f, headers={"If-Match": f'"{v}"'}
                    )
                )
                current = await keep_trying(lambda: running.http.get(url))
                now_at = int(current.headers["ETag"].strip('"'))
                if answer.status_code == 200 or (answer.status_code == 412 and now_at > version):
                    version = now_at
                    break
                raise AssertionError(f"{step}: {answer.status_code} {answer.text}")


@pytest.mark.parametrize(("service", "point"), POINTS, ids=[f"{s}-{p}" for s, p in POINTS])
async def test_a_process_killed_at_a_named_point(running, service, point):
    received, lessons = await figures(running)
    running.arm(service, point)

    async def work():
        answer = await keep_trying(lambda: running.complain(f"{service}-{point}"))
        assert answer.status_code == 202, answer.text
        await uphold(running, answer.json()["case_id"])

    working = asyncio.create_task(work())
    try:
        await running.died(service)
        running.start(service)
        await asyncio.wait_for(working, 2 * PATIENCE)
    finally:
        working.cancel()
        running.disarm(service)
        if not running.running(service):
            running.start(service)
    await running.ready()
    await holds(running, (received + 1, lessons + 1))


async def test_random_kills_under_load(running):
    received, lessons = await figures(running)
    generator = random.Random(20261123)
    wanted, upheld = 80, 12

    async def one(n):
        await asyncio.sleep(generator.random() * 12)
        answer = await keep_trying(lambda: running.complain(f"load-{n}"), 120)
        assert answer.status_code == 202, answer.text
        if n < upheld:
            await uphold(running, answer.json()["case_id"])
        return answer.json()["case_id"]

    async def kills():
        while True:
            await asyncio.sleep(0.5 + generator.random())
            victim = generator.choice(SERVICES)
            running.kill(victim)
            await asyncio.sleep(generator.random() * 0.3)
            running.start(victim)
            await asyncio.sleep(1.5)

    killing = asyncio.create_task(kills())
    try:
        cases = await asyncio.wait_for(asyncio.gather(*(one(n) for n in range(wanted))), 200)
    finally:
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)
        for name in SERVICES:
            if not running.running(name):
                running.start(name)
    assert len(set(cases)) == wanted
    await running.ready()
    await holds(running, (received + wanted, lessons + upheld))
    await versions_have_no_gap(running, set(cases))


async def versions_have_no_gap(running, cases):
    prefix = running.env["REDRESS_TOPIC_PREFIX"]
    order: dict[str, list[int]] = {}
    for record in await everything_on(running.env["REDRESS_KAFKA"], f"{prefix}cases", seconds=1.5):
        sequence = int(dict(record.headers)["ce_sequence"])
        order.setdefault((record.key or b"").decode(), []).append(sequence)
    for case in cases:
        first_seen = list(dict.fromkeys(order[case]))
        assert first_seen == list(range(1, len(first_seen) + 1)), (case, order[case])
