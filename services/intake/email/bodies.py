"""The text of a message and the files in it, by MIME's own rules. Pure, never fails.

Everything in a `multipart/mixed` is part of the message, and only an `alternative` is a choice. A text that has a name
or is marked as an attachment is the body where nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.intake.email import invitations, markup, smime, tnef
from services.intake.email.charsets import decode
from services.intake.email.choosing import chosen, lacking
from services.intake.email.flowed import unflowed
from services.intake.email.mime import DEPTH, PARTS, Entity, entity

ENCRYPTED: Final = "[This message is encrypted and cannot be read here. It is kept as it came.]"
MORE_PARTS: Final = "[This message has more parts than are read. It is kept whole.]"
INVITATION: Final = "[From the invitation:]"
_FORWARDED: Final = 50
_SHOWN_TEXT: Final = frozenset({"text/plain", "text/html", "application/xhtml+xml", "text/enriched", "text/richtext"})
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_RTF: Final = frozenset({"text/rtf", "application/rtf", "text/x-rtf"})
_NOT_FOR_PEOPLE: Final = frozenset({"text/x-amp-html", "text/css", "text/x-vcard", "text/vcard", "text/rfc822-headers"})
_ENRICHED_TAG: Final = re.compile(r"<param>[^<]*</param>|</?[A-Za-z-]{1,60}>")
_PGP: Final = "-----BEGIN PGP MESSAGE-----"

# What a text is used as: the body; the body where there is no other; an attachment that is read where there is no body.
_BODY, _NAMED, _ATTACHED, _EXTRA = range(4)


@dataclass(frozen=True)
class Part:
    """A file that came with a mail, as its sender named and declared it."""

    name: str
    declared: str
    data: bytes


@dataclass(frozen=True)
class Forwarded:
    """A message within the message, for people: who wrote it and when are as it states itself."""

    subject: str
    sender: str
    date: str
    text: str


@dataclass(frozen=True)
class Contents:
    """`notes` state what could not be read, in the words that staff are shown."""

    text: str
    parts: tuple[Part, ...] = ()
    forwarded: tuple[Forwarded, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Piece:
    """A text, read only when it is asked for: an attached page of megabytes mostly is not."""

    rank: int
    kind: str
    read: Callable[[], str]
    name: str = ""


def contents(message: Entity) -> Contents:
    """The text of a message and the files in it."""
    return _Reader().all(message, 0)


class _Reader:
    """Reads one message; what it counts is shared with the messages within."""

    def __init__(self, outer: _Reader | None = None) -> None:
        self._files: list[tuple[Part, _Piece | None]] = []
        self._forwarded: list[Forwarded] = []
        self._notes: dict[str, None] = {}
        self._spent: list[int] = [0, 0] if outer is None else outer._spent

    def all(self, message: Entity, depth: int) -> Contents:
        pieces = self._pieces(message, depth)
        used: list[_Piece] = []
        text = ""
        for rank in (_BODY, _NAMED, _ATTACHED):
            found = [(p, content) for p in pieces if p.rank == rank and (content := p.read()).strip()]
            if found:
                used = [p for p, _ in found]
                text = "\n\n".join(_introduced(p, content) for p, content in found)
                break
        for piece in pieces:
            if piece.rank == _EXTRA and (more := lacking(piece.read(), text)):
                text = "\n\n".join(filter(None, [text, INVITATION if text else "", "\n".join(more)]))
        if _PGP in text:
            self._notes[ENCRYPTED] = None
        parts = tuple(part for part, piece in self._files if piece is None or piece.rank == _ATTACHED or piece not in used)
        return Contents(text, parts, tuple(self._forwarded), tuple(self._notes))

    def _pieces(self, part: Entity, depth: int) -> list[_Piece]:
        self._spent[0] += 1
        if self._spent[0] > PARTS:
            self._notes[MORE_PARTS] = None
            return []
        if depth > DEPTH:
            return [self._text(part, "text/plain", _BODY)]
        parts = part.parts
        if part.kind == "multipart/encrypted":
            self._notes[ENCRYPTED] = None
        if part.kind == "multipart/alternative" and parts:
            return self._choice(parts, depth)
        if parts:
            return [piece for inner in parts for piece in self._pieces(inner, depth + 1)]
        return self._leaf(part, depth)

    def _leaf(self, part: Entity, depth: int) -> list[_Piece]:
        kind, name = part.kind, part.content.name.lower()
        if part.encloses:
            self._forward(part, depth)
            return []
        if kind in smime.KINDS or (name.endswith(".p7m") and not kind.startswith("text/")):
            return self._signed(part, depth)
        if kind in tnef.KINDS or part.data.startswith(tnef.SIGNATURE):
            return self._outlook(part)
        if kind in invitations.KINDS:
            return self._invitation(part)
        return self._plain_leaf(part, kind, name)

    def _plain_leaf(self, part: Entity, kind: str, name: str) -> list[_Piece]:
        if kind.startswith("multipart/"):
            # Its parts cannot be separated: it is read as it stands.
            return [self._text(part, "text/plain", _BODY)]
        marked = part.content.disposition == "attachment"
        text_kind = _text_kind(kind, name, marked=marked)
        if text_kind is None:
            self._keep(part, None)
            return []
        if marked or (kind not in _SHOWN_TEXT and (name or not kind.startswith("text/"))):
            rank = _ATTACHED
        else:
            rank = _NAMED if name else _BODY
        piece = self._text(part, text_kind, rank)
        if rank != _BODY:
            self._keep(part, piece)
        return [piece]

    def _choice(self, parts: tuple[Entity, ...], depth: int) -> list[_Piece]:
        plain: list[str] = []
        rich: list[str] = []
        others: list[_Piece] = []
        for part in parts:
            pieces = self._pieces(part, depth + 1)
            texts = [p for p in pieces if p.rank in {_BODY, _NAMED}]
            others += [p for p in pieces if p.rank in {_ATTACHED, _EXTRA}]
            content = "\n\n".join(filter(str.strip, (p.read() for p in texts)))
            into = plain if all(p.kind == "text/plain" for p in texts) else rich
            if content.strip():
                into.append(content)
        # Of several of one kind the last is the richest, and each may have words that the others lack.
        text = chosen(_merged(plain), _merged(rich))
        return [_Piece(_BODY, "text/plain", lambda: text), *others] if text else others

    def _text(self, part: Entity, kind: str, rank: int) -> _Piece:
        return _Piece(rank, kind, lambda: self._read(part, kind), part.content.name)

    def _read(self, part: Entity, kind: str) -> str:
        charset = part.content.parameters["charset"]
        if kind in _RTF:
            return tnef.rtf_text(part.data)
        if kind in _HTML:
            page = markup.without_pictures(decode(part.data, charset, html=True))
            self._spent[1] += len(page)
            return markup.text_of(page, laid_out=self._spent[1] <= markup.LIMIT)
        text = decode(part.data, charset)
        if kind in {"text/enriched", "text/richtext"}:
            return _ENRICHED_TAG.sub("", text)
        if part.content.parameters["format"].lower() == "flowed":
            return unflowed(text, delsp=part.content.parameters["delsp"].lower() == "yes")
        return text

    def _keep(self, part: Entity, piece: _Piece | None) -> None:
        if part.data:
            self._files.append((Part(part.content.name, part.kind, part.data), piece))

    def _forward(self, part: Entity, depth: int) -> None:
        inner = entity(part.data)
        subject = inner.headers.text("subject")
        name = subject[:100] or "forwarded message"
        self._files.append((Part(f"{name}.eml", "message/rfc822", part.data), None))
        if len(self._forwarded) >= _FORWARDED:
            self._notes[MORE_PARTS] = None
            return
        read = _Reader(self).all(inner, depth + 1)
        self._forwarded.append(
            Forwarded(subject[:300], inner.headers.text("from")[:300], inner.headers.text("date")[:60], read.text)
        )
        self._forwarded += read.forwarded
        self._notes |= dict.fromkeys(read.notes)

    def _signed(self, part: Entity, depth: int) -> list[_Piece]:
        try:
            return self._pieces(entity(smime.content_of(part.data)), depth + 1)
        except smime.Unreadable:
            self._notes[ENCRYPTED] = None
            self._keep(part, None)
            return []

    def _outlook(self, part: Entity) -> list[_Piece]:
        found = tnef.contents(part.data)
        if found is None:
            self._keep(part, None)
            return []
        self._outlook_files(found)
        return [_Piece(_NAMED, "text/plain", lambda: found.text)]

    def _outlook_files(self, found: tnef.Contents) -> None:
        for file in found.files:
            if file.within is None:
                self._files.append((Part(file.name, file.kind or "application/octet-stream", file.data), None))
            else:
                subject = file.within.subject or file.name
                self._forwarded.append(Forwarded(subject[:300], "", "", file.within.text))
                self._outlook_files(file.within)

    def _invitation(self, part: Entity) -> list[_Piece]:
        entry = invitations.read(decode(part.data, part.content.parameters["charset"]))
        self._files += [(Part(name, kind, data), None) for name, kind, data in entry.files if data]
        if part.content.name or part.content.disposition == "attachment":
            self._keep(part, None)
        return [_Piece(_EXTRA, part.kind, lambda: entry.text)]


def _text_kind(kind: str, name: str, *, marked: bool) -> str | None:
    """How a part's text would be read; None where it is no text for people."""
    if kind in _SHOWN_TEXT or kind in _RTF:
        return kind
    if kind in _NOT_FOR_PEOPLE:
        return None
    if kind in {"application/octet-stream", "application/text"} and name.endswith((".txt", ".htm", ".html", ".rtf")):
        return "text/html" if name.endswith(("htm", "html")) else "text/rtf" if name.endswith("rtf") else "text/plain"
    # RFC 2046 section 4.1.4: a text of a kind that is not known is read as plain text.
    return "text/plain" if kind.startswith("text/") and not name and not marked else None


def _merged(texts: list[str]) -> str:
    text = texts[-1] if texts else ""
    for other in reversed(texts[:-1]):
        if more := lacking(other, text):
            text = "\n\n".join([text, "\n".join(more)])
    return text


def _introduced(piece: _Piece, text: str) -> str:
    if piece.rank != _ATTACHED or not piece.name:
        return text
    return f"[The message has no text of its own. The attached file {piece.name[:100]} says:]\n\n{text.strip()}"
