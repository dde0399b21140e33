"""Which themes and kinds of action a text points to.

A phrase of the taxonomy is found when its words stand together in one sentence, in any inflection. Each phrase that
is found makes a tag more likely; a longer phrase weighs more than a single word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from services.learning.tagging.words import BREAK, Word, words
from shared.taxonomy import CodeList

TagKind = Literal["theme", "action"]

_WEIGHTS: Final = {1: 0.4, 2: 0.6}
_LONGEST: Final = 0.75


@dataclass(frozen=True, slots=True)
class Found:
    """Words that led to a tag: `text[start:end]`, found by the taxonomy's `phrase`."""

    phrase: str
    words: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A tag and why. `score` is above 0 and at most 1: how strongly the text points to it, no probability."""

    code: str
    kind: TagKind
    label: str
    score: float
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class _Phrase:
    text: str
    stems: tuple[str, ...]
    kind: TagKind
    code: str
    label: str


class Tagger:
    """The taxonomy's phrases, ready to look for. Retired terms are not suggested."""

    def __init__(self, themes: CodeList, actions: CodeList) -> None:
        self._by_first: dict[str, list[_Phrase]] = defaultdict(list)
        lists: tuple[tuple[TagKind, CodeList], ...] = (("theme", themes), ("action", actions))
        for kind, code_list in lists:
            for term in code_list.offered:
                for phrase in term.phrases:
                    stems = tuple(word.stem for word in words(phrase) if word.stem != BREAK)
                    if stems:
                        self._by_first[stems[0]].append(_Phrase(phrase, stems, kind, term.code, term.label))

    def suggest(self, text: str, *, limit: int = 8) -> list[Suggestion]:
        """At most `limit` tags, the likeliest first; the same text always gives the same."""
        terms: dict[tuple[TagKind, str], list[tuple[_Phrase, Found]]] = defaultdict(list)
        for phrase, found in self._all(text, list(words(text))):
            terms[phrase.kind, phrase.code].append((phrase, found))
        suggestions = [_suggestion(hits) for hits in terms.values()]
        return sorted(suggestions, key=lambda s: (-s.score, s.kind != "theme", s.code))[:limit]

    def _all(self, text: str, read: Sequence[Word]) -> Iterable[tuple[_Phrase, Found]]:
        for at, first in enumerate(read):
            for phrase in self._by_first.get(first.stem, ()):
                end = at + len(phrase.stems)
                if tuple(word.stem for word in read[at:end]) == phrase.stems:
                    span = first.start, read[end - 1].end
                    yield phrase, Found(phrase.text, text[slice(*span)], *span)


def _suggestion(hits: Sequence[tuple[_Phrase, Found]]) -> Suggestion:
    phrase = hits[0][0]
    outer = [(p, f) for p, f in hits if not any(_inside(f, other) for _, other in hits)]
    doubt = 1.0
    for stems in {p.stems for p, _ in outer}:
        doubt *= 1 - _WEIGHTS.get(len(stems), _LONGEST)
    # Two phrases with the same stems find the same words; they are shown once.
    found = {(f.start, f.end): f for _, f in reversed(outer)}
    shown = tuple(found[span] for span in sorted(found))
    return Suggestion(phrase.code, phrase.kind, phrase.label, round(1 - doubt, 2), shown)


def _inside(found: Found, other: Found) -> bool:
    """Whether it is a part of a longer phrase of the same tag: `payment` in `direct payment`."""
    within = other.start <= found.start and found.end <= other.end
    return within and other.end - other.start > found.end - found.start
