"""The JSON API on a real store and a real broker."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.intake.settings import IntakeSettings
from shared.events.codes import Channel, Kind
from shared.events.feedback import FeedbackContent, FeedbackReceived, FeedbackWithdrawn
from shared.ids import case_id, event_id, feedback_id
from shared.references import reference
from tests.intake.service_rig import BEARER, KEY, OFFICER_ONLY, serving

COMPLAINT = {
    "kind": "complaint",
    "narrative": "The bin lorry has not come down Primrose Lane for three weeks.",
    "name": "A Person",
    "email": "a.person@example.com",
    "service_area": "recycling-centres",
    "district": "preston",
}


async def test_what_is_accepted_is_published_sealed(intake):
    answer = await intake.http.post("/api/v1/feedback", json=COMPLAINT)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["kind"] == "complaint"
    ((record, envelope),) = await intake.published(1)
    event = envelope.data
    assert isinstance(event, FeedbackReceived)
    assert str(event.feedback_id) == body["feedback_id"] == record.key.decode() == envelope.subject
    assert str(case_id(event.feedback_id)) == body["case_id"]
    assert event.reference == body["reference"] == reference(event.feedback_id)
    assert (event.kind, event.channel) == (Kind.COMPLAINT, Channel.API)
    assert (event.service_area, event.district) == ("recycling-centres", "preston")
    assert envelope.id == event_id(event.feedback_id, 1)
    assert (envelope.sequence, envelope.source) == (1, "redress/intake")
    assert envelope.correlation_id == answer.headers["x-correlation-id"]
    for clear in (b"Primrose", b"a.person"):
        assert clear not in record.value
    content = await intake.vault.unseal(event.sealed, FeedbackContent, purpose="feedback")
    assert content.narrative == COMPLAINT["narrative"]
    assert content.name == "A Person"


async def test_nothing_personal_stands_in_the_document(intake):
    body = (await intake.http.post("/api/v1/feedback", json=COMPLAINT)).json()
    document = await intake.feedback.find_one({"_id": body["feedback_id"]})
    assert document is not None
    assert "Primrose" not in repr(document)
    assert "a.person" not in repr(document)


async def test_a_retry_with_the_same_key_is_the_same_item(intake):
    headers = {"Idempotency-Key": "6b8e-1"}
    first, again = [await intake.http.post("/api/v1/feedback", json=COMPLAINT, headers=headers) for _ in range(2)]
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    assert "idempotent-replay" not in first.headers
    assert again.headers["idempotent-replay"] == "true"
    assert first.json()["feedback_id"] == str(feedback_id("api", "6b8e-1"))
    other = await intake.http.post("/api/v1/feedback", json={**COMPLAINT, "narrative": "Something else"}, headers=headers)
    assert other.status_code == 422
    assert other.headers["content-type"] == "application/problem+json"
    assert other.json()["type"] == "urn:redress:problem:key-used-before"
    assert await intake.feedback.count({}) == 1


async def test_twenty_at_once_with_one_key_are_one_item(intake):
    headers = {"Idempotency-Key": "at once"}
    answers = await asyncio.gather(*(intake.http.post("/api/v1/feedback", json=COMPLAINT, headers=headers) for _ in range(20)))
    assert {a.status_code for a in answers} == {202}
    assert len({a.json()["reference"] for a in answers}) == 1
    assert await intake.feedback.count({}) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"kind": "grumble"}, "/kind"),
        ({"narrative": "   "}, "/narrative"),
        ({"narrative": "x" * 20_001}, "/narrative"),
        ({"email": "not an address"}, "/email"),
        ({"service_area": "moon-landings"}, "/service_area"),
        ({"district": "Preston"}, "/district"),
        ({"procedure": "none-such"}, "/procedure"),
        ({"surprise": 1}, "/surprise"),
        ({"channel": "letter"}, "/channel"),
        ({"received_at": "2024-03-01T10:00:00Z"}, "/received_at"),
        ({"received_at": "2024-03-01T10:00:00"}, "/received_at"),
        ({"attachment_ids": ["6e1a5a5e-0000-4000-8000-000000000000"]}, "/attachment_ids/0"),
    ],
)
async def test_what_is_wrong_is_reported_with_its_place(intake, change, pointer):
    answer = await intake.http.post("/api/v1/feedback", json={**COMPLAINT, **change})
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]
    assert await intake.feedback.count({}) == 0


async def test_staff_log_a_letter_with_the_day_it_came(intake):
    letter = {**COMPLAINT, "channel": "letter", "received_at": "2024-03-01T23:30:00+00:00", "email": ""}
    answer = await intake.http.post("/api/v1/feedback", json=letter, headers=BEARER)
    assert answer.status_code == 202, answer.text
    assert answer.json()["received_at"] == "2024-03-01T23:30:00Z"
    ((_, envelope),) = await intake.published(1)
    assert envelope.data.channel is Channel.LETTER
    assert envelope.time == datetime(2024, 3, 1, 23, 30, tzinfo=UTC)
    assert envelope.recorded_at - envelope.time > timedelta(days=300)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    late = await intake.http.post("/api/v1/feedback", json={**letter, "received_at": tomorrow}, headers=BEARER)
    assert late.status_code == 422
    assert late.json()["errors"][0]["detail"] == "it is in the future"


async def test_the_lists_of_codes_are_given_with_labels_and_versions_and_a_wrong_code_names_the_nearest(intake):
    answer = await intake.http.get("/api/v1/codes")
    assert answer.status_code == 200
    lists = {found["list"]: found for found in answer.json()["lists"]}
    assert lists["procedures"]["default"] == "corporate"
    assert all(found["version"] >= 1 for found in lists.values())
    retired = [c["code"] for c in lists["no-lesson-reasons"]["codes"] if c["retired"]]
    assert retired == ["none-recorded"]
    answer = await intake.http.post("/api/v1/feedback", json={**COMPLAINT, "district": "prestonn"})
    assert answer.json()["errors"] == [
        {"pointer": "/district", "detail": "'prestonn' is not a code of the list districts; the nearest is 'preston'"}
    ]
    # What has not even the form of a code is not repeated.
    answer = await intake.http.post("/api/v1/feedback", json={**COMPLAINT, "district": "Ribble Vally"})
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/district"
    assert fault["detail"].startswith("it is not a code of the list districts; the nearest are 'ribble-valley', ")


async def test_a_wrong_token_is_refused_not_treated_as_none(intake):
    answer = await intake.http.post("/api/v1/feedback", json=COMPLAINT, headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401


async def test_codes_are_shown_by_reference_as_a_person_types_it(intake):
    body = (await intake.http.post("/api/v1/feedback", json=COMPLAINT)).json()
    typed = body["reference"].lower().replace("-", " ")
    answer = await intake.http.get(f"/api/v1/feedback/{typed}")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["kind"], shown["channel"], shown["district"]) == ("complaint", "api", "preston")
    assert "Primrose" not in answer.text
    assert "example.com" not in answer.text
    assert (await intake.http.get("/api/v1/feedback/RD-00000-000000")).status_code == 404


async def test_a_withdrawal_is_published_once(intake):
    ref = (await intake.http.post("/api/v1/feedback", json=COMPLAINT)).json()["reference"]
    url = f"/api/v1/feedback/{ref}/withdrawal"
    assert (await intake.http.post(url)).status_code == 401
    first, again = [await intake.http.post(url, headers=BEARER) for _ in range(2)]
    assert first.status_code == 200, first.text
    assert first.json()["withdrawn_at"][:19] == again.json()["withdrawn_at"][:19]
    found = await intake.published(2)
    assert [e.data.type for _, e in found] == [FeedbackReceived.type, FeedbackWithdrawn.type]
    assert [e.sequence for _, e in found] == [1, 2]


async def test_without_a_broker_it_is_accepted_and_published_later(intake_settings, free_port):
    down = intake_settings(kafka=f"127.0.0.1:{free_port()}")
    async with serving(down) as intake:
        assert (await intake.http.get("/readyz")).status_code == 200
        answer = await intake.http.post("/api/v1/feedback", json=COMPLAINT)
        assert answer.status_code == 202
    async with serving(intake_settings()) as intake:
        ((_, envelope),) = await intake.published(1)
        assert str(envelope.data.feedback_id) == answer.json()["feedback_id"]


async def test_without_a_store_it_is_refused_with_503(free_port, tmp_path):
    nowhere = f"mongodb://127.0.0.1:{free_port()}/?directConnection=true&serverSelectionTimeoutMS=300"
    settings = IntakeSettings(mongo_url=nowhere, kafka=f"127.0.0.1:{free_port()}", port=0, mail_port=0, master_key=KEY)
    async with serving(settings, ready=False) as intake:
        answer = await intake.http.post("/api/v1/feedback", json=COMPLAINT)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        ready = await intake.http.get("/readyz")
        assert ready.status_code == 503
        assert "the store does not answer" in ready.json()["troubles"]
        assert (await intake.http.get("/livez")).status_code == 200


async def test_a_body_that_is_too_large_is_refused(intake):
    answer = await intake.http.post(
        "/api/v1/feedback", content=b"[" * (1024 * 1024 + 1), headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_role_that_is_not_there_is_reported(intake):
    headers = {"Authorization": f"Bearer {OFFICER_ONLY}"}
    answer = await intake.http.post("/api/v1/import", content=b"", headers=headers)
    assert answer.status_code == 403
