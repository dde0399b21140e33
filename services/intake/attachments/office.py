"""Office documents, and whether there are macros in them. Pure. Nothing is unpacked but what names their type."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from typing import Final

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_WORD: Final = f"{_OOXML}.wordprocessingml.document"
_EXCEL: Final = f"{_OOXML}.spreadsheetml.sheet"
_OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument."
_OPEN_DOCUMENTS: Final = frozenset({f"{_OPEN_DOCUMENT}text", f"{_OPEN_DOCUMENT}spreadsheet"})
_TYPES: Final = "[Content_Types].xml"
_TYPES_LIMIT: Final = 1_000_000
_MAIN: Final = ((f"{_WORD}.main+xml", _WORD), (f"{_EXCEL}.main+xml", _EXCEL))
_MACRO_PART: Final = re.compile(r"(?:.*/)?vbaproject[^/]*\.bin|xl/macrosheets/.+", re.IGNORECASE)
_MACRO_TYPE: Final = re.compile(r"macroenabled|vbaproject|macrosheet", re.IGNORECASE)
# LibreOffice keeps Basic in Basic/LIBRARY/MODULE.xml and other languages in Scripts/; these only list a library.
_LISTING: Final = re.compile(r"basic/(?:[^/]+/)?(?:script|dialog)-l[bc]\.xml", re.IGNORECASE)

# Directory entries of a compound file are named in UTF-16; these show which program it belongs to.
_STREAMS: Final = (
    ("__properties_version1.0", "application/vnd.ms-outlook"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)
_MACROS: Final = ("_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros", "VBA")
_MACRO_WORDS: Final = ("_VBA_PROJECT", "Macros")


def package(data: bytes) -> str | None:
    """The type of an office document in a ZIP, if it is one that is accepted; with macros it is not."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if any(_MACRO_PART.fullmatch(name) for name in names):
                return None
            if "mimetype" in names:
                return _open_document(_beginning(archive, "mimetype").strip(), names)
            return _ooxml(_beginning(archive, _TYPES), names) if _TYPES in names else None
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return None


def _beginning(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(_TYPES_LIMIT).decode("utf-8", "replace")


def _ooxml(types: str, names: list[str]) -> str | None:
    if _MACRO_TYPE.search(types):
        return None
    # Which part is the document shows by its type: Word on the web calls it word/document2.xml.
    by_type = next((found for main, found in _MAIN if main in types), None)
    if by_type is None and "word/document.xml" in names:
        return _WORD
    return _EXCEL if by_type is None and "xl/workbook.xml" in names else by_type


def _open_document(claimed: str, names: list[str]) -> str | None:
    """Only OpenDocument names its type this way: a ZIP that claims another in it is only a ZIP."""
    if claimed not in _OPEN_DOCUMENTS:
        return None
    macros = (n for n in names if n.lower().startswith(("basic/", "scripts/")) and not n.endswith("/"))
    return None if any(not _LISTING.fullmatch(name) for name in macros) else claimed


def compound(data: bytes) -> str | None:
    """The type of an older office document or an Outlook message; with macros it is not accepted.

    A stream or a storage counts by its directory entry: a text may well mention "Macros". Only where no directory can
    be made out, and it is no message, is the word enough.
    """
    found = _entries(data, _STREAMS) or next((kind for name, kind in _STREAMS if name.encode("utf-16-le") in data), None)
    if _entries(data, tuple((name, name) for name in _MACROS)):
        return None
    readable = _entries(data, (("Root Entry", "root"),)) or found == "application/vnd.ms-outlook"
    if not readable and any(word.encode("utf-16-le") in data for word in _MACRO_WORDS):
        return None
    return found


def _entries(data: bytes, wanted: tuple[tuple[str, str], ...]) -> str | None:
    """The first of some names that a directory entry has ([MS-CFB] section 2.6.1): 64 bytes of name, its length, its type."""
    for name, meaning in wanted:
        encoded = name.encode("utf-16-le")
        field = re.escape(encoded + bytes(64 - len(encoded)) + struct.pack("<H", len(encoded) + 2))
        # Names are compared without regard to case (section 2.6.4).
        if re.search(field + rb"[\x01\x02\x05]", data, re.IGNORECASE):
            return meaning
    return None
