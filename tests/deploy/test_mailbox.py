"""The local mailbox keeps each mail and shows it as text that runs nothing."""

import smtplib
from email.message import EmailMessage

import httpx
import pytest

from deploy.local.child import Child
from deploy.local.mailbox import Mailbox
from deploy.local.parts import assemble
from deploy.local.settings import LocalSettings
from tests.waiting import PATIENCE


@pytest.fixture
async def mailbox(tmp_path, free_port):
    settings = LocalSettings(home=tmp_path, ports_from=free_port(11), kafka="unused:1", mongo_url="unused")
    part = assemble(settings, services=()).mailbox[0]
    part.start()
    await part.ready()
    yield settings
    part.child.stop()


def send(settings, subject="Your complaint", text="We have it.", html=None):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "council@example.org", "Zoë <zoe@example.org>", subject
    mail.set_content(text)
    if html:
        mail.clear_content()
        mail.set_content(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", settings.ports().mail_out, timeout=10) as smtp:
        smtp.send_message(mail, to_addrs=["zoe@example.org"])


async def test_a_mail_is_kept_listed_and_shown(mailbox):
    send(mailbox)
    url = mailbox.urls()["mailbox"]
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        [mail] = (await client.get("/api/messages", params={"to": "zoe@example.org"})).json()
        assert (mail["subject"], mail["text"].strip()) == ("Your complaint", "We have it.")
        assert mail["delivered_to"] == ["zoe@example.org"]
        assert (await client.get("/api/messages", params={"to": "other@example.org"})).json() == []
        assert "Your complaint" in (await client.get("/")).text
        assert "We have it." in (await client.get(f"/messages/{mail['id']}")).text
        raw = await client.get(f"/messages/{mail['id']}.eml")
        assert raw.headers["content-type"] == "message/rfc822"
        assert b"Subject: Your complaint" in raw.content
        assert (await client.get("/messages/..%2Fsecrets%2Fredress_master_key")).status_code == 404
    assert len(list((mailbox.at().mailbox).glob("*.eml"))) == 1


async def test_what_a_sender_wrote_does_not_run_on_the_page(mailbox):
    send(mailbox, subject="<script>alert(1)</script>", html="<p>Hello</p><script>alert(2)</script>")
    async with httpx.AsyncClient(base_url=mailbox.urls()["mailbox"], timeout=PATIENCE) as client:
        [mail] = (await client.get("/api/messages")).json()
        for page in (await client.get("/"), await client.get(f"/messages/{mail['id']}")):
            assert "<script" not in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "Hello" in mail["text"]


def test_a_mail_in_an_unknown_character_set_is_still_shown(tmp_path):
    box = Mailbox(tmp_path)
    box.keep(b"Content-Type: text/plain; charset=no-such\r\n\r\nHello \xff", "a@example.org", ["b@example.org"])
    [mail] = box.all()
    assert mail["text"].startswith("Hello")


def test_child_is_what_the_mailbox_runs_as(tmp_path):
    part = assemble(LocalSettings(home=tmp_path, kafka="unused:1", mongo_url="unused"), services=()).mailbox[0]
    assert isinstance(part.child, Child)
    assert part.child.log == tmp_path / "logs" / "mailbox.log"
