"""Workflow on the real broker and store: feedback becomes a case, staff work it, events and outcomes come out once each."""

import asyncio
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from urllib.parse import quote
from uuid import uuid4

from prometheus_client import CollectorRegistry

from services.workflow.background.timer_sweep import Sweeper
from services.workflow.case.commands import Receive
from services.workflow.case.decide import decide
from services.workflow.change import change
from services.workflow.executor import Executor
from services.workflow.store import Cases
from shared.calendar.holidays import published
from shared.events import cases as e
from shared.events.facts import LessonFacts
from shared.events.feedback import FeedbackMessageAdded, FeedbackReceived, FeedbackWithdrawn
from shared.events.lessons import LessonTagged
from shared.events.outcomes import OutcomeEvent, OutcomeRecorded
from shared.events.outgoing import Cause
from shared.ids import case_id
from tests.waiting import until
from tests.workflow.case_rig import BOOKS, envelope, imported, noon, received, sealed
from tests.workflow.historic_rows import CHILD
from tests.workflow.service_rig import TOKENS, WORDS, Walk, complaint, everything, opened


async def test_a_complaint_is_worked_through_both_stages_to_the_ombudsman(workflow):
    sent = await complaint(workflow, service_area="potholes")
    async with workflow.running() as client:
        await workflow.publish(sent)
        first = await opened(client, sent)
        case = first.json()
        assert (case["version"], first.headers["ETag"], case["content"]["narrative"]) == (1, '"1"', WORDS)
        assert (case["facts"]["procedure"], case["facts"]["service_area"]) == ("corporate", "potholes")
        clocks = {c["clock"]: c for c in case["clocks"]}
        assert clocks["stage-1-response"]["status"] == "provisional"
        assert len(clocks["stage-1-acknowledgement"]["trace"][0]["trace"]["counted"]) == 5
        steps = {s["step"]: s for s in case["steps"]}
        assert "respond" not in steps
        assert steps["refuse"]["fields"]["properties"]["refusal_reason"]["enum"][0] == "out-of-time"
        everything_listed = await client.get(f"/api/v1/cases/{sent.data.reference}", params={"all_steps": True})
        closed_off = {s["step"]: s["why_not"] for s in everything_listed.json()["steps"] if s["why_not"]}
        assert closed_off.keys().isdisjoint(steps)
        assert "is not open to a case in the state" in closed_off["respond-finally"][0]
        assert all(s["why_not"] == [] for s in case["steps"])
        walk = Walk(client, first)
        await walk("acknowledge", text="We have it.")
        await walk("assign", person="officer-1", reason="She knows the street.")
        wrong = await walk("add-element", 422, description=WORDS, theme="delai")
        assert wrong["type"] == "urn:redress:problem:unknown-code"
        assert [e["pointer"] for e in wrong["errors"]] == ["/theme"]
        assert "'delay'" in wrong["detail"]
        wrong = await walk("reclassify", 422, reason="Misread.", district="atlantis", service_area="street-lights")
        assert [e["pointer"] for e in wrong["errors"]] == ["/service_area", "/district"]
        wrong = await walk("reclassify", 422, reason="Misread.", district="South Ribble", themes=["Delay!"])
        meant = {e["pointer"]: e["detail"] for e in wrong["errors"]}
        assert "'south-ribble'" in meant["/district"]
        assert "'delay'" in meant["/themes/0"]
        assert "Delay!" not in str(wrong)
        wrong = await walk("split", 422, reason="Two matters.", themes=["delay", "dalay"])
        assert [e["pointer"] for e in wrong["errors"]] == ["/themes/1"]
        lists = {found["list"]: found for found in (await client.get("/api/v1/codes")).json()["lists"]}
        assert {"code": "wyre", "label": "Wyre"}.items() <= next(
            c for c in lists["districts"]["codes"] if c["code"] == "wyre"
        ).items()
        await walk("add-element", description=WORDS, theme="delay")
        refused = await walk("respond", 422, response="We are sorry.", declarations=["escalation-rights-told"])
        assert refused["type"] == "urn:redress:problem:elements-not-found"
        twice = await walk("respond", 422, response="We are sorry.", text="Not at all.", declarations=["escalation-rights-told"])
        assert [e["pointer"] for e in twice["errors"]] == ["/response"]
        await walk("find", element=1, finding="upheld", reasoning="It was promised.")
        problem = await walk("extend", 422, declarations=["ombudsman-rights-told"])
        assert problem["errors"] == [{"pointer": "/reason", "detail": problem["detail"]}]
        await walk("respond", response="We are sorry.", declarations=["escalation-rights-told"])
        await walk("escalate", reason="Not enough.")
        await walk("acknowledge")
        assert (await walk("assign-reviewer", 422, person="officer-1"))["errors"][0]["pointer"] == "/person"
        await walk("assign-reviewer", person="officer-2")
        await walk("find", element=1, finding="not-upheld")
        rights = ["ombudsman-rights-told"]
        await walk("respond", token=TOKENS["officer-2"], response="It stands.", declarations=rights)
        await walk("close")
        await walk("refer-to-ombudsman")
        done = await walk("ombudsman-uphold")
        assert done["elements"][0]["description"] == WORDS
        assert [f["finding"] for f in done["elements"][0]["findings"]] == ["upheld", "not-upheld"]
        history = (await client.get(f"/api/v1/cases/{sent.data.reference}/events")).json()["items"]
        assert [h["sequence"] for h in history] == list(range(1, done["version"] + 1))
        written = [h["text"] for h in history if h["text"]]
        assert written == [
            WORDS,
            "We have it.",
            "She knows the street.",
            WORDS,
            "It was promised.",
            "We are sorry.",
            "Not enough.",
            "It stands.",
        ]
        assert all("sealed" not in h["data"] for h in history)

        records = await until(lambda: everything(workflow, "cases", done["version"]))
        assert [x.sequence for x in records] == list(range(1, done["version"] + 1))
        assert records[0].data.before is None
        assert all(b.data.before == a.data.after for a, b in pairwise(records))
        assert records[0].causation_id == str(sent.id)
        outcomes = await workflow.published_on("outcomes")
        latest = await workflow.published_on("outcomes.latest")
        assert [o.data.sequence for o in outcomes] == list(range(1, len(outcomes) + 1))
        assert latest[-1] == outcomes[-1]
        assert outcomes[-1].data.statement.ombudsman[0].decision == "upheld"
        for record in [*records, *outcomes]:
            assert b"drain" not in record.value()


