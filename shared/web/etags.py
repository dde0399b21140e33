"""Optimistic concurrency: a staff member changes the version they have seen, or learns that it has moved on."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Annotated, Final

from fastapi import Header

from shared.web.problems import Problem

IF_MATCH: Final = "If-Match"
_TAG: Final = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')
_LIST: Final = re.compile(rf"{_TAG.pattern}(?:[ \t]*,[ \t]*{_TAG.pattern})*")
_LONGEST: Final = 2000

IfMatch = Annotated[
    str | None,
    Header(alias=IF_MATCH, description='The ETag that you have seen, like `"7"`; several with commas; `*` for whatever it is now'),
]


class _Any(Container[int]):
    def __contains__(self, _: object) -> bool:
        return True


def expected_versions(if_match: str | None) -> Container[int]:
    """The versions that an If-Match header names (RFC 9110, 13.1.1): one, a list, or `*` for every one.

    A tag that is none of ours matches no version. A weak one counts as strong: proxies that compress make ours weak.

    Raises:
        Problem: 428 without the header, 400 when it is not a list of ETags.
    """
    if if_match is None:
        raise Problem(428, "if-match-needed", "Send If-Match with the ETag of the version that you have seen.")
    text = if_match.strip()
    if text == "*":
        return _Any()
    if len(text) > _LONGEST or not _LIST.fullmatch(text):
        raise Problem(400, "if-match-invalid", f'If-Match must be an ETag like "7", a list of them, or *, not {text[:40]!r}.')
    return frozenset(int(tag) for tag in _TAG.findall(text) if re.fullmatch("[0-9]{1,18}", tag))
