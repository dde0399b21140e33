"""What a winmail.dat holds: Outlook's own wrapping of a message (MS-OXTNEF, properties as in MS-OXCMAIL). Pure.

The one library for it fails where no code page is declared and copies the rest of the file for each attribute.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import compressed_rtf
from striprtf.striprtf import rtf_to_text

from services.intake.email.charsets import decode
from services.intake.email.markup import text_of

KINDS: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_RTF_LIMIT: Final = 500_000
_FILES: Final = 100
_DEPTH: Final = 4

_SUBJECT: Final = 0x8004
_BODY: Final = 0x800C
_NEXT_FILE: Final = 0x9002
_FILE_TITLE: Final = 0x8010
_FILE_DATA: Final = 0x800F
_FILE_PROPERTIES: Final = 0x9005
_PROPERTIES: Final = 0x9003
_CODE_PAGE: Final = 0x9007

_PR_SUBJECT: Final = 0x0037
_PR_BODY: Final = 0x1000
_PR_RTF: Final = 0x1009
_PR_HTML: Final = 0x1013
_PR_CODE_PAGE: Final = 0x3FDE
_PR_DATA: Final = 0x3701
_PR_NAME: Final = 0x3704
_PR_LONG_NAME: Final = 0x3707
_PR_MIME: Final = 0x370E
_SIZES: Final = {
    0x02: 4,
    0x03: 4,
    0x04: 4,
    0x05: 8,
    0x06: 8,
    0x07: 8,
    0x0A: 4,
    0x0B: 4,
    0x14: 8,
    0x40: 8,
    0x48: 16,
}
_COUNTED: Final = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_UNICODE: Final = 0x1F
_OBJECT: Final = 0x0D
_CLASS_ID: Final = 16


@dataclass
class File:
    """A file within; `within` is the message that it is, where it is one."""

    name: str = ""
    kind: str = ""
    data: bytes = b""
    within: Contents | None = None


@dataclass
class Contents:
    subject: str = ""
    text: str = ""
    files: list[File] = field(default_factory=list)


def contents(data: bytes, depth: int = 0) -> Contents | None:
    """What was understood, as far as it goes; None where it is no such stream."""
    if not data.startswith(SIGNATURE):
        return None
    found = Contents()
    page = "windows-1252"
    bodies: dict[int, str] = {}
    file = File()
    for name, value in _attributes(data):
        if name == _CODE_PAGE and len(value) >= 4:
            page = _code_page(struct.unpack_from("<I", value)[0])
        elif name == _SUBJECT:
            found.subject = found.subject or _string(value, page)
        elif name == _BODY:
            bodies.setdefault(_PR_BODY, _string(value, page))
        elif name == _PROPERTIES:
            _message(value, page, found, bodies)
        elif name == _NEXT_FILE and len(found.files) < _FILES:
            file = File()
            found.files.append(file)
        elif name == _FILE_TITLE:
            file.name = file.name or _string(value, page)
        elif name == _FILE_DATA:
            file.data = file.data or value
        elif name == _FILE_PROPERTIES:
            _file(value, page, file, depth)
    found.text = next((bodies[b] for b in (_PR_BODY, _PR_HTML, _PR_RTF) if bodies.get(b, "").strip()), "")
    found.files = [file for file in found.files if file.data or file.within]
    return found


def rtf_text(data: bytes) -> str:
    """The text of Rich Text, without its pictures; empty where it cannot be read."""
    text = data[:_RTF_LIMIT].decode("latin-1")
    try:
        plain = str(rtf_to_text(text, errors="replace"))  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, IndexError, TypeError, OverflowError, RecursionError):
        return ""
    # Characters beyond the first plane come as two halves.
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(name, value): level, name, type, length, value and checksum, one after the other (section 2.1.3.1)."""
    at = 6
    while at + 9 <= len(data):
        _, name, _, length = struct.unpack_from("<BHHI", data, at)
        yield name, data[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _message(value: bytes, page: str, found: Contents, bodies: dict[int, str]) -> None:
    properties = dict(reversed([(name, (kind, data)) for name, kind, data in _properties(value)]))
    if _PR_CODE_PAGE in properties and len(properties[_PR_CODE_PAGE][1]) >= 4:
        page = _code_page(struct.unpack_from("<I", properties[_PR_CODE_PAGE][1])[0])
    for name, (kind, data) in properties.items():
        if name == _PR_SUBJECT:
            found.subject = _property(kind, data, page) or found.subject
        elif name == _PR_BODY:
            bodies[_PR_BODY] = _property(kind, data, page) or bodies.get(_PR_BODY, "")
        elif name == _PR_HTML and _PR_HTML not in bodies:
            html = _property(kind, data, page) if kind == _UNICODE else decode(data.rstrip(b"\0"), page, html=True)
            bodies[_PR_HTML] = text_of(html)
        elif name == _PR_RTF and _PR_RTF not in bodies:
            try:
                bodies[_PR_RTF] = rtf_text(compressed_rtf.decompress(data[:_RTF_LIMIT]))
            except Exception:
                # The unpacker raises Exception itself where sums or sizes are wrong.
                bodies[_PR_RTF] = ""


def _file(value: bytes, page: str, file: File, depth: int) -> None:
    for name, kind, data in _properties(value):
        if name == _PR_LONG_NAME:
            file.name = _property(kind, data, page) or file.name
        elif name == _PR_NAME:
            file.name = file.name or _property(kind, data, page)
        elif name == _PR_MIME:
            file.kind = _property(kind, data, page)
        elif name == _PR_DATA:
            inner = data[_CLASS_ID:] if kind == _OBJECT else data
            if depth < _DEPTH and inner.startswith(SIGNATURE):
                file.within = contents(inner, depth + 1)
            file.data = inner or file.data


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(name, type, value) of a list of MAPI properties (section 2.1.3.4); what is cut short ends it."""
    try:
        (count,) = struct.unpack_from("<I", value)
        at = 4
        for _ in range(count):
            kind, name = struct.unpack_from("<HH", value, at)
            at += 4
            if name >= 0x8000:
                at = _after_name(value, at)
            values = 1
            if kind & 0x1000 or kind in _COUNTED:
                (values,) = struct.unpack_from("<I", value, at)
                at += 4
            kind &= 0x0FFF
            for _ in range(values):
                if kind in _COUNTED:
                    (size,) = struct.unpack_from("<I", value, at)
                    at += 4
                else:
                    size = _SIZES[kind]
                if at + size > len(value):
                    return
                yield name, kind, value[at : at + size]
                at += size + -size % 4
    except (struct.error, KeyError):
        return


def _after_name(value: bytes, at: int) -> int:
    """The place behind the name of a property that has one: a set's id, then a number or a text."""
    (by_text,) = struct.unpack_from("<I", value, at + 16)
    at += 20
    if not by_text:
        return at + 4
    (size,) = struct.unpack_from("<I", value, at)
    return int(at + 4 + size + -size % 4)


def _property(kind: int, data: bytes, page: str) -> str:
    return data.decode("utf-16-le", "replace").rstrip("\0") if kind == _UNICODE else _string(data, page)


def _string(value: bytes, page: str) -> str:
    return decode(value.rstrip(b"\0"), page)


def _code_page(number: int) -> str:
    known = {65001: "utf-8", 20127: "us-ascii", 932: "shift_jis", 936: "gbk", 949: "euc-kr", 950: "big5"}
    if 28591 <= number <= 28606:
        return f"iso-8859-{number - 28590}"
    return known.get(number) or (f"windows-{number}" if re.fullmatch(r"125\d|874", str(number)) else f"cp{number}")
