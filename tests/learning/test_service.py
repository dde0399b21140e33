"""Learning on the real broker and store: from a case's events to a lesson that is published."""

from uuid import uuid4

from shared.events.feedback import FeedbackContent
from shared.events.lessons import (
    ActionAgreed,
    ActionProgressed,
    LessonImported,
    LessonRequested,
    LessonTagged,
    NoLessonRecorded,
)
from tests.learning.examples import SAMPLE, UPHELD, History
from tests.waiting import until

TEXT = FeedbackContent(
    name="Somebody",
    subject="Pothole outside the school",
    narrative="I reported the pothole in March. Nobody rang me back, and the repair was delayed.",
)


async def upheld(learning, **more):
    """The events of a case that was upheld, with its narrative under lock."""
    history = History(uuid4())
    await learning.vault.create_key(history.feedback)
    history.opened(sealed=await learning.vault.seal(history.feedback, TEXT, purpose="feedback"))
    history.responded(UPHELD, **more)
    return history


async def asked_for(client, history):
    async def found():
        answer = await client.get(f"/api/v1/decisions/{history.case}")
        return answer if answer.status_code == 200 else None

    return await until(found)


async def test_an_upheld_complaint_becomes_a_lesson_with_an_action_that_is_followed_up(learning):
    history = await upheld(learning)
    async with learning.running() as client:
        await learning.publish(*history.events)
        answer = await asked_for(client, history)
        decision = answer.json()
        assert (decision["status"], decision["version"], answer.headers["ETag"]) == ("requested", 1, '"1"')
        suggested = {s["code"]: s for s in decision["suggestions"]}
        assert {"road-condition", "delay", "not-kept-informed"} <= set(suggested)
        for found in suggested["not-kept-informed"]["found"]:
            assert decision["text"][found["start"] : found["end"]] == found["words"] == "Nobody rang"
        listed = (await client.get("/api/v1/decisions", params={"status": "requested"})).json()
        assert [item["reference"] for item in listed["items"]] == [history.reference]

        url = f"/api/v1/decisions/{history.reference}"
        body = {
            "tags": ["delay", "process-change"],
            "actions": [{"action_type": "process-change", "due_on": "2025-09-01"}],
            "note": "Ring back within two days.",
        }
        answer = await client.post(f"{url}/lesson", json=body, headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.headers["ETag"]) == (200, '"3"')
        action = f"{url}/actions/action-1"
        body = {"status": "not-implemented"}
        refused = await client.post(action, json=body, headers={"If-Match": '"3"'})
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:redress:problem:note-needed")
        body["note"] = "The telephone system cannot do it."
        answer = await client.post(action, json=body, headers={"If-Match": '"3"'})
        detail = answer.json()
        assert [a["status"] for a in detail["actions"]] == ["not-implemented"]
        assert [n["text"] for n in detail["notes"]] == [
            "Ring back within two days.",
            "The telephone system cannot do it.",
        ]
        events = await until(lambda: published_events(learning, 4))
    assert [type(e.data) for e in events] == [LessonRequested, LessonTagged, ActionAgreed, ActionProgressed]
    assert [e.sequence for e in events] == [1, 2, 3, 4]
    assert len({e.id for e in events}) == 4
    assert events[1].data.after.tags == ("delay", "process-change")
    assert events[0].causation_id is not None
    text = "".join(e.value().decode() for e in events)
    assert "Nobody rang" not in text
    assert "telephone" not in text


async def published_events(learning, count):
    events = await learning.published_on()
    return events if len(events) >= count else None


async def test_staff_must_name_the_version_they_saw(learning):
    history = await upheld(learning)
    async with learning.running() as client:
        await learning.publish(*history.events)
        await asked_for(client, history)
        url = f"/api/v1/decisions/{history.case}/no-lesson"
        body = {"reason": "isolated-error"}
        assert (await client.post(url, json=body)).status_code == 428
        assert (await client.post(url, json=body, headers={"If-Match": '"7"'})).status_code == 412
        assert (await client.post(url, json=body, headers={"If-Match": '"1"'})).status_code == 200
        again = await client.post(url, json=body, headers={"If-Match": '"1"'})
        assert (again.status_code, again.headers["ETag"]) == (412, '"2"')
        events = await until(lambda: published_events(learning, 2))
        assert isinstance(events[1].data, NoLessonRecorded)


