"""The header of a message, however it was written. Pure, never fails, in time linear in its size."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from email.message import Message
from functools import cached_property
from typing import Any, Final

from services.intake.email.charsets import decode

_END: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
_FIELD: Final = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
# Longer than any that means something; the time to read parameters grows with the square of their length.
_LONGEST: Final = 16_000
_LONGEST_CONTENT: Final = 2_000
_MOST_FIELDS: Final = 2_000
# A question mark within the text and spaces in it are against RFC 2047 and come all the same.
_WORD: Final = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")


@dataclass(frozen=True)
class Headers:
    """The fields in their order: names in lower case, values unfolded, encoded words not yet decoded."""

    fields: tuple[tuple[str, str], ...]

    def raw(self, name: str) -> str:
        """The first field of a name, as it stands; empty if there is none."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for key, value in self.fields if key == name)

    def text(self, name: str) -> str:
        """The first field of a name, for people."""
        return decode_words(self.raw(name)).strip()

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.fields)

    @cached_property
    def content(self) -> Content:
        message: Message[str, str] = Message()
        for name in ("content-type", "content-disposition", "content-transfer-encoding"):
            if value := self.raw(name):
                message.set_raw(name, value[:_LONGEST_CONTENT])
        return Content(
            kind=message.get_content_type() if self.has("content-type") else "",
            parameters={
                name: _parameter(message, name, "content-type")
                for name in (
                    "charset",
                    "boundary",
                    "format",
                    "delsp",
                    "report-type",
                    "smime-type",
                    "start",
                    "method",
                )
            },
            disposition=(message.get_content_disposition() or "").strip(),
            name=decode_words(
                _parameter(message, "filename", "content-disposition") or _parameter(message, "name", "content-type")
            ).strip(),
            encoding=re.split(r"[;\s(]", self.raw("content-transfer-encoding").strip(), maxsplit=1)[0].lower(),
        )


@dataclass(frozen=True)
class Content:
    """What the Content fields declare. `kind` is the media type, empty where none is given; `name` the file's."""

    kind: str
    parameters: dict[str, str]
    disposition: str
    name: str
    encoding: str


def split(raw: bytes) -> tuple[bytes, bytes]:
    """The header and the body of a message or of a part of one."""
    if raw.startswith((b"\r\n", b"\n", b"\r")):
        return b"", raw[2 if raw.startswith(b"\r\n") else 1 :]
    end = _END.search(raw)
    return (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])


def read(head: bytes) -> Headers:
    """The fields of a header. Lines that are none, an mbox's "From " among them, are passed over."""
    fields: list[tuple[str, list[bytes]]] = []
    for line in head.splitlines():
        if line[:1] in {b" ", b"\t"}:
            if fields:
                fields[-1][1].append(line)
        elif (found := _FIELD.fullmatch(line)) and len(fields) < _MOST_FIELDS:
            fields.append((found[1].decode("ascii").lower(), [found[2].lstrip()]))
    return Headers(tuple((name, decode(b"".join(lines)[:_LONGEST])) for name, lines in fields))


def decode_words(value: str) -> str:
    """`value` with its encoded words decoded (RFC 2047).

    Neighbours of one charset are joined before they are decoded: many programs split a character between two.
    """
    out: list[str] = []
    at = 0
    waiting: list[bytes] = []
    charset = ""
    for word in _WORD.finditer(value):
        gap = value[at : word.start()]
        named = word[1].partition("*")[0].lower()
        if waiting and (gap.strip() or named != charset):
            out.append(decode(b"".join(waiting), charset))
            waiting = []
        if gap.strip() or not at:
            out.append(gap)
        waiting.append(_word(word[2], word[3]))
        charset, at = named, word.end()
    if waiting:
        out.append(decode(b"".join(waiting), charset))
    out.append(value[at:])
    return "".join(out)


def _word(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(data, header=True)
    kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data)
    return binascii.a2b_base64(kept[: len(kept) - (len(kept) % 4 == 1)] + b"==")


def _parameter(message: Message[Any, Any], name: str, header: str) -> str:
    """A parameter, its continuations joined (RFC 2231); empty where it is missing or cannot be read."""
    try:
        found = message.get_param(name, "", header)
        if isinstance(found, tuple):
            charset, _, text = found
            return decode(text.encode("latin-1", "replace"), charset or "")
        return str(found).strip()
    except (ValueError, TypeError, LookupError):
        return ""
