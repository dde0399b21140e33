"""The reference that a person quotes: made, read however somebody typed it, and searched for where one sign is wrong.

`RD-` and twelve letters and digits in groups of four: eleven of Crockford's base 32 (no I, L, O or U) and a check character of
the same alphabet. The check is a linear code over the field of 32 elements: the digits, weighted by powers of a generator, add up
to zero. Weights that are never zero catch any one wrong sign; weights that all differ catch any two signs that changed places.

References of before had ten digits and a check character modulo 37, which may be one of `* ~ $ =`. They stay valid. Pure.
"""

from __future__ import annotations

import hashlib
import unicodedata
import uuid
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE: Final = {digit: n for n, digit in enumerate(_DIGITS)}
_PAYLOAD: Final = 11
_FIELD: Final = 0b100101
"""x^5 + x^2 + 1, which is primitive: the powers of x are the 31 elements that are not zero."""

_FORMER_CHECK: Final = _DIGITS + "*~$=U"
_FORMER_PAYLOAD: Final = 10
_PREFIX: Final = "RD"
_SLIPS: Final = str.maketrans("OIL", "011")


def reference(feedback: uuid.UUID) -> str:
    """The reference of a piece of feedback, or of a case that was split from one: always the same."""
    number = int.from_bytes(hashlib.sha256(feedback.bytes).digest()[:8], "big") % 32**_PAYLOAD
    digits = "".join(_DIGITS[number >> 5 * n & 31] for n in reversed(range(_PAYLOAD)))
    return _written(digits)


def readings(text: str) -> tuple[str, ...]:
    """The references that a typed text may stand for, the most likely first; none where a sign is wrong.

    Any case, spaces and dashes of any kind, invisible marks, punctuation around it, O for 0, I or L for 1, and the prefix or the
    last sign left out are all read.
    """
    former = _typed(text, _FORMER_PAYLOAD + 1, _FORMER_CHECK)
    found = [
        *(_written(typed[:-1]) for typed in _typed(text, _PAYLOAD + 1) if _check(typed[:-1]) == typed[-1]),
        *(made for typed in former if (made := _former(typed[:-1]))[-1] == typed[-1]),
        *(_written(typed) for typed in _typed(text, _PAYLOAD)),
        *(_former(typed) for typed in _typed(text, _FORMER_PAYLOAD)),
    ]
    return tuple(dict.fromkeys(found))


def normalise_reference(text: str) -> str | None:
    """The reference that a text stands for, typed with its check character; None when it is none or a sign is wrong."""
    signs = len(_squeezed(text).removeprefix(_PREFIX))
    return next((found for found in readings(text) if len(_squeezed(found)) - len(_PREFIX) <= signs), None)


def neighbours(text: str) -> frozenset[str]:
    """The references that differ from a typed one by one wrong sign, or by two neighbours that changed places."""
    found = set()
    for typed in _typed(text, _PAYLOAD + 1):
        swapped = (typed[:n] + typed[n + 1] + typed[n] + typed[n + 2 :] for n in range(_PAYLOAD))
        changed = (typed[:n] + digit + typed[n + 1 :] for n in range(_PAYLOAD + 1) for digit in _DIGITS)
        found |= {_written(t[:-1]) for t in (*swapped, *changed) if _check(t[:-1]) == t[-1]}
    return frozenset(found)


def _check(digits: str) -> str:
    total = 0
    for digit in digits:
        total = _doubled(total ^ _VALUE[digit])
    return _DIGITS[total]


def _doubled(element: int) -> int:
    """An element of the field times x."""
    element <<= 1
    return element ^ _FIELD if element & 32 else element


def _written(digits: str) -> str:
    whole = digits + _check(digits)
    return f"{_PREFIX}-{whole[:4]}-{whole[4:8]}-{whole[8:]}"


def _former(digits: str) -> str:
    number = 0
    for digit in digits:
        number = number * 32 + _VALUE[digit]
    return f"{_PREFIX}-{digits[:5]}-{digits[5:]}{_FORMER_CHECK[number % 37]}"


def _typed(text: str, length: int, last: str = _DIGITS) -> tuple[str, ...]:
    """The text as so many signs, its first two read as the prefix and not; nothing where a sign cannot be one.

    `last` are the signs that the last one may be.
    """
    signs = _squeezed(text)
    found = []
    for typed in (signs.removeprefix(_PREFIX), signs) if signs.startswith(_PREFIX) else (signs,):
        if len(typed) == length:
            end = typed[-1] if typed[-1] in last else typed[-1].translate(_SLIPS)
            read = typed[:-1].translate(_SLIPS) + end
            if end in last and all(sign in _VALUE for sign in read[:-1]):
                found.append(read)
    return tuple(found)


def _squeezed(text: str) -> str:
    """The letters, digits and check signs of a text, in capitals."""
    plain = unicodedata.normalize("NFKC", text[:200]).upper()
    return "".join(sign for sign in plain if sign.isascii() and (sign.isalnum() or sign in "*~$="))
