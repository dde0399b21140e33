"""The acknowledgement by email: written with the feedback, sent until the mail server takes it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from prometheus_client import CollectorRegistry

from services.intake.acknowledgement.sending import Sender, pause
from services.intake.acknowledgement.text import compose
from services.intake.metrics import IntakeMetrics
from services.intake.model import Feedback, MailTo
from services.intake.next_steps import acknowledged_by, next_steps
from services.intake.settings import IntakeSettings
from services.intake.store import FeedbackStore
from shared.events.codes import Channel, Kind
from shared.store import Store
from shared.taxonomy.codes import Codes
from shared.vault import Vault
from tests.intake.service_rig import serving
from tests.intake.sink import sinking
from tests.waiting import PATIENCE

GIVEN = {"kind": "complaint", "narrative": "A secret matter about my neighbour.", "email": "ann@example.com"}


async def hand_in(intake, **changes):
    answer = await intake.http.post("/api/v1/feedback", json={**GIVEN, **changes})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def status(intake, reference, wanted, within=PATIENCE):
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        shown = (await intake.http.get(f"/api/v1/feedback/{reference}")).json()["acknowledgement"]
        if shown == wanted or loop.time() > end:
            return shown
        await asyncio.sleep(0.05)


async def test_it_states_what_happens_next_and_nothing_that_was_written(intake_settings):
    async with sinking() as sink, serving(intake_settings(smtp_port=sink.port)) as intake:
        body = await hand_in(intake)
        (caught,) = await sink.wait()
        text = caught.get_content()
        assert body["reference"] in text
        assert body["reference"] in caught["Subject"]
        assert "secret" not in caught.as_string()
        assert caught["Message-ID"] == f"<{body['feedback_id']}@redress.localhost>"
        assert caught["Auto-Submitted"] == "auto-replied"
        assert caught["To"] == "ann@example.com"
        assert "complaints@redress.localhost" in caught["From"]
        # RFC 3834: the empty return path.
        assert sink.envelopes == [("<>", ["ann@example.com"])]
        assert await status(intake, body["reference"], "sent") == "sent"
        await asyncio.sleep(1.5)
        assert len(sink.caught) == 1


async def test_without_an_address_there_is_none(intake):
    body = await hand_in(intake, email="")
    assert await status(intake, body["reference"], "none") == "none"


async def test_a_mail_server_that_is_down_never_holds_feedback_up(intake_settings, free_port):
    port = free_port()
    async with serving(intake_settings(smtp_port=port)) as intake:
        body = await hand_in(intake)
        assert await status(intake, body["reference"], "pending") == "pending"
        assert (await intake.http.get("/readyz")).status_code == 200
        await asyncio.sleep(1)
        async with sinking(port) as sink:
            await sink.wait()
            assert await status(intake, body["reference"], "sent") == "sent"


async def test_not_now_is_tried_again_and_never_is_recorded(intake_settings):
    async with sinking() as sink, serving(intake_settings(smtp_port=sink.port)) as intake:
        sink.answers = ["451 not now"]
        body = await hand_in(intake)
        await sink.wait()
        assert await status(intake, body["reference"], "sent") == "sent"
        sink.answers = ["554 never"]
        refused = await hand_in(intake)
        assert await status(intake, refused["reference"], "failed") == "failed"
        metrics = (await intake.http.get("/metrics")).text
        assert 'redress_acknowledgements_total{result="failed"} 1.0' in metrics
        assert 'redress_acknowledgements_total{result="retried"} 1.0' in metrics


async def test_erased_before_it_was_sent_it_is_not_sent(intake_settings, free_port):
    port = free_port()
    async with serving(intake_settings(smtp_port=port)) as intake:
        body = await hand_in(intake)
        await asyncio.sleep(0.5)
        await intake.vault.destroy_key(UUID(body["feedback_id"]))
        async with sinking(port) as sink:
            assert await status(intake, body["reference"], "erased") == "erased"
            assert sink.caught == []


async def test_the_sender_stops_at_whatever_moment_of_its_sending(intake_settings, free_port):
    """Until Python 3.12 a wait with a time limit loses a cancellation that comes together with the answer."""
    settings = intake_settings(smtp_port=free_port())
    async with serving(settings) as intake:
        await hand_in(intake)
    servers = Store(settings.mongo_url, settings.database_prefix)
    feedback = servers.database("intake")["feedback"]
    vault = Vault(servers.database("vault"), settings.master_key_bytes())
    for turns in range(40):
        await feedback.update_many({}, {"$set": {"mails.0.next_at": datetime(2020, 1, 1, tzinfo=UTC)}})
        metrics = IntakeMetrics(CollectorRegistry())
        sender = Sender(FeedbackStore(feedback), vault, settings, Codes(), metrics)
        sending = asyncio.create_task(sender.run())
        async with asyncio.timeout(PATIENCE):
            while sender._client is None:
                await asyncio.sleep(0)
        for _ in range(turns):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending], timeout=PATIENCE)
        assert sending.cancelled(), f"lost at turn {turns}"
    servers.close()


def test_the_pause_grows_and_has_an_end():
    pauses = [pause(n) for n in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=2)
    assert pauses[-1] == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("received", "by"),
    [
        (date(2024, 3, 22), date(2024, 4, 2)),  # over Easter
        (date(2023, 12, 21), date(2024, 1, 2)),  # over Christmas
        (date(2024, 6, 8), date(2024, 6, 14)),  # on a Saturday
        (date(2090, 1, 1), None),
    ],
)
def test_the_day_of_the_promise(received, by):
    days = Codes().acknowledgement_days(None)
    assert days is not None
    assert acknowledged_by(received, days) == by
    assert next_steps(Kind.COMPLAINT, received, days).by == by


def test_adults_social_care_is_acknowledged_in_three_working_days():
    days = Codes().acknowledgement_days("adults-statutory")
    assert next_steps(Kind.COMPLAINT, date(2024, 6, 3), days).by == date(2024, 6, 6)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_words(kind):
    received_at = datetime(2024, 6, 3, 22, 59, tzinfo=UTC)
    composed = compose(
        Feedback(uuid4(), "RD-7K2M-4QXT-9V0A", kind, Channel.API, received_at, fingerprint=""),
        MailTo(address="ann@example.com", in_reply_to="<a@b>"),
        acknowledgement_days=Codes().acknowledgement_days(None),
        now=datetime(2024, 6, 4, tzinfo=UTC),
        settings=IntakeSettings(),
    )
    text = composed.get_content()
    assert "Monday 3 June 2024" in text
    assert composed["In-Reply-To"] == "<a@b>"
    assert all(len(line) < 80 for line in composed.as_bytes().splitlines())
    assert ("by Monday 10 June 2024" in text) == (kind is Kind.COMPLAINT)
