"""The tree of a message's parts by MIME's rules (RFC 2045, 2046). Pure, never fails, in time linear in depth times size.

The standard library's parser asks of every line whether it ends any of the multiparts around it, and writes a message
within anew: here a part is a slice of what came.
"""

from __future__ import annotations

import binascii
import itertools
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from services.intake.email.headers import Content, Headers, read, split

DEPTH: Final = 25
PARTS: Final = 500
_BASE64_LINE: Final = re.compile(rb"[A-Za-z0-9+/]*={0,3}\s*")
_ENCLOSED: Final = frozenset({"message/rfc822", "message/global", "message/news"})


@dataclass(frozen=True)
class Entity:
    """A message or a part of one. `default` is its type where it declares none (text/plain, in a digest message/rfc822)."""

    headers: Headers
    body: bytes
    default: str = "text/plain"

    @property
    def content(self) -> Content:
        return self.headers.content

    @property
    def kind(self) -> str:
        return self.content.kind or self.default

    @property
    def encloses(self) -> bool:
        """Whether it is a whole message within another."""
        return self.kind in _ENCLOSED

    @cached_property
    def data(self) -> bytes:
        """The body without its transfer encoding."""
        encoding = self.content.encoding
        if encoding == "base64":
            return _from_base64(self.body, tolerant=self.kind.startswith("text/"))
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        if encoding in {"x-uuencode", "uuencode", "x-uue"}:
            return _from_uu(self.body)
        return self.body

    @cached_property
    def parts(self) -> tuple[Entity, ...]:
        """The parts of a multipart; none where it is no multipart or its parts cannot be separated."""
        boundary = self.content.parameters["boundary"].rstrip()
        if not self.kind.startswith("multipart/") or not boundary:
            return ()
        default = "message/rfc822" if self.kind == "multipart/digest" else "text/plain"
        return tuple(entity(piece, default) for piece in _between(self.data, boundary))


def entity(raw: bytes, default: str = "text/plain") -> Entity:
    """The message or part that these bytes are."""
    head, body = split(raw)
    return Entity(read(head), body, default)


def _between(body: bytes, boundary: str) -> list[bytes]:
    """What stands between the delimiter lines. What is before the first and after the last is no part."""
    line = re.compile(rb"(?:\A|(?:\r\n|\n|\r))--" + re.escape(boundary.encode("utf-8", "replace")) + rb"(--)?[ \t]*(?=[\r\n]|\Z)")
    pieces: list[bytes] = []
    start: int | None = None
    for found in itertools.islice(line.finditer(body), PARTS + 1):
        if start is not None:
            pieces.append(body[start : found.start()])
        start = None
        if found[1]:
            break
        start = found.end() + (2 if body.startswith(b"\r\n", found.end()) else 1)
    if start is not None:
        pieces.append(body[start:])
    return pieces


def _from_base64(body: bytes, *, tolerant: bool) -> bytes:
    """`tolerant`: what is no base64, such as a footer that a list added in the clear, follows as it stands."""
    rest = b""
    if tolerant:
        lines = body.splitlines(keepends=True)
        encoded = list(itertools.takewhile(_BASE64_LINE.fullmatch, lines))
        body, rest = b"".join(encoded), b"".join(lines[len(encoded) :])
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    decoded = binascii.a2b_base64(kept[: len(kept) - (len(kept) % 4 == 1)] + b"==")
    return decoded + b"\n" + rest if rest.strip() else decoded


def _from_uu(body: bytes) -> bytes:
    out: list[bytes] = []
    for line in body.splitlines():
        if line.startswith((b"begin ", b"end")):
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(out)
