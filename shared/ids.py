"""Identities: deterministic where a retry must name the same thing, opaque everywhere."""

from __future__ import annotations

import hashlib
import uuid

_ROOT = uuid.UUID("5f6f9f0e-3c0b-5c8e-9d52-0d6a3b1f7c11")
_FEEDBACK = uuid.uuid5(_ROOT, "feedback")
_CASE = uuid.uuid5(_ROOT, "case")
_EVENT = uuid.uuid5(_ROOT, "event")

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = _CROCKFORD + "*~$=U"
_REFERENCE_LENGTH = 10


def feedback_id(channel: str, key: str | None) -> uuid.UUID:
    """The id of one piece of feedback: the same for the same channel and idempotency key, random without one."""
    return uuid.uuid4() if key is None else uuid.uuid5(_FEEDBACK, f"{channel}:{key}")


def case_id(feedback: uuid.UUID, n: int = 0) -> uuid.UUID:
    """The id of the n-th case that one piece of feedback opens."""
    return uuid.uuid5(_CASE, f"{feedback}:{n}")


def event_id(aggregate: uuid.UUID | str, version: int, n: int = 0) -> uuid.UUID:
    """The id of an event: the same when a command is retried, so that a subscriber recognises a repeat."""
    return uuid.uuid5(_EVENT, f"{aggregate}:{version}:{n}")


def reference(feedback: uuid.UUID) -> str:
    """The reference a person quotes: `RD-`, ten Crockford base-32 characters, and a check character (mod 37)."""
    digest = int.from_bytes(hashlib.sha256(feedback.bytes).digest()[:8], "big")
    number = digest % 32**_REFERENCE_LENGTH
    check = _CHECK[number % 37]
    digits = ""
    for _ in range(_REFERENCE_LENGTH):
        number, digit = divmod(number, 32)
        digits = _CROCKFORD[digit] + digits
    return f"RD-{digits[:5]}-{digits[5:]}{check}"


def normalise_reference(text: str) -> str | None:
    """A reference as a person typed it (any case, spaces, O for 0, I or L for 1), or None when it cannot be one."""
    compact = text.strip().upper().replace(" ", "").replace("-", "")
    if not compact.startswith("RD") or len(compact) != 2 + _REFERENCE_LENGTH + 1:
        return None
    body, check = compact[2:-1].translate(str.maketrans("OIL", "011")), compact[-1]
    if any(character not in _CROCKFORD for character in body):
        return None
    number = 0
    for character in body:
        number = number * 32 + _CROCKFORD.index(character)
    return f"RD-{body[:5]}-{body[5:]}{check}" if _CHECK[number % 37] == check else None
