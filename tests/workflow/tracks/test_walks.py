"""The Ombudsman and an NHS body walked through the API on the real broker and store, in parallel with the procedure."""

from datetime import UTC, datetime, timedelta

from shared.calendar.london import london_date
from tests.waiting import until
from tests.workflow.service_rig import Walk, complaint, opened, until_published


def in_days(n):
    return (london_date(datetime.now(UTC)) + timedelta(days=n)).isoformat()


async def begun(client, workflow, procedure):
    sent = await complaint(workflow, procedure=procedure)
    await workflow.publish(sent)
    return Walk(client, await opened(client, sent))


async def test_the_ombudsman_from_enquiry_to_remedies_on_a_closed_case(workflow):
    async with workflow.running() as client:
        walk = await begun(client, workflow, "corporate")
        await walk("acknowledge")
        await walk("close-without-response", reason="They rang.")
        offered = {s["step"]: s for s in walk.answer.json()["steps"]}
        assert offered["refer-to-ombudsman"]["track"] is None
        asked = await walk("refer-to-ombudsman", 422, reference="Mr Smith", due_on=in_days(10))
        assert asked["errors"][0]["pointer"] == "/reference"
        await walk("refer-to-ombudsman", reference="24 017 112", due_on=in_days(10))
        known = {"ombudsman_reference": "24 017 112"}
        assert (await client.get("/api/v1/cases", params=known)).json()["total"] == 1
        assert (await client.get("/api/v1/cases", params={"ombudsman_reference": "24 017 113"})).json()["total"] == 0
        assert (await client.get("/api/v1/cases", params={"ombudsman_reference": "24017112"})).status_code == 422
        listed = (await client.get("/api/v1/cases", params={"track": "ombudsman"})).json()
        assert (listed["total"], listed["items"][0]["facts"]["status"]) == (1, "closed")
        due = (await client.get("/api/v1/cases", params={"due_before": in_days(11)})).json()
        assert due["total"] == 1

        async def counted():
            text = (await client.get("/metrics")).text
            return 'redress_open_tracks{procedure="corporate",track="ombudsman"} 1.0' in text

        await until(counted)
        found = {s["step"]: s for s in walk.answer.json()["steps"]}["ombudsman-answer"]
        assert (found["track"], found["numbers"]) == ("ombudsman", [1])
        await walk("ombudsman-answer", response="Here is the file.")
        await walk("ombudsman-investigate")
        await walk("ombudsman-draft")
        done = await walk("ombudsman-uphold", satisfactory_remedy=False)
        assert done["facts"]["ombudsman"][0]["decision"] == "upheld"
        refused = await walk("ombudsman-recommend", 422, kind="apology")
        assert refused["errors"][0]["pointer"] == "/due_on"
        await walk("ombudsman-recommend", kind="apology", due_on=in_days(28))
        await walk("ombudsman-recommend", kind="financial-remedy", due_on=in_days(28))
        asked = await walk("ombudsman-remedy-evidence", 422, text="£100 was paid.")
        assert asked["errors"][0]["pointer"] == "/number"
        for number in (1, 2):
            await walk("ombudsman-remedy-evidence", number=number, text="It was done.")
            await walk("ombudsman-remedy-satisfied", number=number)
        done = await walk("ombudsman-conclude")
        assert {(r["track"], r["number"], r["state"]) for r in done["runs"]} == {
            ("ombudsman", 1, "ombudsman-concluded"),
            ("ombudsman-remedy", 1, "ombudsman-remedy-satisfied"),
            ("ombudsman-remedy", 2, "ombudsman-remedy-satisfied"),
        }
        assert {t["timeliness"] for t in done["facts"]["tracks"]} == {"within-standard"}
        clocks = (await client.get(f"/api/v1/cases/{done['case_id']}/clocks")).json()["clocks"]
        remedies = [c for c in clocks if c["clock"] == "ombudsman-remedy"]
        assert [(c["run"], c["stage_title"].split(": ")[1]) for c in remedies] == [
            (1, "An apology"),
            (2, "A financial remedy"),
        ]
        records = await until_published(workflow, "cases", done["version"])
        assert [x.sequence for x in records] == list(range(1, done["version"] + 1))
        # The closure, the decision, each remedy, and that the referral is concluded.
        outcomes = await until_published(workflow, "outcomes", 5)
        assert outcomes[1].data.statement.ombudsman[0].decision == "upheld"
        stated = outcomes[-1].data.statement.tracks
        assert [(t.track, t.number, t.kind, t.timeliness) for t in stated] == [
            ("ombudsman", 1, None, "within-standard"),
            ("ombudsman-remedy", 1, "apology", "within-standard"),
            ("ombudsman-remedy", 2, "financial-remedy", "within-standard"),
        ]


async def test_one_reply_of_the_council_and_an_nhs_body(workflow):
    async with workflow.running() as client:
        walk = await begun(client, workflow, "adults-statutory")
        await walk("acknowledge", declarations=["discussion-offered"])
        await walk("agree-period", to=in_days(40), declarations=["period-agreed"])
        await walk("add-element", description="Two visits were missed.")
        await walk("find", element=1, finding="upheld")
        offered = {s["step"]: s for s in walk.answer.json()["steps"]}["join-nhs-body"]
        assert "acute-trust" in offered["fields"]["properties"]["kind"]["enum"]
        await walk("join-nhs-body", kind="acute-trust")
        await walk("council-leads", declarations=["consent-to-share", "lead-agreed"])
        await walk("agree-nhs-day", to=in_days(20))
        await walk("receive-nhs-part")
        declared = [
            "one-reply",
            "signed-by-responsible-person",
            "ombudsman-rights-told",
            "health-ombudsman-rights-told",
        ]
        done = await walk("respond-jointly", person="chief-1", response="We both are sorry.", declarations=declared)
        (body,) = done["facts"]["tracks"]
        assert (body["kind"], body["state"], body["timeliness"]) == (
            "acute-trust",
            "nhs-body-replied",
            "within-standard",
        )
        records = await until_published(workflow, "cases", done["version"])
        assert [x.data.type.rsplit(".", 2)[1] for x in records[-2:]] == ["responded", "responded"]
        outcome = await until(lambda: until_published(workflow, "outcomes", 1))
        assert outcome[-1].data.statement.joint_nhs
