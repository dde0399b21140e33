"""Characters that nobody sees: a text of nothing else says nothing, and an address that was pasted may have some. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Fillers and a blank pattern, which count as letters and symbols and are drawn as nothing."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Mn", "Zl", "Zp", "Zs"})
"""Controls, marks of format such as zero-width spaces, unassigned characters, accents that stand on nothing, and spaces."""


def says_nothing(text: str) -> bool:
    """Whether a text is there and none of it can be seen."""
    return bool(text) and all(char in _BLANK or unicodedata.category(char) in _UNSEEN for char in text)


def without_marks(address: str) -> str:
    """An address without the invisible marks that come along when it is copied, and without the space around it."""
    return "".join(char for char in address if unicodedata.category(char) != "Cf").strip()
