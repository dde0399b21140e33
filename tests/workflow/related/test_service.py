"""Related cases through the API on the real broker and store: both halves happen once, at once or by the log."""

from datetime import UTC, datetime

import pytest

from services.workflow.related import RelatedCases
from shared.calendar.london import london_date
from shared.events.codes import Kind
from shared.store import StoreUnavailable
from tests.waiting import until
from tests.workflow.case_rig import envelope, noon
from tests.workflow.related.rig import Cases
from tests.workflow.service_rig import WORDS, Walk, complaint, opened


async def walk_of(client, workflow, **more):
    sent = await complaint(workflow, **more)
    await workflow.publish(sent)
    return Walk(client, await opened(client, sent))


async def read(client, key):
    answer = await client.get(f"/api/v1/cases/{key}")
    return answer.json() if answer.status_code == 200 else None


async def test_one_letter_becomes_a_complaint_and_a_request_of_one_contact(workflow):
    async with workflow.running() as client:
        walk = await walk_of(client, workflow)
        await walk("add-element", description="The lift was late.")
        await walk("add-element", description="I want my file.")
        done = await walk(
            "split",
            kind="enquiry",
            procedure="subject-access",
            elements=[2],
            reason="The letter asks for the file too.",
        )
        (relation,) = done["relations"]
        # It is there when the answer is: the log would bring it too.
        request = await read(client, relation["reference"])
        assert request["case_id"] == relation["case_id"]
        assert request["facts"]["rulebook"] == "subject-access"
        assert request["content"]["narrative"] == WORDS
        assert [el["description"] for el in request["elements"]] == ["I want my file."]
        assert [(el["number"], el["away"]) for el in done["elements"]] == [(1, False), (2, True)]
        contact = (await client.get("/api/v1/cases", params={"contact": done["feedback_id"]})).json()
        assert {i["reference"] for i in contact["items"]} == {done["reference"], request["reference"]}
        # Each is worked by itself.
        other = Walk(client, await client.get(f"/api/v1/cases/{request['case_id']}"))
        await other("assign", person="officer-2")
        assert (await read(client, done["case_id"]))["version"] == done["version"]


async def test_two_complaints_of_one_matter_become_one_and_two_again(workflow):
    async with workflow.running() as client:
        first = await walk_of(client, workflow)
        second = await walk_of(client, workflow)
        await first("add-element", description="The bin.")
        await second("add-element", description="The bin, again.")
        into = first.answer.json()["reference"]
        refused = await second("merge", 422, into="RD-00000-000000", reason="Same.", declarations=["same-matter"])
        assert refused["errors"][0]["pointer"] == "/into"
        merged = await second("merge", into=into, reason="Same.", declarations=["same-matter"])
        assert merged["facts"]["merged"]
        assert [s["step"] for s in merged["steps"]] == ["unmerge", "note-on-merged"]
        one = await read(client, into)
        assert [el["description"] for el in one["elements"]] == ["The bin.", "The bin, again."]
        await second("unmerge", reason="They are not.")
        one = await read(client, into)
        assert [el["away"] for el in one["elements"]] == [False, True]
        assert not one["relations"]
        # What was recorded at once comes by the log too, and is one event.
        last = one["version"]
        records = await until(lambda: all_of(workflow, one["case_id"], last))
        assert [x.sequence for x in records] == list(range(1, last + 1))
        assert [x.data.type.rsplit(".", 2)[1] for x in records[-3:]] == ["absorbed", "element-added", "released"]
        assert (await read(client, into))["version"] == last


async def all_of(workflow, case, count):
    found = [x for x in await workflow.published_on("cases", 0.5) if str(x.data.case_id) == case]
    return found if len(found) >= count else None


async def test_what_cannot_be_recorded_at_once_comes_by_the_log(workflow, monkeypatch):
    async def gone(*_):
        raise StoreUnavailable("gone")

    async with workflow.running() as client:
        complaint_ = await walk_of(client, workflow)
        request = await walk_of(client, workflow, kind=Kind.SERVICE_REQUEST)
        related = RelatedCases
        react = related.react
        # The request's own try fails; the follower, which reads the log, has its own way to the other case.
        calls = []

        async def first_fails(self, *arguments):
            calls.append(arguments)
            return await (gone() if len(calls) == 1 else react(self, *arguments))

        monkeypatch.setattr(related, "react", first_fails)
        reference = complaint_.answer.json()["reference"]
        await request("raise-complaint", linked=reference)

        async def related_to():
            found = await read(client, reference)
            return found if found["relations"] else None

        found = await until(related_to)
        assert found["relations"][0]["relation"] == "arises-from"
        assert len(calls) >= 2


@pytest.mark.parametrize("linked", ["RD-00000-000000", "RD-ZZZZZ-ZZZZZZ"])
async def test_a_case_that_is_not_there_cannot_be_named(workflow, linked):
    async with workflow.running() as client:
        request = await walk_of(client, workflow, kind=Kind.SERVICE_REQUEST, on=london_date(datetime.now(UTC)))
        answer = await request("raise-complaint", 422, linked=linked)
        assert answer["errors"][0]["pointer"] == "/linked"


async def test_what_concerns_a_case_that_is_not_there_is_set_aside_and_the_rest_go_on(workflow):
    day = london_date(datetime.now(UTC))
    cases = Cases()
    first, second = cases.open(day), cases.open(day)
    second.do("merge", day, into=first.case.reference, other=first, declare=("same-matter",))
    stray = envelope(second.last, noon(day))
    async with workflow.running() as client:
        await workflow.publish(stray, topic="cases", key=second.case.case_id)
        complaint_ = await walk_of(client, workflow)
        request = await walk_of(client, workflow, kind=Kind.SERVICE_REQUEST)
        await request("raise-complaint", linked=complaint_.answer.json()["reference"])

        async def parked():
            found = await workflow.published_on("parked", 0.5)
            return found or None

        (record,) = await until(parked)
        assert dict(record.headers)["x-reason"] == b"no-such-case"
        assert (await read(client, complaint_.answer.json()["reference"]))["relations"]
