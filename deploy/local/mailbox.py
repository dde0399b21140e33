"""A local mailbox: catches every mail the platform sends, keeps it, and shows it on a page.

Nothing leaves the machine. Run as `python -m deploy.local.mailbox`; reads REDRESS_HOME and
the ports. A mail is answered 250 when it is on disk, not before.
"""

from __future__ import annotations

import asyncio
import email
import os
import time
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from jinja2 import Environment

from deploy.local.ports import HOST
from deploy.local.settings import LocalSettings
from services.intake.email.markup import text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from email.message import EmailMessage

_PAGE = Environment(autoescape=True).from_string("""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{ title }}</title><style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
td, th { text-align: left; padding: .3rem 1rem .3rem 0; vertical-align: top }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border-top: 1px solid;
  padding-top: 1rem; font: inherit }
</style></head><body><main><h1>{{ title }}</h1>
{% if mail %}<p><a href="/">All messages</a> · <a href="/messages/{{ mail.id }}.eml">As it was sent</a></p>
<table>{% for name in ("from", "to", "date", "subject") %}
<tr><th scope="row">{{ name | capitalize }}</th><td>{{ mail[name] }}</td></tr>{% endfor %}</table>
<pre>{{ mail.text }}</pre>
{% else %}<p>Mail that the platform sent on this machine. None of it was delivered to anybody.</p>
<table><thead><tr><th scope="col">Date</th><th scope="col">To</th><th scope="col">Subject</th></tr></thead>
<tbody>
{% for m in mails %}<tr><td>{{ m.date }}</td><td>{{ m.to }}</td>
<td><a href="/messages/{{ m.id }}">{{ m.subject or "(no subject)" }}</a></td></tr>
{% else %}<tr><td colspan="3">No messages yet.</td></tr>{% endfor %}
</tbody></table>{% endif %}</main></body></html>
""")
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"}


@dataclass(frozen=True)
class Mailbox:
    """Messages in a folder, one `.eml` file each; a name sorts by time of arrival."""

    folder: Path

    def keep(self, content: bytes, sender: str, recipients: list[str]) -> str:
        """Write a message durably, with its envelope in front as a delivery agent does; returns its id."""
        self.folder.mkdir(parents=True, exist_ok=True)
        message_id = f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}"
        draft = self.folder / f".{message_id}"
        envelope = [f"Return-Path: <{sender}>", *(f"Delivered-To: {r}" for r in recipients)]
        with draft.open("wb") as file:
            file.write("".join(f"{line}\r\n" for line in envelope).encode() + content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self.folder / f"{message_id}.eml")
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return message_id

    def raw(self, message_id: str) -> bytes | None:
        """A message as it was kept; None if there is no such message."""
        # Looked up among the names that exist, so that no id can point elsewhere.
        return next((p.read_bytes() for p in self._files() if p.stem == message_id), None)

    def read(self, message_id: str) -> dict[str, Any] | None:
        content = self.raw(message_id)
        return None if content is None else _described(message_id, content)

    def all(self, to: str | None = None) -> list[dict[str, Any]]:
        """Every message, newest first; `to` keeps those delivered to that address."""
        mails = (_described(p.stem, p.read_bytes()) for p in sorted(self._files(), reverse=True))
        return [m for m in mails if to is None or to.lower() in (r.lower() for r in m["delivered_to"])]

    def _files(self) -> list[Path]:
        return [p for p in self.folder.glob("*.eml") if not p.name.startswith(".")]


def _described(message_id: str, content: bytes) -> dict[str, Any]:
    message = email.message_from_bytes(content, policy=policy.default)
    return {
        "id": message_id,
        **{name: str(message.get(name, "")) for name in ("from", "to", "date", "subject", "message-id")},
        "delivered_to": [str(r) for r in message.get_all("delivered-to", [])],
        "text": _text(message),
    }


def _text(message: EmailMessage) -> str:
    """The message as plain text; HTML is turned into text, so nothing a sender wrote runs on our page."""
    body = message.get_body(("plain", "html"))
    if body is None:
        return ""
    try:
        content = str(body.get_content())
    except (LookupError, UnicodeError):
        payload = body.get_payload(decode=True)
        content = payload.decode(errors="replace") if isinstance(payload, bytes) else ""
    return text_of(content) if body.get_content_type() == "text/html" else content


class _Catcher:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content or b""
        try:
            await asyncio.to_thread(self._mailbox.keep, content, envelope.mail_from or "", [str(r) for r in envelope.rcpt_tos])
        except OSError as error:
            return f"451 4.3.0 could not be kept: {error.strerror}"
        return "250 2.0.0 kept"


def create_app(mailbox: Mailbox, smtp_port: int) -> FastAPI:
    """The page, the JSON API at /api/messages, and the SMTP receiver on `smtp_port`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        receiver = await loop.create_server(
            lambda: SMTP(_Catcher(mailbox), enable_SMTPUTF8=True, loop=loop, ident="Redress local mailbox"),
            HOST,
            smtp_port,
        )
        yield
        receiver.close()

    app = FastAPI(title="Redress local mailbox", lifespan=lifespan, docs_url=None, redoc_url=None)

    @app.get("/", response_class=HTMLResponse)
    def index() -> HTMLResponse:
        page = _PAGE.render(title="Local mailbox", mails=mailbox.all())
        return HTMLResponse(page, headers=_HEADERS)

    @app.get("/messages/{message_id}.eml")
    def original(message_id: str) -> Response:
        content = mailbox.raw(message_id)
        if content is None:
            raise HTTPException(404, "no such message")
        headers = {**_HEADERS, "Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type="message/rfc822", headers=headers)

    @app.get("/messages/{message_id}", response_class=HTMLResponse)
    def show(message_id: str) -> HTMLResponse:
        mail = _found(mailbox.read(message_id))
        return HTMLResponse(_PAGE.render(title=mail["subject"] or "(no subject)", mail=mail), headers=_HEADERS)

    @app.get("/api/messages")
    def messages(to: str | None = None) -> list[dict[str, Any]]:
        return mailbox.all(to)

    @app.get("/api/messages/{message_id}")
    def message(message_id: str) -> dict[str, Any]:
        return _found(mailbox.read(message_id))

    @app.get("/livez", response_class=PlainTextResponse)
    @app.get("/readyz", response_class=PlainTextResponse)
    def health() -> str:
        return "ok"

    return app


def _found(mail: dict[str, Any] | None) -> dict[str, Any]:
    if mail is None:
        raise HTTPException(404, "no such message")
    return mail


def main() -> None:
    import uvicorn

    settings = LocalSettings()
    ports = settings.ports()
    app = create_app(Mailbox(settings.at().mailbox), ports.mail_out)
    uvicorn.run(app, host=HOST, port=ports.mailbox, log_level="warning")


if __name__ == "__main__":
    main()
