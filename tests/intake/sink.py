"""A real SMTP server that catches what intake sends, and refuses on demand."""

from __future__ import annotations

import asyncio
import email
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP

from tests.waiting import PATIENCE


@dataclass
class Sink:
    port: int = 0
    answers: list[str] = field(default_factory=list)
    """Answers to the next messages; when there are none left, 250."""
    caught: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        self.caught.append(email.message_from_bytes(envelope.original_content, policy=default))
        return "250 OK"

    async def wait(self, count: int = 1, within: float = PATIENCE) -> list[EmailMessage]:
        loop = asyncio.get_running_loop()
        end = loop.time() + within
        while len(self.caught) < count and loop.time() < end:
            await asyncio.sleep(0.02)
        assert len(self.caught) >= count, f"{len(self.caught)} of {count} mails"
        return self.caught


@asynccontextmanager
async def sinking(port: int = 0):
    sink = Sink()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, hostname="sink", enable_SMTPUTF8=True), "127.0.0.1", port)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
