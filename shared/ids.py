"""Identities: deterministic where a retry must name the same thing, opaque everywhere."""

from __future__ import annotations

import uuid

_ROOT = uuid.UUID("5f6f9f0e-3c0b-5c8e-9d52-0d6a3b1f7c11")
_FEEDBACK = uuid.uuid5(_ROOT, "feedback")
_CASE = uuid.uuid5(_ROOT, "case")
_EVENT = uuid.uuid5(_ROOT, "event")


def feedback_id(channel: str, key: str | None) -> uuid.UUID:
    """The id of one piece of feedback: the same for the same channel and idempotency key, random without one."""
    return uuid.uuid4() if key is None else uuid.uuid5(_FEEDBACK, f"{channel}:{key}")


def case_id(feedback: uuid.UUID, n: int = 0) -> uuid.UUID:
    """The id of the n-th case that one piece of feedback opens."""
    return uuid.uuid5(_CASE, f"{feedback}:{n}")


def event_id(aggregate: uuid.UUID | str, version: int, n: int = 0) -> uuid.UUID:
    """The id of an event: the same when a command is retried, so that a subscriber recognises a repeat."""
    return uuid.uuid5(_EVENT, f"{aggregate}:{version}:{n}")
