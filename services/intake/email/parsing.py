"""Reads an email, however broken. Pure: bytes in, what was understood out; the raw bytes are kept by the caller."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.policy import default as default_policy
from email.utils import parseaddr
from typing import Any, Final

from inscriptis import get_text

from shared.ids import normalise_reference

TEXT_LIMIT: Final = 100_000
_HTML_LIMIT: Final = 2_000_000
_PARTS_LIMIT: Final = 500
_CUT: Final = "\n\n[The text is cut here. The whole message is kept.]"
_UNREADABLE: Final = "[This message could not be read in full. It is kept as it came.]"

_HEADERS_END: Final = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID: Final = re.compile(rb"^message-id:\s*(<[^<>\r\n]{1,500}>)", re.IGNORECASE | re.MULTILINE)
_IDS: Final = re.compile(r"<[^<>\s]{1,500}>")
_REFERENCE: Final = re.compile(r"\bRD[- ]?[0-9A-Z]{5}[- ]?[0-9A-Z]{5}[0-9A-Z*~$=]", re.IGNORECASE)
_LIST: Final = ("list-id", "list-unsubscribe", "list-post", "list-help")
_ROBOTS: Final = frozenset(
    {"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"}
)


@dataclass(frozen=True)
class Part:
    """A file that came with a mail, as its sender named and declared it."""

    name: str
    declared: str
    data: bytes


@dataclass(frozen=True)
class Mail:
    """What was understood. `automatic`: a machine sent it, so that none of ours answers it.

    `identity` is what stays the same when the same mail comes again by another route; `unreadable` names the parser's errors.
    """

    message_id: str
    name: str
    address: str
    subject: str
    text: str
    parts: tuple[Part, ...]
    answers: tuple[str, ...]
    references: tuple[str, ...]
    automatic: bool
    identity: bytes
    unreadable: tuple[str, ...] = ()


def parse(raw: bytes, return_path: str) -> Mail:
    """Never fails: of what cannot be parsed, the text as far as it can be read."""
    head, body = _split(raw)
    found = _MESSAGE_ID.search(head)
    message_id = found[1].decode("utf-8", "replace") if found else ""
    unreadable: list[str] = []
    try:
        message = email.message_from_bytes(raw, policy=default_policy)
        text, parts = _contents(message, unreadable)
    except Exception as error:
        # The parser's errors are many and undocumented; whatever it is, the mail is kept.
        unreadable.append(type(error).__name__)
        message = email.message_from_bytes(head + b"\r\n\r\n", policy=default_policy)
        text, parts = f"{_UNREADABLE}\n\n{_decoded(body[: 4 * TEXT_LIMIT], '')}", ()
    name, address = parseaddr(_header(message, "from"))
    subject = _header(message, "subject")
    address = clean(address) or clean(return_path).strip("<>")
    return Mail(
        message_id=message_id,
        name=clean(name)[:200],
        address=address[:254],
        subject=clean(subject)[:300],
        text=_limited(clean(text).strip()),
        parts=parts,
        answers=tuple(_IDS.findall(_header(message, "in-reply-to") + " " + _header(message, "references"))),
        references=tuple(r for m in _REFERENCE.findall(subject) if (r := normalise_reference(m))),
        automatic=_automatic(message, return_path, address),
        identity=b"\n".join(
            [*(_raw_header(head, n) for n in (b"from", b"subject", b"date")), b"".join(body.split())]
        ),
        unreadable=tuple(unreadable),
    )


def clean(text: str) -> str:
    """`text` without what cannot be written as UTF-8: bytes that a header smuggled in are read as such, else replaced."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\x00", "\ufffd")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()


def _split(raw: bytes) -> tuple[bytes, bytes]:
    end = _HEADERS_END.search(raw)
    return (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])


def _contents(message: EmailMessage, unreadable: list[str]) -> tuple[str, tuple[Part, ...]]:
    """The text that a person reads, and the files. Adds to `unreadable`."""
    plain: list[str] = []
    html: list[str] = []
    files: list[Part] = []
    for leaf in _leaves(message):
        kind = leaf.get_content_type()
        data = _data(leaf)
        inline = leaf.get_content_disposition() != "attachment" and not leaf.get_filename()
        if kind == "message/rfc822":
            files.append(_forwarded(leaf))
        elif inline and kind == "text/plain":
            plain.append(_decoded(data, leaf.get_content_charset("")))
        elif inline and kind == "text/html":
            html.append(_decoded(data, leaf.get_content_charset("")))
        elif data:
            files.append(Part(clean(leaf.get_filename() or ""), kind, data))
    text = "\n".join(plain)
    if not text.strip():
        text = "\n".join(_from_html(page, unreadable) for page in html)
    return text, tuple(files)


def _leaves(message: Message[Any, Any]) -> Iterator[Message[Any, Any]]:
    """The parts that hold something. A message within is one part: it is kept whole."""
    waiting, seen = [message], 0
    while waiting and seen < _PARTS_LIMIT:
        part = waiting.pop()
        seen += 1
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting.extend(reversed([p for p in payload if isinstance(p, Message)]))
        else:
            yield part


def _data(part: Message[Any, Any]) -> bytes:
    if part.is_multipart():
        return b""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _forwarded(part: Message[Any, Any]) -> Part:
    inner = part.get_payload()
    message = inner[0] if isinstance(inner, list) and inner else part
    assert isinstance(message, Message)
    name = clean(str(message.get("subject", "")))[:100] or "forwarded message"
    return Part(f"{name}.eml", "message/rfc822", message.as_bytes())


def _decoded(data: bytes, charset: str) -> str:
    """Text in the charset that is declared, else UTF-8, else what Windows writes."""
    for name in filter(None, (charset, "utf-8", "windows-1252")):
        try:
            return data.decode(name)
        except (LookupError, ValueError):
            continue
    return data.decode("latin-1")


def _from_html(page: str, unreadable: list[str]) -> str:
    if not page.strip():
        return ""
    try:
        return str(get_text(clean(page[:_HTML_LIMIT])))
    except Exception as error:
        # The errors of lxml and inscriptis on hostile HTML are many; the tags then simply go.
        unreadable.append(type(error).__name__)
        return re.sub(r"<[^<>]*>", " ", page[:_HTML_LIMIT])


def _header(message: Message[Any, Any], name: str) -> str:
    """A header's text. The header parser itself fails on some; then it is read as it stands."""
    try:
        return str(message.get(name, ""))
    except Exception:
        raw = [str(value) for key, value in message.raw_items() if key.lower() == name]
        return raw[0] if raw else ""


def _raw_header(head: bytes, name: bytes) -> bytes:
    found = re.search(
        rb"^" + name + rb":[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", head, re.IGNORECASE | re.MULTILINE
    )
    return b" ".join(found[1].split()) if found else b""


def _automatic(message: Message[Any, Any], return_path: str, address: str) -> bool:
    """RFC 3834 section 2 and the habits of the mailers in use."""
    submitted = _header(message, "auto-submitted").partition(";")[0].strip().lower()
    return (
        return_path in {"", "<>"}
        or submitted not in {"", "no"}
        or _header(message, "precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}
        or any(_header(message, name) for name in (*_LIST, "x-autoreply", "x-autorespond"))
        or bool(
            {"all", "autoreply"}
            & set(re.split(r"[,\s]+", _header(message, "x-auto-response-suppress").lower()))
        )
        or message.get_content_type() == "multipart/report"
        or address.partition("@")[0].lower() in _ROBOTS
    )


def _limited(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + _CUT
