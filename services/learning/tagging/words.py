"""Words of a text with their places, without their endings so that an inflected form meets its base."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from snowballstemmer import stemmer

_ENGLISH: Final = stemmer("english")
_TOKEN: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.!?;:\n]")
_NOT: Final = {
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "cannot": ("can", "not"),
}

BREAK: Final = ""
"""Stands where a sentence ends, so that no phrase is found across it."""


@dataclass(frozen=True, slots=True)
class Word:
    """A reduced word and its characters in the text, `text[start:end]`."""

    stem: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words of a text in order, with a BREAK where a sentence ends. `didn't` is `did` and `not`."""
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        raw = found.group()
        if raw in ".!?;:\n":
            yield Word(BREAK, start, end)
            continue
        for part in _parts(raw.casefold().replace("’", "'")):
            yield Word(stem(part), start, end)


def _parts(word: str) -> tuple[str, ...]:
    if word in _NOT:
        return _NOT[word]
    if word.endswith("n't"):
        return word[:-3], "not"
    head, _, _ = word.partition("'")
    return (head,)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its ending, by the English Snowball stemmer: `charges`, `charged` and `charging` give the same.

    Two words of different meaning may meet (`office` and `officer`). A person confirms each tag, so a suggestion too many
    costs less than one that is missed.
    """
    found: str = _ENGLISH.stemWord(word)
    return found
