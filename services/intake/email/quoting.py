"""What a person wrote in a reply, and what of earlier messages their program put below it. Pure.

Only what is certain is folded away: lines marked with `>` at the very end, after the line by which a program names whose
message they are ("On 2 Nov 2026 at 10:00, ... wrote:"). Answers between quoted lines, an account of something
written, copied headers, and the quotations of programs that mark nothing stay in sight. Nothing is ever left out: the
passages together are the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

_WROTE: Final = re.compile(
    r"(?:wrote|writes|a écrit|schrieb|escribió|ha scritto|escreveu|napisał(?:\(a\))?|skrev)[^\r\n]{0,200}:\s*$",
    re.IGNORECASE,
)
# A program names an instant or an address; "On Monday your officer wrote:" is a person's.
_MACHINE_MADE: Final = re.compile(r"\d{1,2}[:.]\d{2}|\b(?:19|20)\d{2}\b")
_ADDRESS: Final = re.compile(r"[^\s@<>\"'()\[\]:,;]{1,64}@[^\s@<>\"'()\[\]:,;]{1,253}")
_QUOTED: Final = re.compile(r"[ \t\u00a0]{0,3}>")
_LONGEST_ATTRIBUTION: Final = 4
_LONGEST_LINE: Final = 1_000


@dataclass(frozen=True)
class Passage:
    """A run of whole lines. `folded`: an earlier message that a program quoted."""

    text: str
    folded: bool


@dataclass(frozen=True)
class Folding:
    """The passages in their order; joined they are the text."""

    passages: tuple[Passage, ...]

    @property
    def shown(self) -> str:
        return "".join(p.text for p in self.passages if not p.folded).strip()

    @property
    def folded(self) -> str:
        return "".join(p.text for p in self.passages if p.folded).strip()

    @property
    def folded_lines(self) -> int:
        """How many lines that are not empty stand folded away."""
        return sum(bool(line.strip()) for line in self.folded.splitlines())


def fold(text: str, own: Collection[str] = ()) -> Folding:
    """`text` in passages. `own` are the addresses of the mailbox, in lower case: with them a quotation of somebody
    else's message, which may be the evidence, stays in sight.

    The text stays whole where nothing of the person's own would be left.
    """
    lines = text.splitlines(keepends=True)
    start = _quotation(lines)
    if start is not None and (start := _attribution(lines, start, own)) is not None:
        kept = "".join(lines[:start])
        if kept.strip():
            return Folding((Passage(kept, folded=False), Passage("".join(lines[start:]), folded=True)))
    return Folding((Passage(text, folded=False),))


def newest(text: str, own: Collection[str] = ()) -> str:
    """What is shown of a reply; the text as it stands where nothing of it is folded away."""
    folding = fold(text, own)
    return folding.shown if len(folding.passages) > 1 else text


def _quotation(lines: list[str]) -> int | None:
    """Where the quoted lines begin that the text ends with; None where something else is below them, or there are none."""
    first = None
    for at in range(len(lines) - 1, -1, -1):
        if _QUOTED.match(lines[at]):
            first = at
        elif lines[at].strip():
            break
    return first


def _attribution(lines: list[str], quotation: int, own: Collection[str]) -> int | None:
    """Where the line begins, of one to four, that names whose message is quoted; None where no program wrote it."""
    at = quotation - 1
    while at >= 0 and not lines[at].strip():
        at -= 1
    attribution = ""
    for first in range(at, max(at - _LONGEST_ATTRIBUTION, -1), -1):
        if not lines[first].strip() or len(lines[first]) > _LONGEST_LINE:
            return None
        attribution = f"{lines[first].strip()} {attribution}".strip()
        if first == at and not _WROTE.search(attribution):
            return None
        addresses = {address.lower() for address in _ADDRESS.findall(attribution)}
        begins = re.match(r"(?:on|le|am|el|il|em|w dniu|den)\s", attribution, re.IGNORECASE) is not None
        if begins and (addresses or _MACHINE_MADE.search(attribution)):
            return first if not addresses or not own or addresses & set(own) else None
    return None
