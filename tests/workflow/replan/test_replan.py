"""A holiday that is announced late: open clocks only, said once, with what was said before and what holds now."""

import asyncio
import json
from datetime import date

import pytest
from prometheus_client import CollectorRegistry

from services.workflow.case.commands import FireTimers, Receive
from services.workflow.case.decide import decide
from services.workflow.case.evolve import evolve, fold
from services.workflow.change import Cause, change
from services.workflow.clocks.replan import Replanner, replan
from services.workflow.explaining.clocks import explain
from services.workflow.store import Cases
from shared.calendar.holidays import Holiday, HolidayRegister, published
from shared.events.cases import ClockReplanned
from tests.waiting import PATIENCE
from tests.workflow.desk import BOOKS, Desk, investigated, noon, received
from tests.workflow.test_service import complaint, opened

MON = date(2024, 4, 8)
ANNOUNCED = noon(date(2024, 4, 10))
REST = Holiday(
    division="england-and-wales", date=date(2024, 4, 15), title="A day of rest", known_from=ANNOUNCED
)
LATER = published().adding(REST)


def said(case, register=None):
    return {
        c.clock: c.due_on for c in explain(case, BOOKS.get("corporate-code-2024", 1), MON, register).clocks
    }


def after(desk, register=LATER, at=ANNOUNCED):
    events = replan(desk.case, said(desk.case), BOOKS, at, register)
    case = desk.case
    for event in events:
        case = evolve(case, event)
    return case, events


def test_an_open_clock_says_what_it_said_and_what_holds_now():
    desk = investigated()
    case, (event,) = after(desk)
    assert (event.clock, event.said, event.holds) == (
        "stage-1-response",
        date(2024, 4, 22),
        date(2024, 4, 23),
    )
    assert event.before.stages[0].due_on == date(2024, 4, 22)
    assert event.after.stages[0].due_on == date(2024, 4, 23)
    assert event.calendar == LATER.version
    # The acknowledgement was sent before: what was said of it stays.
    assert event.after.stages[0].acknowledgement_due_on == date(2024, 4, 15)
    assert fold([*desk.events, event]) == case
    assert replan(case, said(case, LATER), BOOKS, ANNOUNCED, LATER) == ()


def test_a_holiday_that_is_withdrawn_moves_it_back():
    desk = Desk(register=LATER).open(MON).do("acknowledge", MON)
    was = said(desk.case, LATER)
    (event,) = replan(desk.case, was, BOOKS, noon(date(2024, 4, 11)), published())
    assert (event.said, event.holds) == (date(2024, 4, 23), date(2024, 4, 22))


@pytest.mark.parametrize("step", ["respond", "close"])
def test_a_clock_that_stopped_is_left_alone(step):
    desk = investigated().do("respond", date(2024, 4, 9))
    if step == "close":
        desk.do("close", date(2024, 4, 9))
    before = desk.facts.stages
    assert after(desk)[1] == ()
    # And what comes later on the case does not move it either.
    desk.register = LATER
    desk.do("note", date(2024, 4, 12))
    assert desk.facts.stages == before


def test_an_earlier_stage_keeps_its_deadline_when_the_later_one_moves():
    desk = investigated().do("respond", date(2024, 4, 9)).do("escalate", date(2024, 4, 9))
    case, events = after(desk)
    assert {e.stage for e in events} == {"stage-2"}
    assert case.facts.stages[0] == desk.facts.stages[0]
    assert case.facts.stages[1].acknowledgement_due_on == date(2024, 4, 17)


def test_a_new_deadline_is_warned_of_anew():
    desk = investigated()
    desk.tick(noon(date(2024, 4, 18)))
    case, _ = after(desk, at=noon(date(2024, 4, 18)))
    spoken = decide(case, FireTimers(), BOOKS, noon(date(2024, 4, 19)), LATER)
    assert [e.deadline for e in spoken] == [date(2024, 4, 23)]


def test_past_the_last_year_there_is_no_deadline_until_the_year_is_published():
    year = published().calendar("england-and-wales").last_year
    short = HolidayRegister(h for h in published().holidays if h.date.year < year)
    start = date(year - 1, 12, 29)
    desk = Desk(register=short).open(start)
    assert said(desk.case, short)["stage-1-acknowledgement"] is None
    (event,) = replan(desk.case, {"stage-1-acknowledgement": None}, BOOKS, noon(start), published())
    assert event.said is None
    assert event.holds.year == year
    (back,) = replan(desk.case, {"stage-1-acknowledgement": event.holds}, BOOKS, noon(start), short)
    assert (back.said, back.holds) == (event.holds, None)


async def test_two_instances_replan_every_open_case_once_and_hold_up_none(workflow):
    collection = workflow.store.database("workflow")["cases"]
    before, later = Cases(collection, BOOKS), Cases(collection, BOOKS, LATER)
    await before.prepare()
    made = []
    for _ in range(30):
        sent = received(MON)
        made.append(change(None, decide(None, Receive(sent), BOOKS, noon(MON)), noon(MON), Cause("c")))
    await before.create_many(made)
    ids = [str(c.after.case.case_id) for c in made]
    await collection.update_one({"_id": ids[0]}, {"$set": {"case.rulebook_version": 99}})
    # A document of before deadlines were written down says by its facts what was said.
    await collection.update_one({"_id": ids[1]}, {"$unset": {"deadlines": 1, "calendar": 1}})
    both = [Replanner(later, CollectorRegistry(), clock=lambda: ANNOUNCED, batch=7) for _ in range(2)]
    moved = await asyncio.gather(*(r.all() for r in both))
    assert sum(await asyncio.gather(*(r.all() for r in both))) == 0
    told = 0
    for case_id in ids[1:]:
        entries = [h for h in await later.history(case_id) if h["type"] == ClockReplanned.type]
        clocks = {h["data"]["clock"]: (h["data"]["said"], h["data"]["holds"]) for h in entries}
        assert clocks.pop("stage-1-acknowledgement") == ("2024-04-15", "2024-04-16")
        assert len(clocks) == len(entries) - 1 == 1
        told += len(entries)
    assert sum(moved) == told
    assert await later.counted_otherwise(LATER.version, 10) != []
    assert await later.counted_otherwise(LATER.version, 10, but=ids[:1]) == []
    cost = await collection.explain_find({"status": "open", "calendar": {"$ne": LATER.version}}, limit=200)
    assert "IXSCAN" in cost.stages
    assert cost.documents_examined == 1


async def test_a_holiday_in_a_file_replans_at_the_next_start_and_as_known_on_answers_the_old_deadline(
    workflow, tmp_path
):
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
        told = [x.data for x in await workflow.said() if isinstance(x.data, ClockReplanned)]
        assert [(t.clock, str(t.said)) for t in told] == [
            (f["data"]["clock"], f["data"]["said"]) for f in found
        ]
