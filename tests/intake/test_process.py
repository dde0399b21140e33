"""`python -m services.intake` as a process: alone it reports what it waits for; killed at any step it loses and doubles nothing."""

from __future__ import annotations

import asyncio
import json
import signal
import smtplib

import httpx
import pytest

from services.intake.app import create_app
from shared.events.feedback import FeedbackReceived
from tests.intake.service_rig import BEARER, Intake
from tests.intake.sink import sinking
from tests.processes import process as of_service
from tests.waiting import PATIENCE

COMPLAINT = {"kind": "complaint", "narrative": "It is broken.", "email": "ann@example.com"}
KEYED = {"Idempotency-Key": "one"}


def process(settings, port, log, **env):
    return of_service("intake", settings, log, REDRESS_PORT=str(port), REDRESS_MAIL_LEASE_SECONDS="2", **env)


def observer(settings) -> Intake:
    """The test's own eyes on the store and the topics."""
    return Intake(create_app, settings)


@pytest.mark.chaos
@pytest.mark.parametrize("point", ["intake.before-insert", "intake.after-insert", "relay.published"])
async def test_killed_while_it_takes_feedback_in(intake_settings, free_port, tmp_path, point):
    settings, port, log = intake_settings(mail_port=free_port()), free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}/api/v1/feedback"
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        async with process(settings, port, log, REDRESS_KILL_AT=point) as dying:
            await dying.until(200)
            try:
                answer = await http.post(url, json=COMPLAINT, headers=KEYED)
                assert answer.status_code == 202
            except httpx.HTTPError:
                assert point != "relay.published"
            assert await dying.ended() == -signal.SIGKILL
        async with process(settings, port, log) as living:
            await living.until(200)
            answer = await http.post(url, json=COMPLAINT, headers=KEYED)
            assert answer.status_code == 202
    eyes = observer(settings)
    try:
        assert await eyes.feedback.count({}) == 1
        # A relay's lease outlives it by a minute; the event is there already, or comes when the lease is over.
        if point != "relay.published":
            found = await eyes.published(1)
            assert {e.data.reference for _, e in found} == {answer.json()["reference"]}
            assert len({e.id for _, e in found}) == 1
    finally:
        await eyes.close()


@pytest.mark.chaos
@pytest.mark.parametrize("point", ["intake.before-insert", "intake.after-insert"])
async def test_killed_while_it_takes_an_email_in(intake_settings, free_port, tmp_path, point):
    settings, port, log = intake_settings(mail_port=free_port()), free_port(), tmp_path / "log"
    raw = b"From: Ann <ann@example.com>\r\nMessage-ID: <x@example.com>\r\nSubject: Broken\r\n\r\nIt is broken.\r\n"

    def send():
        with smtplib.SMTP("127.0.0.1", settings.mail_port, timeout=PATIENCE) as client:
            client.sendmail("ann@example.com", ["complaints@redress.localhost"], raw)

    async with process(settings, port, log, REDRESS_KILL_AT=point) as dying:
        await dying.until(200)
        # No 250 was sent, so the sender still has it.
        with pytest.raises((smtplib.SMTPException, OSError)):
            await asyncio.to_thread(send)
        assert await dying.ended() == -signal.SIGKILL
    async with process(settings, port, log) as living:
        await living.until(200)
        await asyncio.to_thread(send)
    eyes = observer(settings)
    try:
        ((_, envelope),) = await eyes.published(1)
        assert isinstance(envelope.data, FeedbackReceived)
        assert await eyes.feedback.count({}) == 1
    finally:
        await eyes.close()


@pytest.mark.chaos
async def test_killed_after_the_mail_server_took_it_it_is_the_same_mail_again(intake_settings, free_port, tmp_path):
    async with sinking() as sink, httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
        settings = intake_settings(mail_port=free_port(), smtp_port=sink.port)
        port, log = free_port(), tmp_path / "log"
        async with process(settings, port, log, REDRESS_KILL_AT="intake.mail-sent") as dying:
            await dying.until(200)
            answer = await http.post(f"{dying.url}/api/v1/feedback", json=COMPLAINT, headers=KEYED)
            assert await dying.ended() == -signal.SIGKILL
        async with process(settings, port, log) as living:
            await living.until(200)
            caught = await sink.wait(2)
            assert len({mail["Message-ID"] for mail in caught}) == 1
            await asyncio.sleep(2.5)
            assert len(sink.caught) == 2
            found = await http.get(f"{living.url}/api/v1/feedback/{answer.json()['reference']}")
            assert found.json()["acknowledgement"] == "sent"


async def test_alone_it_reports_what_it_waits_for_and_logs_nothing_personal(intake_settings, free_port, tmp_path):
    settings, port, log = intake_settings(mail_port=free_port()), free_port(), tmp_path / "log"
    nowhere = f"mongodb://127.0.0.1:{free_port()}/?directConnection=true&serverSelectionTimeoutMS=300"
    down = settings.model_copy(update={"mongo_url": nowhere, "kafka": f"127.0.0.1:{free_port()}"})
    async with process(down, port, log) as alone:
        answer = await alone.until(503)
        assert "the store does not answer" in answer.json()["troubles"]
        assert (await alone.until(200, "/livez")).json()["live"] is True
        await asyncio.sleep(1.5)
    assert "waiting for the store" in log.read_text()
    log.write_text("")
    async with process(settings, port, log) as up:
        await up.until(200)
        async with httpx.AsyncClient(base_url=up.url, trust_env=False, timeout=PATIENCE) as http:
            await http.post("/api/v1/feedback", json=COMPLAINT, headers=BEARER)
            await http.post("/feedback", data={"kind": "comment", "narrative": "It is broken.", "name": "Ann"})
            await asyncio.sleep(1)
    logged = log.read_text()
    assert all(isinstance(json.loads(line), dict) for line in logged.splitlines())
    for personal in ("broken", "ann@example.com", "Ann"):
        assert personal not in logged
