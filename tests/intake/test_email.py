"""Email in over real SMTP: 250 means durable, the same message is the same item, nothing is lost."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

import pytest

from services.intake.settings import IntakeSettings
from shared.events.codes import Channel, Kind
from shared.events.feedback import FeedbackContent, FeedbackMessageAdded, FeedbackReceived, MessageContent
from shared.ids import feedback_id
from tests.intake.service_rig import BEARER, KEY, serving
from tests.intake.sink import sinking
from tests.waiting import PATIENCE

COMPLAINTS = "complaints@redress.localhost"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    given = {
        "From": "Ann Example <ann@example.com>",
        "To": COMPLAINTS,
        "Subject": "The bus never came",
        "Message-ID": "<one@example.com>",
        **headers,
    }
    for name, value in given.items():
        if value:
            message[name.replace("_", "-")] = value
    message.set_content("The 125 did not come on Tuesday, and nobody answers the telephone. \u00a350 for a taxi!")
    return message


def _send(port, raw, sender="ann@example.com", to=(COMPLAINTS,)):
    with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
        return client.sendmail(sender, list(to), raw)


async def send(intake, message, **options):
    raw = message if isinstance(message, bytes) else message.as_bytes(policy=SMTP)
    return await asyncio.to_thread(_send, intake.mail_port, raw, **options)


async def only_document(intake):
    (document,) = await intake.feedback.find_list({})
    return document


async def content_of(intake, event) -> FeedbackContent:
    found: FeedbackContent = await intake.vault.unseal(event.sealed, FeedbackContent, purpose="feedback")
    return found


async def raw_of(intake, ref):
    answer = await intake.http.get(f"/api/v1/attachments/{ref.attachment_id}", headers=BEARER)
    assert answer.status_code == 200
    return answer.content


async def test_an_email_becomes_feedback_with_its_raw_message_kept_exactly(intake):
    message = mail()
    message.add_attachment(PNG, maintype="image", subtype="png", filename="the stop.png")
    message.add_attachment(b"MZ\x90\0", maintype="application", subtype="x-msdownload", filename="virus.exe")
    await send(intake, message)
    ((record, envelope),) = await intake.published(1)
    event = envelope.data
    assert isinstance(event, FeedbackReceived)
    assert (event.kind, event.channel) == (Kind.COMPLAINT, Channel.EMAIL)
    assert event.feedback_id == feedback_id("email", "<one@example.com>")
    content = await content_of(intake, event)
    assert (content.name, content.email) == ("Ann Example", "ann@example.com")
    assert content.subject == "The bus never came"
    assert "\u00a350 for a taxi!" in content.narrative
    assert "virus.exe" in content.narrative
    (attached,) = event.attachments
    assert (attached.media_type, attached.size) == ("image/png", len(PNG))
    assert content.attachment_names == {str(attached.attachment_id): "the stop.png"}
    assert event.raw_message is not None
    assert await raw_of(intake, event.raw_message) == message.as_bytes(policy=SMTP)
    assert b"taxi" not in record.value


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("compliments@redress.localhost", Kind.COMPLIMENT),
        ("Comments@Redress.localhost", Kind.COMMENT),
        ("complaints+highways@redress.localhost", Kind.COMPLAINT),
    ],
)
async def test_the_address_shows_the_kind(intake, address, kind):
    await send(intake, mail(), to=[address])
    assert (await only_document(intake))["kind"] == kind


async def test_a_retry_is_the_same_item_and_several_recipients_are_one(intake):
    for _ in range(3):
        await send(intake, mail(), to=["compliments@redress.localhost", COMPLAINTS])
    document = await only_document(intake)
    assert (document["kind"], document["version"]) == ("complaint", 1)
    # The same mail by another way: only what its hops wrote differs.
    await send(intake, b"Received: from elsewhere\r\n" + mail().as_bytes())
    assert await intake.feedback.count({}) == 1


async def test_without_a_message_id_the_bytes_are_the_identity(intake):
    for _ in range(2):
        await send(intake, mail(Message_ID="", **{"Message-ID": ""}))
    assert await intake.feedback.count({}) == 1


async def test_a_message_id_used_for_another_message_makes_neither_vanish(intake):
    other = mail()
    other.set_content("Quite another matter.")
    for message in (mail(), other, mail(), other):
        await send(intake, message)
    assert await intake.feedback.count({}) == 2


async def test_an_unknown_address_is_refused_and_a_catch_all_takes_it(intake, intake_settings):
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await send(intake, mail(), to=["nobody@redress.localhost"])
    assert refused.value.recipients["nobody@redress.localhost"][0] == 550
    async with serving(intake_settings(mail_catch_all=Kind.ENQUIRY)) as catching:
        await send(catching, mail(), to=["anybody@elsewhere.example"])
        assert (await only_document(catching))["kind"] == "enquiry"


async def test_a_message_that_is_too_large_is_refused(intake_settings):
    async with serving(intake_settings(mail_max_bytes=20_000)) as intake:
        big = mail()
        big.set_content("x" * 60 + "\n" * 30_000)
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            await send(intake, big)
        assert refused.value.smtp_code == 552
        assert await intake.feedback.count({}) == 0


async def test_without_a_store_the_sender_is_asked_to_try_again(free_port):
    nowhere = f"mongodb://127.0.0.1:{free_port()}/?directConnection=true&serverSelectionTimeoutMS=300"
    settings = IntakeSettings(mongo_url=nowhere, kafka="127.0.0.1:1", port=0, mail_port=0, master_key=KEY)
    async with serving(settings, ready=False) as intake:
        with pytest.raises(smtplib.SMTPDataError) as later:
            await send(intake, mail())
        assert later.value.smtp_code == 451


async def test_a_reply_goes_to_the_feedback_it_answers(intake_settings):
    async with sinking() as sink, serving(intake_settings(smtp_port=sink.port)) as intake:
        await send(intake, mail())
        (acknowledgement,) = await sink.wait()
        reply = mail(
            **{
                "Message-ID": "<two@example.com>",
                "In-Reply-To": str(acknowledgement["Message-ID"]),
                "Subject": "Re: whatever",
            }
        )
        reply.set_content(
            "It did not come today either.\n\nOn Mon, 1 Jan 2024 at 10:00, Customer feedback"
            " <complaints@redress.localhost> wrote:\n> Thank you for contacting the council.\n"
        )
        await send(intake, reply)
        await send(intake, reply)
        reference = (await only_document(intake))["reference"]
        quoting = mail(**{"Message-ID": "<three@example.com>", "Subject": f"More about {reference.lower()}"})
        await send(intake, quoting)
        found = [e for _, e in await intake.published(3)]
        assert [e.data.type for e in found] == [FeedbackReceived.type, *[FeedbackMessageAdded.type] * 2]
        assert [e.sequence for e in found] == [1, 2, 3]
        added = found[1].data
        message = await intake.vault.unseal(added.sealed, MessageContent, purpose="message")
        assert message.text == "It did not come today either."
        assert message.sender == "ann@example.com"
        (original,) = added.attachments
        assert b"Thank you for contacting" in await raw_of(intake, original)
        await asyncio.sleep(1.5)
        assert len(sink.caught) == 1, "a reply is not acknowledged again"


async def test_a_reply_after_erasure_is_received_as_new(intake):
    await send(intake, mail())
    document = await only_document(intake)
    await intake.vault.destroy_key(UUID(document["_id"]))
    reply = mail(**{"Message-ID": "<two@example.com>", "Subject": f"Re: {document['reference']}"})
    await send(intake, reply)
    assert await intake.feedback.count({}) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List-Id": "<news.example.com>"},
        {"X-Auto-Response-Suppress": "OOF, AutoReply"},
        {"From": "Mail Delivery <MAILER-DAEMON@example.com>"},
        {"From": COMPLAINTS},
    ],
)
async def test_a_machine_gets_no_acknowledgement(intake, headers):
    await send(intake, mail(**headers))
    assert (await only_document(intake))["mails"] == []


async def test_an_empty_return_path_gets_no_acknowledgement(intake):
    await send(intake, mail(), sender="")
    assert (await only_document(intake))["mails"] == []


async def test_lmtp_answers_for_each_recipient(intake_settings):
    async with serving(intake_settings(lmtp_port=0)) as intake:
        port = intake.app.state.mail_server.ports["lmtp"]

        def deliver():
            with smtplib.LMTP("127.0.0.1", port) as client:
                client.ehlo_or_helo_if_needed()
                client.mail("ann@example.com")
                for name in ("complaints", "comments"):
                    client.rcpt(f"{name}@redress.localhost")
                first = client.data(mail().as_bytes())
                return first, client.getreply()

        answers = await asyncio.to_thread(deliver)
        assert [code for code, _ in answers] == [250, 250]
        assert await intake.feedback.count({}) == 1
