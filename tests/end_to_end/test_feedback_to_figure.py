"""Feedback becomes a case, a lesson and an annual figure, through four processes, a broker and a store."""

from __future__ import annotations

import asyncio
import json
import smtplib
from email.message import EmailMessage

from tests.end_to_end.figures import THIS_YEAR, received
from tests.waiting import PATIENCE, everything_on


async def figure(running, id, procedure="corporate", year=THIS_YEAR):
    report = await running.annual(year, procedure)
    return next((f["value"] for f in report["figures"] if f["id"] == id), None) or 0


async def test_a_complaint_by_the_api_is_upheld_learnt_from_and_counted(running):
    before = await received(running)
    answer = await running.complain("e2e-1")
    assert answer.status_code == 202, answer.text
    accepted = answer.json()
    case = await running.case(accepted["case_id"])
    assert case["reference"] == accepted["reference"]

    await running.uphold(accepted["case_id"])

    async def decision():
        found = await running.http.get(f"{running.url('learning')}/api/v1/decisions/{accepted['case_id']}")
        return found if found.status_code == 200 else None

    asked = await running.until(decision)
    assert asked.json()["status"] == "requested"
    suggested = asked.json()["suggestions"]
    assert any(word["words"] for s in suggested for word in s["found"]), suggested
    tags = [s["code"] for s in suggested][:2]
    confirmed = await running.http.post(
        f"{running.url('learning')}/api/v1/decisions/{accepted['case_id']}/lesson",
        json={"tags": tags},
        headers={"If-Match": asked.headers["ETag"]},
    )
    assert confirmed.status_code == 200, confirmed.text

    async def counted():
        return await received(running) == before + 1

    await running.until(counted)

    async def on_the_case():
        return (await running.case(accepted["case_id"])).get("learning") is not None

    await running.until(on_the_case)
    answer = await running.http.get(f"{running.url('reporting')}/api/v1/balance")
    assert answer.json()["mismatches"] == 0, answer.text
    verified = await running.http.post(f"{running.url('reporting')}/api/v1/verify")
    assert verified.status_code == 200
    assert not verified.json().get("differences"), verified.text


async def test_a_real_email_is_counted_once_however_often_it_is_sent(running):
    before = await received(running)
    message = EmailMessage()
    message["From"] = "Resident <resident@example.org>"
    message["To"] = "complaints@redress.localhost"
    message["Subject"] = "Street light"
    message["Message-ID"] = "<once-only@example.org>"
    message.set_content("The street light outside my house has been out since May.\n")

    def send():
        with smtplib.SMTP("127.0.0.1", running.mail_in, timeout=PATIENCE) as smtp:
            smtp.send_message(message)

    await asyncio.to_thread(send)
    await asyncio.to_thread(send)

    async def counted():
        return await received(running) > before

    await running.until(counted)
    await asyncio.sleep(1)
    assert await received(running) == before + 1


async def test_retries_and_duplicates_are_one_complaint(running):
    before = await received(running)
    answers = await asyncio.gather(*(running.complain("same-key") for _ in range(8)))
    assert {a.status_code for a in answers} == {202}, [a.text for a in answers]
    assert len({a.json()["reference"] for a in answers}) == 1
    other = await running.complain("same-key", narrative="Something else entirely.")
    assert other.status_code == 422
    assert other.headers["content-type"].startswith("application/problem+json")

    async def counted():
        return await received(running) > before

    await running.until(counted)
    await asyncio.sleep(1)
    assert await received(running) == before + 1


async def test_nothing_a_person_wrote_stands_in_the_clear_on_any_topic(running):
    words = "Zanzibar-marker-phrase"
    accepted = (
        await running.complain(narrative=f"{words} in the story", name=f"{words} name", email="zanzibar-marker@example.org")
    ).json()
    await running.case(accepted["case_id"])
    await running.uphold(accepted["case_id"])

    async def learnt():
        found = await running.http.get(f"{running.url('learning')}/api/v1/decisions/{accepted['case_id']}")
        return found.status_code == 200

    await running.until(learnt)
    prefix = running.env["REDRESS_TOPIC_PREFIX"]
    topics = [f"{prefix}{t}" for t in ("feedback", "cases", "lessons", "outcomes", "outcomes.latest", "parked")]
    records = await everything_on(running.env["REDRESS_KAFKA"], *topics, seconds=1.5)
    assert {r.topic.removeprefix(prefix) for r in records} >= {"feedback", "cases", "lessons", "outcomes"}
    everything = b"\n".join(
        (r.key or b"") + (r.value or b"") + json.dumps([(k, v.decode()) for k, v in r.headers]).encode() for r in records
    ).lower()
    assert b"zanzibar" not in everything
    for name in running.children:
        assert "zanzibar" not in running.children[name].log.read_text().lower(), name
    outcomes = [json.loads(r.value) for r in records if r.topic.endswith(".outcomes") or r.topic == f"{prefix}outcomes"]
    mine = [o for o in outcomes if o["case_id"] == accepted["case_id"]]
    assert [o["sequence"] for o in mine] == list(range(1, len(mine) + 1))


async def test_staff_cannot_act_on_what_they_have_not_seen(running):
    accepted = (await running.complain()).json()
    await running.case(accepted["case_id"])
    url = f"{running.url('workflow')}/api/v1/cases/{accepted['case_id']}"
    etag = (await running.http.get(url)).headers["ETag"]
    assert (await running.http.post(f"{url}/steps/acknowledge", json={})).status_code == 428
    await running.step(accepted["case_id"], "acknowledge")
    stale = await running.http.post(f"{url}/steps/note", json={"text": "x"}, headers={"If-Match": etag})
    assert stale.status_code == 412
    nobody = await running.http.get(url, headers={"Authorization": "Bearer nobody"})
    assert nobody.status_code == 401