async def test_who_may_ask_and_what_is_not_there(learning):
    async with learning.running() as client:
        assert (await client.get("/api/v1/decisions", headers={"Authorization": ""})).status_code == 401
        for key in (str(uuid4()), "RD-00000-00000A", "nonsense"):
            answer = await client.get(f"/api/v1/decisions/{key}")
            assert answer.status_code == 404
            assert answer.headers["content-type"] == "application/problem+json"
        bad = await client.post(f"/api/v1/decisions/{uuid4()}/lesson", json={"tags": []}, headers={"If-Match": '"1"'})
        assert bad.status_code == 422


async def test_redelivered_events_publish_nothing_twice(learning):
    history = await upheld(learning)
    async with learning.running() as client:
        await learning.publish(*history.events, *history.events)
        await asked_for(client, history)
        await learning.publish(*history.events)
    async with learning.running() as client:
        marker = await upheld(learning)
        await learning.publish(*history.events, *marker.events)
        await asked_for(client, marker)
        events = await until(lambda: published_events(learning, 2))
    # A relay that was stopped between the broker's word and its own note publishes again, under the same id.
    assert len({e.id for e in events}) == 2
    assert {e.data.reference for e in events} == {history.reference, marker.reference}


async def test_history_is_imported_in_bulk(learning):
    histories = []
    for n in range(120):
        history = History(uuid4())
        history.opened(provenance=SAMPLE)
        history.closed(UPHELD, provenance=SAMPLE)
        history.imported(("delay",) if n % 2 else ())
        histories.append(history)
    async with learning.running() as client:
        for history in histories:
            await learning.publish(*history.events)
        events = await until(lambda: published_events(learning, 120))
        assert {type(e.data) for e in events} == {LessonImported}
        assert sum(e.data.after.decision == "lesson" for e in events) == 60
        assert {e.time.date().isoformat() for e in events} == {"2025-06-12"}, "midnight of the 13th in London, as UTC"
        listed = (await client.get("/api/v1/decisions", params={"status": "requested"})).json()
        assert listed["total"] == 0
        last = histories[1]
        note = {"tags": ["delay", "poor-communication"], "note": "Read again years later."}
        url = f"/api/v1/decisions/{last.case}/lesson"
        answer = await client.post(url, json=note, headers={"If-Match": '"1"'})
        assert answer.json()["notes"][0]["text"] == "Read again years later."


async def test_an_erased_person_leaves_the_codes(learning):
    history = await upheld(learning)
    async with learning.running() as client:
        await learning.publish(*history.events)
        await asked_for(client, history)
        await learning.vault.destroy_key(history.feedback)
        answer = await client.get(f"/api/v1/decisions/{history.case}")
        detail = answer.json()
        assert (detail["erased"], detail["suggestions"], detail["text"]) == (True, [], None)
        url = f"/api/v1/decisions/{history.case}/no-lesson"
        body = {"reason": "other", "note": "x"}
        assert (await client.post(url, json=body, headers={"If-Match": '"1"'})).status_code == 410
        body = {"reason": "isolated-error"}
        assert (await client.post(url, json=body, headers={"If-Match": '"1"'})).status_code == 200


async def test_a_record_that_cannot_be_read_is_parked_and_the_rest_go_on(learning):
    history = await upheld(learning)
    async with learning.running() as client:
        await learning.put_raw("cases", b"not json", [("ce_type", b"redress.case.opened.v1")])
        await learning.put_raw("cases", None, [])
        await learning.publish(*history.events)
        await asked_for(client, history)
        parked = await until(lambda: parked_records(learning, 2))
        assert len(parked) == 2


async def parked_records(learning, count):
    found = await learning.published_on("parked")
    return found if len(found) >= count else None


async def test_a_case_that_moves_while_staff_decide_does_not_turn_them_away(learning):
    history = await upheld(learning)
    async with learning.running() as client:
        await learning.publish(*history.events)
        await asked_for(client, history)
        closed = history.closed(UPHELD)
        await learning.publish(closed)
        url = f"/api/v1/decisions/{history.case}/lesson"
        answer = await client.post(url, json={"tags": ["delay"]}, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, "the case's own steps do not move the decision's version"


async def test_two_instances_share_the_work_and_publish_each_event_once(learning):
    async with learning.running() as client, learning.running():
        histories = [await upheld(learning) for _ in range(30)]
        for history in histories:
            await learning.publish(*history.events)
        events = await until(lambda: published_events(learning, 30))
        assert len({e.id for e in events}) == 30
        listed = (await client.get("/api/v1/decisions", params={"status": "requested"})).json()
        assert listed["total"] == 30
