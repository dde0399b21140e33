"""The SMTP and LMTP receivers, in the service's own event loop. 250 means durable; what cannot be now is 451, not lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.intake.email.receive import ReceiveMail
from services.intake.metrics import IntakeMetrics
from services.intake.settings import IntakeSettings
from shared.store import StoreUnavailable
from shared.telemetry.logs import get

log = get(__name__)
_LATER = "451 4.3.0 The message cannot be kept now, try again later"


class MailServer:
    """`ports` are those it listens on, by protocol, once it does."""

    def __init__(self, settings: IntakeSettings, mail: ReceiveMail, metrics: IntakeMetrics) -> None:
        self._settings = settings
        self._mail = mail
        self._metrics = metrics
        self._servers: list[asyncio.Server] = []
        self.ports: dict[str, int] = {}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen until the context ends.

        Raises:
            OSError: a port is in use.
        """
        s = self._settings
        try:
            await self._listen("smtp", SMTP, s.mail_port)
            if s.lmtp_port is not None:
                await self._listen("lmtp", LMTP, s.lmtp_port)
            yield
        finally:
            for server in self._servers:
                server.close()

    def trouble(self) -> str | None:
        """Why no mail can come in, or None."""
        closed = not self._servers or not all(server.is_serving() for server in self._servers)
        return "email is not listened for" if closed else None

    async def _listen(self, name: str, protocol: type[Any], port: int) -> None:
        loop = asyncio.get_running_loop()
        s = self._settings
        handler = _Handler(self._mail, self._metrics, per_recipient=protocol is LMTP)

        # Mailers write longer lines than the 998 octets of RFC 5322; a message is not refused for that.
        patient = type(f"Patient{protocol.__name__}", (protocol,), {"line_length_limit": s.mail_max_bytes})

        def connection() -> asyncio.Protocol:
            made: asyncio.Protocol = patient(
                handler,
                data_size_limit=s.mail_max_bytes,
                enable_SMTPUTF8=True,
                hostname=s.mail_domain,
                ident="Redress",
                loop=loop,
            )
            return made

        try:
            server = await loop.create_server(connection, s.mail_host, port)
        except OSError:
            log.exception("email cannot be listened for", protocol=name, host=s.mail_host, port=port)
            raise
        self._servers.append(server)
        self.ports[name] = server.sockets[0].getsockname()[1]
        log.info("listening for email", protocol=name, host=s.mail_host, port=self.ports[name])


class _Handler:
    """What aiosmtpd calls in an SMTP or LMTP session."""

    def __init__(self, mail: ReceiveMail, metrics: IntakeMetrics, *, per_recipient: bool) -> None:
        self._mail = mail
        self._metrics = metrics
        self._per_recipient = per_recipient

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._mail.kind_for(address) is None:
            self._metrics.mail_in.labels("refused").inc()
            return "550 5.1.1 No feedback is accepted at this address"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        kinds = [kind for address in envelope.rcpt_tos if (kind := self._mail.kind_for(address))]
        try:
            result = await self._mail.receive(envelope.original_content or b"", envelope.mail_from or "", kinds)
        except StoreUnavailable as error:
            log.warning("an email waits for the store", error=str(error)[:200])
            answer = self._later()
        except Exception:
            # Whatever it is, the sender still has the message and tries again.
            log.exception("an email could not be received")
            answer = self._later()
        else:
            answer = f"250 2.0.0 Kept ({result})"
        # RFC 2033: LMTP answers for each recipient.
        return "\r\n".join([answer] * (len(envelope.rcpt_tos) if self._per_recipient else 1))

    async def handle_exception(self, error: Exception) -> str:
        log.error("an SMTP session failed", exc_info=error)
        return _LATER

    def _later(self) -> str:
        self._metrics.mail_in.labels("deferred").inc()
        return _LATER
