"""What a file is, from its first bytes: what its sender calls it is only a claim. Pure."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

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

_PREFIXES: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"{\\rtf", "application/rtf"),
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Directory entries of a compound file are named in UTF-16; these tell which program it belongs to.
_OLE_STREAMS: Final = (
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)
_MACROS: Final = ("_VBA_PROJECT", "Macros")
_HEIF: Final = frozenset({b"heic", b"heix", b"heif", b"mif1", b"msf1", b"hevc"})
_MP4: Final = frozenset(
    {
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"M4V ",
        b"avc1",
        b"qt  ",
        b"3gp4",
        b"3gp5",
    }
)
_HEADER: Final = re.compile(rb"\A(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n){2,}")
_EMAIL_HEADER: Final = re.compile(
    rb"^(?:from|received|message-id|return-path|date|subject|mime-version):", re.IGNORECASE | re.MULTILINE
)
_TEXTUAL: Final = frozenset({"text/plain", "text/csv", "message/rfc822"})


def media_type(data: bytes, declared: str = "", name: str = "") -> str | None:
    """The type of `data` if it is one that is accepted, else None.

    `declared` and `name` only tell apart what bytes alone cannot (text from CSV), and a text that is
    declared as something else, a web page or a script, is not accepted.
    """
    for prefix, found in _PREFIXES:
        if data.startswith(prefix):
            return found
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return "image/heic" if brand in _HEIF else "video/mp4" if brand in _MP4 else None
    if data.startswith(b"PK\x03\x04"):
        return _package(data)
    if data.startswith(_OLE):
        return _compound(data)
    return _text(data, declared.partition(";")[0].strip().lower(), name.lower())


def _package(data: bytes) -> str | None:
    """An office document in a ZIP; with macros it is not accepted. Nothing is unpacked but a short `mimetype`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
            if any(n.lower().endswith("vbaproject.bin") for n in names):
                return None
            if "mimetype" in names and package.getinfo("mimetype").file_size <= 100:
                written = package.read("mimetype").decode("ascii", "replace").strip()
                return written if written in ALLOWED else None
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError, EOFError):
        return None
    if "[Content_Types].xml" in names:
        if "word/document.xml" in names:
            return f"{_OOXML}.wordprocessingml.document"
        if "xl/workbook.xml" in names:
            return f"{_OOXML}.spreadsheetml.sheet"
    return None


def _compound(data: bytes) -> str | None:
    if any(name.encode("utf-16-le") in data for name in _MACROS):
        return None
    return next((found for name, found in _OLE_STREAMS if name.encode("utf-16-le") in data), None)


def _text(data: bytes, declared: str, name: str) -> str | None:
    if declared == "application/vnd.ms-excel" and name.endswith(".csv"):
        declared = "text/csv"  # what a spreadsheet program has browsers declare it as
    if not data.strip() or declared not in {"", "application/octet-stream", *_TEXTUAL}:
        return None
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in data[:65536]):
        return None
    if _HEADER.match(data[:65536]) and _EMAIL_HEADER.search(data[:65536]):
        return "message/rfc822"
    if declared == "message/rfc822" or name.endswith(".eml"):
        return None
    return "text/csv" if name.endswith(".csv") or declared == "text/csv" else "text/plain"
