"""The acknowledgement by email: written with the feedback, sent until the mail server takes it."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from services.intake.acknowledgement.sending import Sender, pause
from services.intake.acknowledgement.text import compose
from services.intake.metrics import IntakeMetrics
from services.intake.model import Feedback, MailTo
from services.intake.next_steps import acknowledged_by, long_day, next_steps
from services.intake.settings import IntakeSettings
from services.intake.store import FeedbackStore
from shared.calendar.london import today
from shared.events.codes import Channel, Kind
from shared.store import Store
from shared.taxonomy.codes import Codes
from shared.vault import Vault
from tests.intake.service_rig import BEARER, serving
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


async def test_the_law_of_the_service_is_promised_on_page_and_in_the_email_and_nothing_past(intake_settings):
    async with sinking() as sink, serving(intake_settings(smtp_port=sink.port)) as intake:
        by = acknowledged_by(today(datetime.now(UTC)), 3)
        for number, (area, procedure) in enumerate(
            [("asc-home-care", "adults-statutory"), ("csc-adoption", "childrens-statutory")], 1
        ):
            body = await hand_in(intake, service_area=area)
            mail = (await sink.wait(number))[-1].get_content()
            page = (await intake.http.get(f"/feedback/received/{body['reference']}")).text
            shown = (await intake.http.get(f"/api/v1/feedback/{body['reference']}")).json()
            assert shown["procedure"] == procedure
            assert "social care" in shown["procedure_why"]
            for text in (mail, page):
                assert f"by {long_day(by)}" in text
                assert ("advocate" in text) == (procedure == "childrens-statutory")
        decided = {(e.data.procedure, e.data.procedure_rule) for _, e in await intake.published(2)}
        assert decided == {("adults-statutory", "adult-social-care"), ("childrens-statutory", "childrens-social-care")}
        letter = {**GIVEN, "channel": "letter", "received_at": "2024-10-01T10:00:00Z", "service_area": "asc-finance"}
        answer = await intake.http.post("/api/v1/feedback", json=letter, headers=BEARER)
        mail = (await sink.wait(3))[-1].get_content()
        page = (await intake.http.get(f"/feedback/received/{answer.json()['reference']}")).text
        for text in (mail, page):
            assert "We acknowledge it: we tell you" in text
            assert text.count("October 2024") == 1


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
        sender = Sender(FeedbackStore(feedback), vault, settings, Codes(), metrics.acknowledgements)
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
    assert next_steps(Kind.COMPLAINT, received, days, today=received).by == by


@pytest.mark.parametrize(
    ("procedure", "kind", "by"),
    [
        ("adults-statutory", Kind.COMPLAINT, date(2024, 6, 6)),
        ("childrens-statutory", Kind.COMPLAINT, date(2024, 6, 6)),
        ("public-health", Kind.COMPLAINT, date(2024, 6, 6)),
        ("childrens-non-statutory", Kind.COMPLAINT, date(2024, 6, 10)),
        (None, Kind.COMPLAINT, date(2024, 6, 10)),
        ("mp-correspondence", Kind.ENQUIRY, date(2024, 6, 5)),
        ("freedom-of-information", Kind.ENQUIRY, None),
        (None, Kind.ENQUIRY, None),
        ("adults-statutory", Kind.COMPLIMENT, None),
    ],
)
def test_the_receipt_names_the_day_of_its_procedure_on_page_and_in_the_email(procedure, kind, by):
    day = date(2024, 6, 3)
    steps = next_steps(kind, day, Codes().acknowledgement_days(procedure, kind), today=day)
    assert steps.by == by
    assert (" by " in " ".join(steps.sentences)) == (by is not None)
    text = mailed(kind, procedure).get_content()
    assert (f"by {long_day(by)}" in text) if by else (" by " not in text.partition("What happens next:")[2].partition("To add")[0])


@given(st.dates(date(2024, 1, 1), date(2026, 6, 1)), st.integers(0, 120), st.sampled_from(["adults-statutory", "corporate", None]))
def test_nothing_is_promised_for_a_day_that_is_over(received, later, procedure):
    today = received + timedelta(days=later)
    days = Codes().acknowledgement_days(procedure)
    steps = next_steps(Kind.COMPLAINT, received, days, today=today)
    assert steps.by is None or steps.by >= today
    assert (" by " in steps.sentences[1]) == (acknowledged_by(received, days) >= today)


def test_a_letter_of_weeks_ago_is_received_without_a_day_and_children_are_told_of_advocates():
    late = mailed(Kind.COMPLAINT, "adults-statutory", now=datetime(2024, 7, 1, tzinfo=UTC)).get_content()
    assert "We acknowledge it: we tell you" in late
    assert "June" not in late.partition("What happens next:")[2]
    assert "advocate" in mailed(Kind.COMPLAINT, "childrens-statutory").get_content()
    assert "advocate" not in mailed(Kind.COMPLAINT, "adults-statutory").get_content()
    assert "advocate" not in mailed(Kind.COMPLIMENT, "childrens-statutory").get_content()
    assert "within 20 working days" in mailed(Kind.ENQUIRY, "freedom-of-information").get_content()


def mailed(kind, procedure, now=datetime(2024, 6, 4, tzinfo=UTC)):
    received_at = datetime(2024, 6, 3, 22, 59, tzinfo=UTC)
    return compose(
        Feedback(uuid4(), "RD-7K2M-4QXT-9V0A", kind, Channel.API, received_at, fingerprint="", procedure=procedure),
        MailTo(address="ann@example.com", in_reply_to="<a@b>"),
        codes=Codes(),
        now=now,
        settings=IntakeSettings(),
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_its_words(kind):
    composed = mailed(kind, None)
    text = composed.get_content()
    assert "Monday 3 June 2024" in text
    assert composed["In-Reply-To"] == "<a@b>"
    assert all(len(line) < 80 for line in composed.as_bytes().splitlines())
    assert ("by Monday 10 June 2024" in text) == (kind is Kind.COMPLAINT)
