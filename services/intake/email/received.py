"""When the council's own first server received a mail (RFC 5321 section 4.4). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_BY: Final = re.compile(r"(?:^|\s)by\s+([A-Za-z0-9._-]{1,253})", re.IGNORECASE)
_FROM: Final = re.compile(r"^\s*from\s+([A-Za-z0-9._\[\]:-]{1,253})(?:\s+\(([^()]{0,300})\))?", re.IGNORECASE)
_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def received_at(fields: Sequence[str], servers: Collection[str]) -> datetime | None:
    """The instant (UTC) at which the first of the council's `servers` (names, lower case) received the mail.

    `fields` are the Received fields as they stand, the newest first. They are followed back as long as each was written
    by one of the servers, and from one that received it from another of them to that other; whatever a sender wrote below is
    not believed. None where no field is such a server's, or no date of theirs can be read.
    """
    found: datetime | None = None
    for field in fields:
        text, _, date = field.rpartition(";")
        by = _BY.search(text)
        if by is None or by[1].lower().rstrip(".") not in servers:
            break
        found = _instant(date) or found
        sender = _FROM.match(text)
        names = _HOST.findall(f"{sender[1]} {sender[2] or ''}") if sender else []
        if not any(name.lower().rstrip(".") in servers for name in names):
            break
    return found


def _instant(date: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(date.strip()[:100])
        # "-0000" is a time in UTC that does not state the zone it was written in (RFC 5322 section 3.3).
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
