"""Optimistic concurrency: a staff member changes the version they have seen, or learns that it has moved on."""

from __future__ import annotations

from shared.web.problems import Problem


def expected_version(if_match: str | None) -> int:
    """The version that an If-Match header names.

    Raises:
        Problem: 428 without the header, 400 when it names no version.
    """
    if if_match is None:
        raise Problem(428, "if-match-needed", "Send If-Match with the ETag of the version that you have seen.")
    text = if_match.strip().removeprefix("W/").strip('"')
    if not text.isdecimal():
        raise Problem(400, "if-match-invalid", f'If-Match must be an ETag like "7", not {if_match[:40]!r}.')
    return int(text)
