"""Which mails and which feedback a mail belongs to, by what stands in it. Pure, never fails."""

from __future__ import annotations

import re
from typing import Final

from services.intake.email.headers import Headers
from shared.references import normalise_reference

_IDS: Final = re.compile(r"<[^<>\s]{1,500}>")
_MOST_IDS: Final = 200
_MOST_REFERENCES: Final = 20
_START: Final = re.compile(r"(?<![^\W_])RD", re.IGNORECASE)
# What may stand between the signs of a reference, and within what length and with how many signs it is complete.
_SIGN: Final = re.compile(r"[0-9A-Za-z*~$=]")
_BETWEEN: Final = re.compile(r"[\s.\u00a0\u00ad\u200b-\u200d\u2060\ufeff\u2010-\u2015\u2212_-]")
_REACH: Final = 40
_SIGNS: Final = range(10, 15)


def ids_in(value: str) -> tuple[str, ...]:
    """The Message-IDs of a header field, each once, in their order."""
    return tuple(dict.fromkeys(_IDS.findall(value)))[-_MOST_IDS:]


def answered(headers: Headers) -> tuple[str, ...]:
    """The Message-IDs that a mail answers, the nearest first: In-Reply-To, then References from its end.

    A mail that was sent to two mailboxes, or by a person to themselves, names itself there; that is no answer to anything.
    """
    own = set(ids_in(headers.raw("message-id")))
    found = (*ids_in(headers.raw("in-reply-to")), *reversed(ids_in(headers.raw("references"))))
    return tuple(i for i in dict.fromkeys(found) if i not in own)


def references_in(text: str) -> tuple[str, ...]:
    """The references in a text, however a person typed them; each once, and where a short word behind one may belong to
    it, both readings."""
    found: dict[str, None] = {}
    for start in _START.finditer(text):
        if len(found) >= _MOST_REFERENCES:
            break
        for signs in _signs(text[start.end() : start.end() + _REACH]):
            if reference := normalise_reference("RD" + signs):
                found[reference] = None
    return tuple(found)


def _signs(text: str) -> list[str]:
    """What the signs at the start of a text may be, each up to where a word ends."""
    signs = ""
    ends: list[str] = []
    for at, character in enumerate(text):
        if _SIGN.fullmatch(character):
            signs += character
            if len(signs) in _SIGNS and not _SIGN.fullmatch(text[at + 1 : at + 2]):
                ends.append(signs)
        elif not _BETWEEN.fullmatch(character):
            break
    return ends
