"""The text of a calendar entry (RFC 5545), and the files in it. Pure, never fails.

Only the fields that a person wrote are read, and line by line, so that an entry which breaks the format in another place
is still read.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from typing import Final

KINDS: Final = frozenset({"text/calendar", "application/ics"})
_LIMIT: Final = 500_000
_FOLD: Final = re.compile(r"\r?\n[ \t]")
# A parameter's value may stand in quotes, and there hold a colon.
_LINE: Final = re.compile(r'([A-Za-z-]{1,40})((?:;[^":;\r\n]*(?:"[^"\r\n]*"[^":;\r\n]*)?)*):(.*)')
_TIME: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_ESCAPED: Final = re.compile(r"\\([nN,;\\])")
_NAME: Final = re.compile(r";(?:X-FILENAME|FILENAME|X-APPLE-FILENAME)=\"?([^\";]{1,200})", re.IGNORECASE)
_TYPE: Final = re.compile(r";FMTTYPE=([\w.+-]{1,60}/[\w.+-]{1,60})", re.IGNORECASE)
_WORDS: Final = {"SUMMARY": "", "DESCRIPTION": "", "COMMENT": "", "LOCATION": "Where: "}
_WHEN: Final = {"DTSTART": "From: ", "DTEND": "Until: "}


@dataclass(frozen=True)
class Entry:
    """`files` are (name, media type, bytes)."""

    text: str
    files: tuple[tuple[str, str, bytes], ...]


def read(text: str) -> Entry:
    """The words of every entry in their order, each once; the whole text where there are none."""
    lines: dict[str, None] = {}
    files: list[tuple[str, str, bytes]] = []
    within: list[str] = []
    for line in _FOLD.sub("", text[:_LIMIT]).splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        if name == "BEGIN":
            within.append(value.strip().upper())
        elif name == "END" and within:
            within.pop()
        elif within[-1:] == ["VALARM"] or within[-1:] == ["VTIMEZONE"]:
            continue
        elif name in _WORDS:
            if words := _unescaped(value, parameters).strip():
                lines[_WORDS[name] + words] = None
        elif name in _WHEN and within[-1:] == ["VEVENT"]:
            lines[_WHEN[name] + _time(value, parameters)] = None
        elif name == "ATTACH" and "BASE64" in parameters.upper():
            files.append(_file(parameters, value))
    return Entry("\n".join(lines) if lines else text.strip(), tuple(files))


def _unescaped(value: str, parameters: str) -> str:
    if "QUOTED-PRINTABLE" in parameters.upper():
        value = binascii.a2b_qp(value.encode("utf-8", "replace")).decode("utf-8", "replace")
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)


def _time(value: str, parameters: str) -> str:
    """A day or an instant for people, in the zone that it was written in; as it stands where it is neither."""
    found = _TIME.match(value.strip())
    if found is None:
        return value.strip()
    day = f"{found[3]}/{found[2]}/{found[1]}"
    if found[4] is None:
        return day
    named = re.search(r";TZID=\"?([^\";:]{1,60})", parameters, re.IGNORECASE)
    zone = "UTC" if found[6] else named[1] if named else ""
    return f"{day} {found[4]}:{found[5]} {zone}".rstrip()


def _file(parameters: str, value: str) -> tuple[str, str, bytes]:
    kept = re.sub(r"[^A-Za-z0-9+/]", "", value).encode("ascii")
    named, typed = _NAME.search(parameters), _TYPE.search(parameters)
    data = binascii.a2b_base64(kept[: len(kept) - (len(kept) % 4 == 1)] + b"==")
    return (named[1] if named else "", typed[1] if typed else "application/octet-stream", data)