async def test_staff_must_name_the_version_they_saw_and_be_known(workflow):
    sent = await complaint(workflow)
    async with workflow.running() as client:
        await workflow.publish(sent)
        url = f"/api/v1/cases/{(await opened(client, sent)).json()['case_id']}/steps/acknowledge"
        assert (await client.post(url, json={})).status_code == 428
        assert (await client.post(url, json={}, headers={"If-Match": '"9"'})).status_code == 412
        both = await asyncio.gather(*(client.post(url, json={}, headers={"If-Match": '"1"'}) for _ in range(2)))
        assert sorted(a.status_code for a in both) == [200, 412]
        stale = next(a for a in both if a.status_code == 412)
        assert (stale.headers["content-type"], stale.headers["ETag"]) == ("application/problem+json", '"2"')
        again = await client.post(url, json={}, headers={"If-Match": '"2"'})
        assert (again.status_code, again.json()["type"]) == (409, "urn:redress:problem:step-not-open")
        gone = await client.post(url.replace("acknowledge", "dance"), json={}, headers={"If-Match": '"2"'})
        assert gone.status_code == 404
        bad = await client.post(
            url.replace("acknowledge", "assign"),
            json={"person": "No Body", "x": 1},
            headers={"If-Match": '"2"'},
        )
        assert {f["pointer"] for f in bad.json()["errors"]} == {"/person", "/x"}
        assert "No Body" not in bad.text
        nobody = {"Authorization": "Bearer nobody"}
        reader = {"Authorization": f"Bearer {TOKENS['reader-1']}"}
        assert (await client.get("/api/v1/cases", headers=nobody)).status_code == 401
        assert (await client.get("/api/v1/cases", headers=reader)).status_code == 403
        assert (await client.get("/api/v1/cases/RD-00000-000000")).status_code == 404
        assert (await client.get(f"/api/v1/cases/{uuid4()}/events")).status_code == 404


