"""Sends acknowledgements and notices, which are stored until the mail server has accepted them.

A mail is leased by one instance, and tried again with a growing pause for as long as the server does not answer or defers
it. What it refuses for good is recorded as failed. A process that dies after sending and before it recorded so sends again,
with the same Message-ID.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any, Protocol

import aiosmtplib
from prometheus_client import Counter

from services.intake.acknowledgement.text import compose, compose_notice
from services.intake.model import Due, MailStatus, MailTo
from services.intake.settings import IntakeSettings
from shared import failpoints
from shared.clock import now
from shared.messaging.finishing import finishing
from shared.taxonomy.codes import Codes
from shared.telemetry.logs import get
from shared.vault import KeyDestroyed, Vault

log = get(__name__)
_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=15)
_IDLE_SECONDS = 1.0


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(_FIRST_PAUSE * (1 << min(attempts - 1, 20)), _LONGEST_PAUSE)


class Mails(Protocol):
    """Where mails are kept: one is leased, then settled or postponed."""

    async def lease_mail(self, now: datetime, lease: timedelta) -> Due | None: ...
    async def postpone_mail(self, key: str, until: datetime, *, error: str) -> None: ...
    async def settle_mail(self, key: str, status: MailStatus, at: datetime, *, error: str | None = None) -> None: ...


class Sender:
    """`wake` makes it look at once; it also looks every second, so that a lost `wake` loses no mail. `sent` counts by result."""

    def __init__(
        self,
        store: Mails,
        vault: Vault,
        settings: IntakeSettings,
        codes: Codes,
        sent: Counter,
    ) -> None:
        self._store = store
        self._vault = vault
        self._settings = settings
        self._codes = codes
        self._sent = sent
        self._lease = timedelta(seconds=settings.mail_lease_seconds)
        self._woken = asyncio.Event()
        self._client: aiosmtplib.SMTP | None = None

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Send for ever."""
        try:
            while True:
                self._woken.clear()
                # The mail client may mistake a cancellation for an answer that came at the same moment, and go on for ever;
                # and a mail that the server has is recorded as sent before the service stops.
                while await finishing(self.send_one()):
                    pass
                await self._close()
                try:
                    async with asyncio.timeout(_IDLE_SECONDS):
                        await self._woken.wait()
                except TimeoutError:
                    continue
        finally:
            await self._close()

    async def send_one(self) -> bool:
        """Try the mail that has been due longest; False when none is due."""
        due = await self._store.lease_mail(now(), self._lease)
        if due is None:
            return False
        try:
            await self._send(due)
        except KeyDestroyed:
            await self._settle(due, MailStatus.ERASED)
        except aiosmtplib.SMTPRecipientsRefused as error:
            await self._refused(due, max(r.code for r in error.recipients))
        except aiosmtplib.SMTPConnectResponseError:
            await self._later(due, "the mail server does not take mail")
        except aiosmtplib.SMTPNotSupported:
            # An address that is not ASCII, and a server that accepts no others.
            await self._refused(due, 553)
        except aiosmtplib.SMTPResponseException as error:
            await self._refused(due, error.code)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            await self._later(due, type(error).__name__)
        else:
            failpoints.hit("intake.mail-sent")
            await self._settle(due, MailStatus.SENT)
        return True

    async def _send(self, due: Due) -> None:
        to = await self._vault.unseal(due.mail.to, MailTo, purpose="acknowledgement")
        known: dict[str, Any] = {"codes": self._codes, "now": now(), "settings": self._settings}
        if due.notice is None:
            message = compose(due.feedback, to, **known)
        else:
            message = compose_notice(due.feedback, due.key, due.notice, to, **known)
        client = await self._connected()
        # The empty return path of RFC 3834: nothing that bounces comes back as feedback.
        await client.send_message(message, sender="", recipients=[to.address])

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        s = self._settings
        self._client = aiosmtplib.SMTP(
            hostname=s.smtp_host,
            port=s.smtp_port,
            timeout=20,
            local_hostname=s.mail_domain,
            use_tls=s.smtp_tls == "tls",
            start_tls=s.smtp_tls == "starttls",
            username=s.smtp_user,
            password=s.smtp_password.get_secret_value() if s.smtp_password else None,
        )
        await self._client.connect()
        return self._client

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit()
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                client.close()

    async def _refused(self, due: Due, code: int) -> None:
        if code >= 500:
            log.warning("a mail was refused for good", feedback_id=str(due.feedback.feedback_id), code=code)
            await self._settle(due, MailStatus.FAILED, error=str(code))
        else:
            await self._later(due, str(code))

    async def _later(self, due: Due, why: str) -> None:
        await self._close()
        wait = pause(due.mail.attempts)
        log.warning(
            "a mail waits for the mail server",
            feedback_id=str(due.feedback.feedback_id),
            why=why,
            seconds=wait.total_seconds(),
        )
        self._sent.labels("retried").inc()
        await self._store.postpone_mail(due.key, now() + wait, error=why)

    async def _settle(self, due: Due, status: MailStatus, *, error: str | None = None) -> None:
        self._sent.labels(status.value).inc()
        await self._store.settle_mail(due.key, status, now(), error=error)
