"""Bytes to text as browsers read them (WHATWG Encoding Standard), whatever their label claims. Pure, never fails."""

from __future__ import annotations

import codecs
import re
from typing import Final

import webencodings

# What mail still declares and the web has no label for, or refuses to read; Python's own names.
_NOT_OF_THE_WEB: Final = {
    "utf-7": "utf-7",
    "unicode-1-1-utf-7": "utf-7",
    "iso-2022-kr": "iso2022_kr",
    "hz-gb-2312": "hz",
    "x-euc-kr": "cp949",
    "cp932": "cp932",
    "cp936": "gbk",
    "cp949": "cp949",
    **{
        f"{prefix}{n}": f"cp{n}"
        for prefix in ("cp", "ibm", "cp-", "dos-", "ibm-")
        for n in (437, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866)
    },
}
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII: Final = frozenset({"ascii", "us-ascii", "ansi_x3.4-1968", "iso-ir-6"})
_SINGLE_BYTE: Final = re.compile(r"windows-|iso-8859-|koi8-|macintosh|x-mac-|ibm866|cp[478]\d\d")
# A page declares its charset early; programs that write mail put long style sheets after it, not before.
_META_WITHIN: Final = 4096
_META: Final = re.compile(rb"<meta[^<>]{0,400}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.IGNORECASE)
_ELSE_WINDOWS: Final = "redress-else-windows-1252"


def decode(data: bytes, label: str = "", *, html: bool = False) -> str:
    """Text of `data`, which is declared as `label` (empty: nothing is declared).

    A byte order mark counts most, then the label. ASCII as a label counts as none where there are other bytes, and
    where there is none the `meta` of a page (`html`) is asked. Bytes that are valid UTF-8 under a single-byte label
    are UTF-8; without a usable label UTF-8 is read, and whatever is not UTF-8 in it as windows-1252.
    """
    for mark, codec in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace")
    label = label.strip().strip("\"'").lower()
    if html and (_codec(label) is None or (label in _ASCII and not data.isascii())):
        found = _META.search(data[:_META_WITHIN])
        # A page whose `meta` could be read as bytes is no UTF-16, whatever it declares (WHATWG, HTML, prescan).
        label = found[1].decode("ascii").lower() if found and b"utf-16" not in found[1].lower() else ""
    known = _codec(label)
    if known is None or known[0] == "utf-8":
        return data.decode("utf-8", _ELSE_WINDOWS)
    codec, single_byte = known
    if single_byte and not data.isascii() and _is_utf_8(data):
        return data.decode("utf-8")
    if codec == "cp1252":
        return data.decode(codec, _ELSE_WINDOWS)
    try:
        return data.decode(codec)
    except UnicodeError:
        return data.decode("utf-8" if _is_utf_8(data) else codec, "replace")


def _codec(label: str) -> tuple[str, bool] | None:
    """Python's codec for a label, and whether it is one of single bytes; None when nobody knows it."""
    found = webencodings.lookup(label) if label.isascii() else None
    if found is not None and found.name not in {"replacement", "x-user-defined"}:
        return str(found.codec_info.name), bool(_SINGLE_BYTE.match(found.name))
    other = _NOT_OF_THE_WEB.get(label)
    return None if other is None else (other, bool(_SINGLE_BYTE.match(other)))


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return wrong.decode("latin-1").translate(_WINDOWS), error.end


# WHATWG's windows-1252 has a character for every byte; Python's lacks five, which are C1 controls.
_WINDOWS: Final = {
    byte: bytes((byte,)).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}
codecs.register_error(_ELSE_WINDOWS, _as_windows_1252)