async def test_a_reference_is_found_however_it_is_typed_and_the_nearest_is_offered(workflow):
    sent = await complaint(workflow)
    reference = sent.data.reference
    async with workflow.running() as client:
        await workflow.publish(sent)
        await opened(client, sent)
        spaced, dashed = reference.replace("-", " "), reference.replace("-", "\u2013")
        for typed in (reference, reference.lower(), spaced, dashed, reference[:-1], reference[3:], f"{reference}."):
            found = await client.get(f"/api/v1/cases/{quote(typed)}")
            assert found.json().get("reference") == reference, typed
        wrong = reference[:-1] + ("0" if reference[-1] != "0" else "1")
        answer = await client.get(f"/api/v1/cases/{wrong}")
        assert answer.status_code == 404
        assert f"Was it {reference}" in answer.json()["detail"]


async def test_duplicates_of_feedback_change_nothing(workflow):
    sent = await complaint(workflow)
    fid = sent.data.feedback_id
    message = envelope(
        FeedbackMessageAdded(
            feedback_id=fid,
            message_id=uuid4(),
            channel="email",
            received_at=datetime.now(UTC),
            sealed=sealed(fid),
        ),
        datetime.now(UTC),
    )
    gone = envelope(FeedbackWithdrawn(feedback_id=fid, withdrawn_at=datetime.now(UTC)), datetime.now(UTC))
    async with workflow.running() as client:
        await workflow.publish(sent, sent, message, sent, message, gone, gone)
        await workflow.publish(sent, message, gone)
        other = await complaint(workflow)
        await workflow.publish(other)
        await opened(client, other)
        records = await until(lambda: everything(workflow, "cases", 4))
        ours = [x.data for x in records if x.data.case_id == case_id(fid)]
        assert [type(x) for x in ours] == [e.CaseOpened, e.MessageAdded, e.CaseWithdrawn]
        assert len(await workflow.published_on("outcomes")) == 1


async def test_what_cannot_be_handled_is_parked_and_the_rest_go_on(workflow):
    lost = envelope(FeedbackWithdrawn(feedback_id=uuid4(), withdrawn_at=datetime.now(UTC)), datetime.now(UTC))
    wrong = imported(**{**CHILD, "source_id": "wrong", "procedure": "parking"})
    right = await complaint(workflow)
    async with workflow.running() as client:
        await workflow.publish(lost, wrong, right)
        await opened(client, right)
        parked = await until(lambda: everything(workflow, "parked", 2))
        reasons = {dict(r.headers).get("x-reason", b"").decode() or str(r.headers) for r in parked}
        assert any("no-such-case" in r for r in reasons)
        assert any("parking" in r for r in reasons)


async def test_thousands_of_rows_come_in_within_seconds(workflow):
    rows = [imported(**{**CHILD, "source_id": f"row-{n}"}) for n in range(1000)]
    async with workflow.running() as client:
        started = time.perf_counter()
        await workflow.publish(*rows)

        async def all_in():
            page = (await client.get("/api/v1/cases", params={"size": 1})).json()
            return page["total"] == len(rows)

        await until(all_in)
        seconds = time.perf_counter() - started
        print(f"{len(rows)} rows in {seconds:.1f} s")
        await workflow.publish(*rows[:300])
        await asyncio.sleep(1)
        page = (await client.get("/api/v1/cases", params={"procedure": "childrens-statutory", "state": "closed"})).json()
        assert (page["total"], page["items"][0]["version"]) == (1000, 10)


async def test_what_was_learnt_comes_back_to_the_case(workflow):
    sent = await complaint(workflow)
    async with workflow.running() as client:
        await workflow.publish(sent)
        found = await opened(client, sent)
        owner = case_id(sent.data.feedback_id)
        after = LessonFacts(
            procedure="corporate",
            outcome="upheld",
            requested_on=date(2024, 4, 9),
            decision="lesson",
            tags=("delay",),
        )
        lesson = envelope(
            LessonTagged(case_id=owner, version=2, after=after, on=date(2024, 4, 9), by="o-1", tags=("delay",)),
            datetime.now(UTC),
        )
        await workflow.publish(lesson, lesson, topic="lessons", key=owner)

        async def learnt():
            return (await client.get(f"/api/v1/cases/{owner}")).json()["learning"]

        assert await until(learnt) == "lesson"
        case = (await client.get(f"/api/v1/cases/{owner}")).json()
        assert (case["version"], case["learning_tags"]) == (found.json()["version"] + 1, ["delay"])


