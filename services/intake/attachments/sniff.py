"""What a file is, from its bytes: what its sender calls it is only a claim. Pure.

puremagic knows the signatures. On top of it stand the types that are accepted, what programs do to files that it does not
know of (a line before a PDF, MP3 without a tag, brands of MP4), the office formats with their macros, and text.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

import puremagic

from services.intake.attachments.office import OLE, compound, package

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
ALLOWED: Final = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "image/tiff": ".tif",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/3gpp": ".3gp",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "application/rtf": ".rtf",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-outlook": ".msg",
    f"{_OOXML}.wordprocessingml.document": ".docx",
    f"{_OOXML}.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "message/rfc822": ".eml",
}
"""Every type that is accepted, and the ending of its name."""

# The types whose signature is all there is to see, by puremagic's names, and how sure it has to be: it counts a tenth for
# each byte that fits, and names WebP for any RIFF.
_BY_SIGNATURE: Final = {
    "image/png": 0.8,
    "image/jpeg": 0.3,
    "image/gif": 0.6,
    "image/webp": 0.8,
    "image/tiff": 0.4,
    "application/rtf": 0.5,
    "audio/mpeg": 0.3,
}
_BIG_TIFF: Final = b"II+\0"
# ISO 32000-1 annex H: readers accept a PDF that begins within the first 1024 bytes; only what shows nothing may precede.
_PDF_WITHIN: Final = 1024
_BEFORE_PDF: Final = b"\xef\xbb\xbf \t\r\n\0"

_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"heif", b"heim", b"heis", b"mif1", b"msf1", b"hevc"), "image/heic"),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"F4A "), "audio/mp4"),
    b"qt  ": "video/quicktime",
}
_MP4: Final = frozenset(
    {
        b"isom",
        b"iso2",
        b"iso3",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"M4V ",
        b"M4VH",
        b"M4VP",
        b"avc1",
    }
    | {b"dash", b"MSNV", b"mmp4", b"f4v ", b"F4V "}
)
# What a QuickTime file of before there were brands begins with.
_ATOMS: Final = frozenset({b"wide", b"mdat", b"moov", b"free", b"skip", b"pnot"})

_TEXT_LOOKED_AT: Final = 65_536
_CONTROLS_OF_TEXT: Final = frozenset("\t\n\v\f\r\x1b\x1e\x1f")
_CSV: Final = frozenset({"text/csv", "text/x-csv", "application/csv", "application/x-csv", "text/comma-separated-values"})
_TEXTUAL: Final = frozenset({"text/plain", "message/rfc822", *_CSV})
_SCRIPT: Final = re.compile(r"#!|<\?php|<%|<script\b|<html\b|<!doctype\s+html|<svg\b|@echo\s+off", re.IGNORECASE)
_SCRIPT_NAMES: Final = re.compile(
    r".*\.(?:bat|cmd|com|hta|html?|jar|jse?|mjs|lnk|php\d?|pl|ps1|psm1|py|rb|reg|scr|sh|svg|url|vb[es]?|wsf|wsh|xhtml)\s*",
    re.IGNORECASE | re.DOTALL,
)
# A program that keeps mails in one file puts a line before each.
_MBOX: Final = re.compile(r"\A>?From [^\r\n]*\r?\n")
_HEADER: Final = re.compile(r"\A(?:[A-Za-z][A-Za-z0-9_-]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n){2,}")
_EMAIL_HEADER: Final = re.compile(
    r"^(?:from|received|message-id|return-path|date|subject|mime-version):", re.IGNORECASE | re.MULTILINE
)


def media_type(data: bytes, declared: str = "", name: str = "") -> str | None:
    """The type of `data` if it is one that is accepted, else None.

    `declared` and `name` only distinguish what bytes alone cannot (text from CSV), and a text that is
    declared as something else, a web page or a script, is not accepted.
    """
    if data.startswith(b"PK\x03\x04"):
        return package(data)
    if data.startswith(OLE):
        return compound(data)
    found = _boxes(data) if data[4:8] == b"ftyp" or data[4:8] in _ATOMS else _signature(data)
    if found is not None:
        return found
    if _is_mp3(data):
        return "audio/mpeg"
    return _text(data, declared.partition(";")[0].strip().lower(), name.strip().lower())


def _signature(data: bytes) -> str | None:
    if data[:_PDF_WITHIN].lstrip(_BEFORE_PDF).startswith(b"%PDF-"):
        return "application/pdf"
    if data.startswith(_BIG_TIFF):
        return "image/tiff"
    try:
        matches = puremagic.magic_string(data)
    except (puremagic.PureError, ValueError):
        return None
    return next((m.mime_type for m in matches if m.confidence >= _BY_SIGNATURE.get(m.mime_type, 2)), None)


def _boxes(data: bytes) -> str | None:
    """The type that the boxes of an ISO media file or of an older QuickTime file show (ISO/IEC 14496-12 section 4.3)."""
    size, major = int.from_bytes(data[:4], "big"), data[8:12]
    if data[4:8] != b"ftyp":
        follows = data[size + 4 : size + 8]
        whole = size in {0, 1} or size >= len(data) or follows in _ATOMS
        return "video/quicktime" if whole else None
    brands = {major, *(data[at : at + 4] for at in range(16, min(size, len(data), 512), 4))}
    if b"avif" in brands:
        return None
    if major[:2] in {b"3g", b"3G"}:
        return "video/3gpp"
    return _BRANDS.get(major) or ("video/mp4" if brands & _MP4 else None)


def _is_mp3(data: bytes) -> bool:
    """Whether it begins with a frame of layer III of MPEG 1, 2 or 2.5 (ISO/IEC 11172-3 section 2.4.2.3)."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return False
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    bit_rate, sampling = data[2] >> 4, data[2] >> 2 & 3
    return version != 1 and layer == 1 and bit_rate not in {0, 15} and sampling != 3


def _text(data: bytes, declared: str, name: str) -> str | None:
    if declared == "application/vnd.ms-excel" and name.endswith(".csv"):
        declared = "text/csv"  # what a spreadsheet program has browsers declare it as
    if not data.strip() or declared not in {"", "application/octet-stream", *_TEXTUAL}:
        return None
    text = _readable(data)
    if text is None or _SCRIPT.match(text.lstrip()) or _SCRIPT_NAMES.fullmatch(name):
        return None
    mail = _MBOX.sub("", text.lstrip("\r\n"))
    if _HEADER.match(mail) and _EMAIL_HEADER.search(mail):
        return "message/rfc822"
    if declared == "message/rfc822" or name.endswith(".eml"):
        return None
    return "text/csv" if name.endswith(".csv") or declared in _CSV else "text/plain"


def _readable(data: bytes) -> str | None:
    """The beginning of a text; None where there are characters that none has.

    Editors of DOS end a text with ^Z, word processors break lines with a vertical tab.
    """
    start = data[:_TEXT_LOOKED_AT]
    text = start.decode("latin-1")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            text = codecs.getincrementaldecoder("utf-16")().decode(start)
        except UnicodeDecodeError:
            return None
    elif start.startswith(codecs.BOM_UTF8):
        text = text[len(codecs.BOM_UTF8) :]
    if len(data) <= _TEXT_LOOKED_AT:
        text = text.rstrip("\x1a\r\n") or text
    return None if any(c < " " and c not in _CONTROLS_OF_TEXT for c in text) else text
