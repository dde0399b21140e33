"""Which of the forms of a text is shown (RFC 2046 section 5.1.4), so that no words are lost that only one has. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

ALSO: Final = "[Another form of this message also says:]"
_WORD: Final = re.compile(r"\w+")
_LINK: Final = re.compile(r"https?://\S+|\bcid:\S+", re.IGNORECASE)
_COVERED: Final = 0.8
# What turns a form into another brings a word or two of its own; a sentence has more.
_FEW_WORDS: Final = 3
# What programs put in the place of a text that they could not write.
_NOTICE: Final = re.compile(
    r"\bhtml\b|\b(?:e-?)?mail (?:program|client|reader|software|app)|\bbrowser\b|\brich[- ]text\b|multi-?part message"
    r"|view this (?:e-?mail|message)|\b(?:cannot|can't|unable to|does not|doesn't) (?:show|display|view|support)",
    re.IGNORECASE,
)
_NOTICE_WORDS: Final = 60


def chosen(plain: str, rich: str) -> str:
    """The text to show of a plain and a rich form of one message.

    Plain text where it has all the words of the rich form; the rich form where the plain one is only a notice or a part
    of it; else the longer of the two, and below it what only the other has.
    """
    if not rich.strip() or not plain.strip():
        return plain if plain.strip() else rich
    only_rich = lacking(rich, plain)
    if len(set(_words("\n".join(only_rich))) - set(_words(plain))) < _FEW_WORDS:
        return plain
    if is_notice(plain):
        return rich
    only_plain = lacking(plain, rich)
    if not only_plain:
        return rich
    main, rest = (rich, only_plain) if len(rich) >= len(plain) else (plain, only_rich)
    return "\n\n".join([main, ALSO, "\n".join(rest)])


def lacking(text: str, within: str) -> list[str]:
    """The lines of a text most of whose words another does not have."""
    known = set(_words(within))
    return [line for line in text.splitlines() if not _covered(_words(line), known)]


def is_notice(text: str) -> bool:
    """Whether a text only refers the reader to another form of the message."""
    return len(_words(text)) <= _NOTICE_WORDS and bool(_NOTICE.search(text))


def _covered(words: list[str], known: Iterable[str]) -> bool:
    return not words or sum(word in known for word in words) >= _COVERED * len(words)


def _words(text: str) -> list[str]:
    return _WORD.findall(_LINK.sub(" ", text).casefold())