async def test_an_imported_case_can_be_written_on(workflow):
    row = imported(**{**CHILD, "closed_on": None, "outcome": None, "stages": CHILD["stages"][:1], "ombudsman": []})
    async with workflow.running() as client:
        await workflow.publish(row)
        walk = Walk(client, await opened(client, row))
        await walk("note", text="Taken over from the old system.")
        assert walk.answer.json()["content"] is None


async def test_two_instances_publish_each_clock_event_once_and_one_broken_case_holds_up_none(workflow):
    cases = Cases(workflow.store.database("workflow")["cases"], BOOKS, published())
    await cases.prepare()
    start = date(2024, 4, 8)
    made = []
    for _ in range(60):
        sent = received(start)
        events = decide(None, Receive(sent), BOOKS, noon(start), published())
        made.append(change(None, events, noon(start), Cause("c")))
    assert len(await cases.create_many(made)) == 60
    broken = str(made[0].after.case.case_id)
    await workflow.store.database("workflow")["cases"].update_one(
        {"_id": broken}, {"$set": {"case.rulebook_version": 99, "timer_at": noon(start)}}
    )
    later = noon(date(2024, 4, 20))
    executor = Executor(cases, lambda: None)
    sweepers = [Sweeper(cases, executor, CollectorRegistry(), clock=lambda: later, batch=20) for _ in range(2)]
    while sum(await asyncio.gather(*(s.sweep() for s in sweepers))):
        pass
    spoken: Counter[tuple[str, str, bool]] = Counter()
    for item in made[1:]:
        history = await cases.history(str(item.after.case.case_id))
        spoken.update((h["type"], h["data"]["clock"], h["data"]["late"]) for h in history[1:])
    assert spoken == {
        (e.ClockDueSoon.type, "stage-1-acknowledgement", True): 59,
        (e.ClockBreached.type, "stage-1-acknowledgement", True): 59,
    }
    put_off = await workflow.store.database("workflow")["cases"].find_one({"_id": broken})
    assert put_off["timer_failures"] >= 1
    assert put_off["timer_at"] > later


async def test_a_service_that_was_down_catches_up_and_marks_it_late(workflow):
    sent = await complaint(workflow, on=date(2024, 4, 8))
    async with workflow.running() as client:
        await workflow.publish(sent)
        await opened(client, sent)
        records = await until(lambda: everything(workflow, "cases", 4))
        assert [type(x.data) for x in records[1:]] == [e.ClockDueSoon, e.ClockBreached, e.ClockBreached]
        assert all(x.data.late and x.time == x.data.at for x in records[1:])
        assert records[1].recorded_at - records[1].time > timedelta(days=1)

        async def counted():
            text = (await client.get("/metrics")).text
            return text if 'redress_open_cases{procedure="corporate",stage="stage-1"} 1.0' in text else None

        text = await until(counted)
        assert 'redress_clock_events_total{late="True",says="breached"} 2.0' in text


async def test_lists_are_narrowed_and_ordered(workflow):
    early, late = await complaint(workflow, on=date(2024, 4, 8)), await complaint(workflow, kind="compliment")
    assert isinstance(early.data, FeedbackReceived)
    async with workflow.running() as client:
        await workflow.publish(early, late)
        await opened(client, early)
        await opened(client, late)

        async def listed(**params):
            return [i["reference"] for i in (await client.get("/api/v1/cases", params=params)).json()["items"]]

        assert await listed() == [early.data.reference, late.data.reference]
        assert await listed(kind="compliment") == [late.data.reference]
        assert await listed(stage="stage-1", status="open") == [early.data.reference]
        assert await listed(due_before="2024-05-01") == [early.data.reference]
        assert await listed(due_before="2024-04-01") == []
        assert (await client.get("/api/v1/cases", params={"status": "lost"})).status_code == 422


def test_outcomes_are_no_case_events():
    assert issubclass(OutcomeRecorded, OutcomeEvent)
