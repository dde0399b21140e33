"""Mails made for the tests, as bytes: what the standard library would not write is what matters here."""

from __future__ import annotations

import base64

from services.intake.email.parsing import Mail, parse

OWN = frozenset({"complaints@redress.localhost"})
HEAD = "From: Ann Tester <ann@example.org>\r\nSubject: A test\r\n"


def mail(headers: str, body: str | bytes, *, charset: str = "utf-8") -> bytes:
    """A message with the usual header and `headers`, each a line."""
    content = body if isinstance(body, bytes) else body.replace("\r\n", "\n").replace("\n", "\r\n").encode(charset)
    lines = headers.strip("\n").replace("\n", "\r\n")
    return HEAD.encode() + (lines + "\r\n" if lines else "").encode() + b"\r\n" + content


def part(headers: str, body: str | bytes) -> bytes:
    content = body if isinstance(body, bytes) else body.encode()
    return headers.strip("\n").replace("\n", "\r\n").encode() + b"\r\n\r\n" + content


def multipart(kind: str, *parts: bytes, boundary: str = "==b") -> bytes:
    """A whole message of parts."""
    return mail(f'Content-Type: multipart/{kind}; boundary="{boundary}"', joined(*parts, boundary=boundary))


def joined(*parts: bytes, boundary: str) -> bytes:
    mark = b"--" + boundary.encode()
    return b"".join(mark + b"\r\n" + p + b"\r\n" for p in parts) + mark + b"--\r\n"


def text(body: str, kind: str = "plain", more: str = "") -> bytes:
    return part(f"Content-Type: text/{kind}; charset=utf-8{more}", body)


def encoded(data: bytes) -> bytes:
    return base64.encodebytes(data)


def read(raw: bytes, return_path: str = "ann@example.org") -> Mail:
    return parse(raw, return_path, OWN)
