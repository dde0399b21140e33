"""Which mails and which feedback a mail belongs to, by what stands in it. Pure, never fails."""

from __future__ import annotations

import re
from typing import Final

from services.intake.email.headers import Headers
from shared.ids import normalise_reference

_IDS: Final = re.compile(r"<[^<>\s]{1,500}>")
_MOST_IDS: Final = 200
_MOST_REFERENCES: Final = 20
_START: Final = re.compile(r"\bRD", re.IGNORECASE)
_SEPARATOR: Final = re.compile(r"[\s\u00a0\u00ad\u200b\ufeff.\u2010-\u2015\u2212_-]")
# A reference with whatever stands between its signs, and the most and fewest signs that any kind of it has.
_REACH: Final = 40
_SIGNS: Final = range(10, 15)


def ids_in(value: str) -> tuple[str, ...]:
    """The Message-IDs of a header field, each once, in their order."""
    return tuple(dict.fromkeys(_IDS.findall(value)))[-_MOST_IDS:]


def answered(headers: Headers) -> tuple[str, ...]:
    """The Message-IDs that a mail answers, the nearest first: In-Reply-To, then References from its end.

    A mail that was sent to two mailboxes, or by a person to themselves, names itself there; that says nothing.
    """
    own = set(ids_in(headers.raw("message-id")))
    found = (*ids_in(headers.raw("in-reply-to")), *reversed(ids_in(headers.raw("references"))))
    return tuple(i for i in dict.fromkeys(found) if i not in own)


def references_in(text: str) -> tuple[str, ...]:
    """The references in a text as the platform writes them, however a person typed them; each once."""
    found: dict[str, None] = {}
    for start in _START.finditer(text):
        if len(found) >= _MOST_REFERENCES:
            break
        signs = _SEPARATOR.sub("", text[start.end() : start.end() + _REACH])
        for length in _SIGNS:
            if len(signs) >= length and (reference := normalise_reference("RD" + signs[:length])):
                found[reference] = None
                break
    return tuple(found)
