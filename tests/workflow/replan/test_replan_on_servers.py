"""Late holidays on the real store and broker: every open case once, whoever re-plans it, and the old answer for ever."""

import asyncio
import json

from prometheus_client import CollectorRegistry

from services.workflow.background.replanning import Replanner
from services.workflow.case.commands import Receive
from services.workflow.case.decide import decide
from services.workflow.change import change
from services.workflow.executor import Executor
from services.workflow.store import Cases
from shared.calendar.holidays import published
from shared.events.cases import ClockReplanned
from shared.events.outgoing import Cause
from tests.waiting import PATIENCE
from tests.workflow.case_rig import BOOKS, noon, received
from tests.workflow.replan.late_holiday import ANNOUNCED, LATER, MON
from tests.workflow.service_rig import complaint, opened


async def test_two_instances_replan_every_open_case_once_and_hold_up_none(workflow):
    collection = workflow.store.database("workflow")["cases"]
    before, later = Cases(collection, BOOKS, published()), Cases(collection, BOOKS, LATER)
    await before.prepare()
    made = []
    for _ in range(30):
        sent = received(MON)
        made.append(change(None, decide(None, Receive(sent), BOOKS, noon(MON), published()), noon(MON), Cause("c")))
    await before.create_many(made)
    ids = [str(c.after.case.case_id) for c in made]
    await collection.update_one({"_id": ids[0]}, {"$set": {"case.rulebook_version": 99}})
    # A document from before deadlines were written down has the published ones in its facts.
    await collection.update_one({"_id": ids[1]}, {"$unset": {"deadlines": 1, "calendar": 1}})
    executor = Executor(later, lambda: None)
    both = [Replanner(later, executor, CollectorRegistry(), clock=lambda: ANNOUNCED, batch=7) for _ in range(2)]
    moved = await asyncio.gather(*(r.all() for r in both))
    assert sum(await asyncio.gather(*(r.all() for r in both))) == 0
    replanned = 0
    for case_id in ids[1:]:
        entries = [h for h in await later.history(case_id) if h["type"] == ClockReplanned.type]
        clocks = {h["data"]["clock"]: (h["data"]["said"], h["data"]["holds"]) for h in entries}
        assert clocks.pop("stage-1-acknowledgement") == ("2024-04-15", "2024-04-16")
        assert len(clocks) == len(entries) - 1 == 1
        replanned += len(entries)
    assert sum(moved) == replanned
    assert await later.counted_by_other_holidays(LATER.version, 10) != []
    assert await later.counted_by_other_holidays(LATER.version, 10, excluding=ids[:1]) == []
    cost = await collection.explain_find({"status": "open", "calendar": {"$ne": LATER.version}}, limit=200)
    assert "IXSCAN" in cost.stages
    assert cost.documents_examined == 1


async def test_a_holiday_in_a_file_replans_at_the_next_start_and_as_known_on_answers_the_old_deadline(workflow, tmp_path):
    sent = await complaint(workflow)
    async with workflow.running() as client:
        await workflow.publish(sent)
        case = (await opened(client, sent)).json()
        url = f"/api/v1/cases/{case['case_id']}/clocks"
        old = {c["clock"]: c["due_on"] for c in (await client.get(url)).json()["clocks"]}
        then = (await client.get(f"/api/v1/cases/{case['case_id']}/events")).json()["items"][0]["recorded_at"]
    day = old["stage-1-acknowledgement"]
    holiday = {
        "division": "england-and-wales",
        "date": day,
        "title": "A day of rest",
        "known_from": "2099-01-01T00:00:00Z",
    }
    file = tmp_path / "holidays.json"
    file.write_text(json.dumps({"holidays": [holiday]}))
    workflow.settings = workflow.settings.model_copy(update={"holidays": file})
    async with workflow.running() as client:

        async def moved():
            items = (await client.get(f"/api/v1/cases/{case['case_id']}/events")).json()["items"]
            found = [i for i in items if i["type"] == ClockReplanned.type]
            return found or None

        async with asyncio.timeout(PATIENCE):
            while not (found := await moved()):
                await asyncio.sleep(0.1)
        assert found[0]["data"]["said"] == day
        now = {c["clock"]: c["due_on"] for c in (await client.get(url)).json()["clocks"]}
        assert now["stage-1-acknowledgement"] == found[0]["data"]["holds"] > day
        asked = {"as_known": then.replace("+00:00", "Z")}
        known = {c["clock"]: c["due_on"] for c in (await client.get(url, params=asked)).json()["clocks"]}
        assert known == old
        replanned = [x.data for x in await workflow.published_on() if isinstance(x.data, ClockReplanned)]
        assert [(t.clock, str(t.said)) for t in replanned] == [(f["data"]["clock"], f["data"]["said"]) for f in found]
