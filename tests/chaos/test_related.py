"""kill -9 between the two halves of a merge or a split: the other half comes all the same, once, and every count is right."""

from __future__ import annotations

import asyncio

import pytest

from tests.chaos.retrying import figures, holds, keep_trying
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]
POINTS = ("workflow.after-save", "workflow.related-before-save", "workflow.related-after-save")


class Case:
    """A case at the API of a service that may die at any time."""

    def __init__(self, running, key):
        self.running = running
        self.url = f"{running.url('workflow')}/api/v1/cases/{key}"

    async def read(self):
        return (await keep_trying(lambda: self.running.http.get(self.url))).json()

    async def there(self):
        async def seen():
            answer = await keep_trying(lambda: self.running.http.get(self.url))
            return answer if answer.status_code == 200 else None

        await self.running.until(seen)
        return self

    async def take(self, step, **fields):
        """The step, once: after a process died in the middle, the case shows whether it was taken."""
        version = (await self.read())["version"]
        headers = {"If-Match": f'"{version}"'}
        async with asyncio.timeout(PATIENCE):
            answer = await keep_trying(lambda: self.running.http.post(f"{self.url}/steps/{step}", json=fields, headers=headers))
        assert answer.status_code == 200 or (answer.status_code == 412 and (await self.read())["version"] > version), answer.text


async def complaint(running, name):
    answer = await keep_trying(lambda: running.complain(name))
    case = await Case(running, answer.json()["case_id"]).there()
    await case.take("add-element", description=name)
    return case


async def killed(running, point, work):
    """Do the work while workflow kills itself at the point, and is started again."""
    running.arm("workflow", point)
    working = asyncio.create_task(work)
    try:
        await running.died("workflow")
        running.start("workflow")
        await asyncio.wait_for(working, 120)
    finally:
        working.cancel()
        running.disarm("workflow")
        if not running.running("workflow"):
            running.start("workflow")
    await running.ready()


@pytest.mark.parametrize("point", POINTS)
async def test_a_merge_and_its_undoing_survive_a_kill_between_their_halves(running, point):
    received, lessons = await figures(running)
    first, second = await complaint(running, f"first-{point}"), await complaint(running, f"second-{point}")
    into = (await first.read())["reference"]
    await killed(running, point, second.take("merge", into=into, reason="Same.", declarations=["same-matter"]))

    async def absorbed():
        points = (await first.read())["elements"]
        return [el["away"] for el in points] == [False, False]

    await running.until(absorbed)
    await holds(running, (received + 1, lessons))
    await killed(running, point, second.take("unmerge", reason="They are two."))

    async def released():
        points = (await first.read())["elements"]
        return [el["away"] for el in points] == [False, True]

    await running.until(released)
    await holds(running, (received + 2, lessons))
    assert not (await first.read())["relations"]


@pytest.mark.parametrize("point", POINTS)
async def test_a_split_survives_a_kill_and_opens_one_case(running, point):
    received, lessons = await figures(running)
    letter = await complaint(running, f"letter-{point}")
    await killed(running, point, letter.take("split", reason="Two matters."))
    (relation,) = (await letter.read())["relations"]
    other = await Case(running, relation["case_id"]).there()
    assert [r["relation"] for r in (await other.read())["relations"]] == ["split-from"]
    await holds(running, (received + 2, lessons))
