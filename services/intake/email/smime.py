"""What an S/MIME message holds (RFC 8551): signed content is no secret and is read, encrypted content cannot be. Pure.

Only as much of CMS (RFC 5652) is read as leads to the content, in BER, since what signs while it streams writes lengths
that are not known beforehand; no signature is checked.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

KINDS: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_DATA: Final = bytes.fromhex("2a864886f70d010701")
_SIGNED: Final = bytes.fromhex("2a864886f70d010702")
_COMPRESSED: Final = bytes.fromhex("2a864886f70d0109100109")
_UNPACKED_LIMIT: Final = 30_000_000
_DEPTH: Final = 20


class Unreadable(Exception):
    """It is encrypted, or no CMS at all."""


@dataclass(frozen=True)
class _Value:
    tag: int
    start: int
    end: int


def content_of(data: bytes) -> bytes:
    """The message within: signed or packed.

    Raises:
        Unreadable: it is encrypted or broken.
    """
    try:
        outer, _ = _read(data, 0, len(data), 0)
        kind, wrapped = _inside(data, outer)[:2]
        (content,) = _inside(data, wrapped)[:1]
        oid = data[kind.start : kind.end]
        if oid not in {_SIGNED, _COMPRESSED}:
            raise Unreadable
        # version, algorithms, encapsulated content info
        _, _, info = _inside(data, content)[:3]
        _, explicit = _inside(data, info)[:2]
        found = b"".join(_octets(data, explicit, 0))
    except (IndexError, ValueError) as error:
        raise Unreadable from error
    if oid == _COMPRESSED:
        try:
            return zlib.decompressobj().decompress(found, _UNPACKED_LIMIT)
        except zlib.error as error:
            raise Unreadable from error
    return found


def _read(data: bytes, at: int, end: int, depth: int) -> tuple[_Value, int]:
    """The value at a place and where the next begins (X.690 section 8.1)."""
    if depth > _DEPTH:
        raise ValueError("too deep")
    tag, length, at = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise ValueError("a tag of more than a byte")
    if length == 0x80:
        value_end = _end_of_contents(data, at, end, depth)
        return _Value(tag, at, value_end), value_end + 2
    if length > 0x80:
        size = length & 0x7F
        if size > 8:
            raise ValueError("a length that nothing has")
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    if at + length > end:
        raise ValueError("cut")
    return _Value(tag, at, at + length), at + length


def _end_of_contents(data: bytes, at: int, end: int, depth: int) -> int:
    while data[at : at + 2] != b"\0\0":
        if at >= end:
            raise ValueError("cut")
        _, at = _read(data, at, end, depth + 1)
    return at


def _inside(data: bytes, value: _Value) -> list[_Value]:
    """The first values within another; more than a handful are never asked for."""
    found: list[_Value] = []
    at = value.start
    while at < value.end and len(found) < 4:
        inner, at = _read(data, at, value.end, 0)
        found.append(inner)
    return found


def _octets(data: bytes, value: _Value, depth: int) -> Iterator[bytes]:
    """The bytes of an OCTET STRING, or of the pieces that it is made of."""
    if not value.tag & 0x20:
        yield data[value.start : value.end]
        return
    at = value.start
    while at < value.end:
        inner, at = _read(data, at, value.end, depth)
        yield from _octets(data, inner, depth + 1)
