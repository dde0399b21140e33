"""Files of the types that are accepted, as programs really write them; and macros, scripts and programs, refused."""

from __future__ import annotations

import codecs
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.intake.attachments.sniff import ALLOWED, media_type

CASES = Path(__file__).with_name("cases")
OOXML = "application/vnd.openxmlformats-officedocument"
WORD, EXCEL = f"{OOXML}.wordprocessingml.document", f"{OOXML}.spreadsheetml.sheet"
ODT, ODS = "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def archive(**members: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return made.getvalue()


def types(*kinds: str) -> dict[str, str]:
    overrides = "".join(f'<Override PartName="/x" ContentType="{kind}"/>' for kind in kinds)
    return {"[Content_Types].xml": f"<Types>{overrides}</Types>"}


def entry(name: str, kind: int = 2) -> bytes:
    """A directory entry of a compound file."""
    encoded = name.encode("utf-16-le")
    return encoded.ljust(64, b"\0") + struct.pack("<HB", len(encoded) + 2, kind) + bytes(61)


def utf_16(text: str) -> bytes:
    return text.encode("utf-16-le")


def brand(major: bytes, *others: bytes) -> bytes:
    return struct.pack(">I", 16 + 4 * len(others)) + b"ftyp" + major + bytes(4) + b"".join(others) + bytes(40)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("b-newline-first.pdf", "application/pdf"),
        ("c-bom-first.pdf", "application/pdf"),
        ("e-word-online.docx", WORD),
        ("f-mpeg1.mp3", "audio/mpeg"),
        ("g-mpeg2-voice.mp3", "audio/mpeg"),
        ("h-mpeg1-crc.mp3", "audio/mpeg"),
        ("i-mpeg25.mp3", "audio/mpeg"),
        ("j-voice-memo.m4a", "audio/mp4"),
        ("k-phone.3gp", "video/3gpp"),
        ("l-dash.mp4", "video/mp4"),
        ("m-sony.mp4", "video/mp4"),
        ("n-old.mov", "video/quicktime"),
        ("p-outlook-says-macros.msg", "application/vnd.ms-outlook"),
        ("q-notepad-unicode.txt", "text/plain"),
        ("r-dos-eof.txt", "text/plain"),
        ("s-vertical-tab.txt", "text/plain"),
        ("t-thunderbird.eml", "message/rfc822"),
        ("v.csv", "text/csv"),
        ("w-tiff-big.tif", "image/tiff"),
    ],
)
@pytest.mark.parametrize("declared", ["", "application/octet-stream"])
def test_real_shapes_of_the_types_are_accepted(name, found, declared):
    assert media_type((CASES / name).read_bytes(), declared, name) == found
    assert found in ALLOWED


def test_no_case_is_left_out():
    assert all(media_type(file.read_bytes(), "", file.name) for file in CASES.iterdir())


@pytest.mark.parametrize("declared", ["application/csv", "text/x-csv", "text/csv; charset=utf-8", "application/vnd.ms-excel"])
def test_csv_is_called_many_names(declared):
    assert media_type((CASES / "v.csv").read_bytes(), declared, "v.csv") == "text/csv"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\r\n\t %PDF-1.7\n", "application/pdf"),
        (bytes(100) + b"%PDF-1.7\n", "application/pdf"),
        (b"MZ\x90\0" + bytes(60) + b"%PDF-1.7\n", None),
        (bytes(2_000) + b"%PDF-1.7\n", None),
        (b"II+\0\x08\0\0\0" + bytes(8), "image/tiff"),
        (b"II*\0" + bytes(20), "image/tiff"),
        (b"\xff\xd8\xff\xe1" + bytes(20), "image/jpeg"),
        (b"\xff\xd8\xff\xdb" + bytes(20), "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png"),
        (b"GIF87a" + bytes(20), "image/gif"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"RIFF\x24\0\0\0WEBPVP8L" + bytes(20), "image/webp"),
        (b"RIFF\x24\0\0\0WAVEfmt " + bytes(20), None),
        (b"RIFF\x24\0\0\0AVI LIST" + bytes(20), None),
        (b"{\\rtf1\\ansi Words}", "application/rtf"),
        (b"ID3\x04\0\0\0\0\0\0" + bytes(20), "audio/mpeg"),
        (b"\xff\xf2\x40\xc4" + bytes(20), "audio/mpeg"),
        (b"\xff\xe2\x40\xc4" + bytes(20), "audio/mpeg"),
        # Other layers, and what no frame can hold.
        (b"\xff\xfd\x90\x64" + bytes(20), None),
        (b"\xff\xfb\xf0\x64" + bytes(20), None),
        (b"\xff\xfb\x9c\x64" + bytes(20), None),
        (b"\xff\xeb\x90\x64" + bytes(20), None),
    ],
)
def test_signatures(data, found):
    assert media_type(data) == found


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (brand(b"isom", b"iso2"), "video/mp4"),
        (brand(b"xxxx", b"mp42"), "video/mp4"),
        (brand(b"M4B ", b"isom"), "audio/mp4"),
        (brand(b"3g2a", b"3g2a"), "video/3gpp"),
        (brand(b"3ge6"), "video/3gpp"),
        (brand(b"qt  ", b"qt  "), "video/quicktime"),
        (brand(b"heix", b"mif1"), "image/heic"),
        (brand(b"mif1", b"heic"), "image/heic"),
        (brand(b"mif1", b"avif"), None),
        (brand(b"crx ", b"crx "), None),
        (brand(b"jp2 "), None),
        (struct.pack(">I", 16) + b"moov" + bytes(8) + struct.pack(">I", 8) + b"mdat", "video/quicktime"),
        (struct.pack(">I", 16) + b"free" + bytes(8) + struct.pack(">I", 8) + b"XXXX" + bytes(8), None),
    ],
)
def test_brands_of_video_and_sound(data, found):
    assert media_type(data) == found


DOCX = types(f"{WORD}.main+xml")
XLSX = types(f"{EXCEL}.main+xml")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (archive(**DOCX, **{"word/document7.xml": "x"}), WORD),
        (archive(**XLSX, **{"xl/workbook2.xml": "x"}), EXCEL),
        (archive(**types(), **{"xl/workbook.xml": "x"}), EXCEL),
        (archive(mimetype=ODT, **{"content.xml": "x", "Configurations2/menubar/": ""}), ODT),
        (archive(mimetype=f"{ODS}\n"), ODS),
        # LibreOffice lists its libraries though there are no macros in them.
        (archive(mimetype=ODT, **{"Basic/script-lc.xml": "x", "Basic/Standard/script-lb.xml": "x"}), ODT),
        # Macros, whatever the file is called and wherever they are.
        (archive(**DOCX, **{"word/vbaProject.bin": "x"}), None),
        (archive(**DOCX, **{"word/VBAPROJECT.BIN": "x"}), None),
        (archive(**types(f"{WORD}.main+xml", "application/vnd.ms-office.vbaProject"), **{"word/other.bin": "x"}), None),
        (archive(**types("application/vnd.ms-word.document.macroEnabled.main+xml"), **{"word/document.xml": "x"}), None),
        (archive(**XLSX, **{"xl/macrosheets/sheet1.xml": "x"}), None),
        (archive(mimetype=ODT, **{"Basic/Standard/Module1.xml": "x"}), None),
        (archive(mimetype=ODS, **{"Scripts/python/run.py": "x"}), None),
        (archive(mimetype=ODT, **{"basic/standard/module1.xml": "x"}), None),
        # A ZIP is a ZIP.
        (archive(mimetype="application/pdf", x="x"), None),
        (archive(mimetype="image/png"), None),
        (archive(mimetype=WORD), None),
        (archive(mimetype="application/vnd.oasis.opendocument.graphics"), None),
        (archive(**types()), None),
        (archive(**{"run.exe": "MZ"}), None),
        (b"PK\x03\x04 and no more", None),
    ],
)  # fmt: skip
def test_office_documents_are_accepted_without_macros(data, found):
    assert media_type(data) == found


ROOT = entry("Root Entry", 5)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (OLE + ROOT + entry("WordDocument"), "application/msword"),
        (OLE + ROOT + entry("Workbook"), "application/vnd.ms-excel"),
        (OLE + ROOT + entry("__properties_version1.0"), "application/vnd.ms-outlook"),
        # A word in the text is no macro.
        (OLE + ROOT + entry("WordDocument") + utf_16("Please allow Macros and _VBA_PROJECT."), "application/msword"),
        (OLE + ROOT + entry("Workbook") + utf_16("Macros") + bytes(80), "application/vnd.ms-excel"),
        # A directory entry is one.
        (OLE + ROOT + entry("WordDocument") + entry("Macros", 1), None),
        (OLE + ROOT + entry("WordDocument") + entry("MACROS", 1), None),
        (OLE + ROOT + entry("Workbook") + entry("_VBA_PROJECT_CUR", 1), None),
        (OLE + ROOT + entry("__properties_version1.0") + entry("WordDocument") + entry("Macros", 1), None),
        # Where no directory can be made out the word is enough.
        (OLE + utf_16("WordDocument") + utf_16("Macros"), None),
        (OLE + ROOT + entry("Something"), None),
    ],
)  # fmt: skip
def test_older_office_documents_are_accepted_without_macros(data, found):
    assert media_type(data) == found


@pytest.mark.parametrize(
    ("data", "name", "found"),
    [
        (codecs.BOM_UTF16_BE + "My complaint".encode("utf-16-be"), "a.txt", "text/plain"),
        (codecs.BOM_UTF16_LE + "a,b\r\n".encode("utf-16-le"), "a.csv", "text/csv"),
        (codecs.BOM_UTF8 + "caf\u00e9".encode(), "a.txt", "text/plain"),
        (b"An end of DOS\r\n\x1a\r\n", "a.txt", "text/plain"),
        (b"A non-breaking\x1ehyphen", "a.txt", "text/plain"),
        (b"MZ Smith complains", "a.txt", "text/plain"),
        (b"x" * 70_000 + b"\n", "a.txt", "text/plain"),
        (b">From - Wed Nov 25\r\nFrom: a@b\r\nSubject: c\r\n\r\nd", "a.eml", "message/rfc822"),
        (b"\xef\xbb\xbfFrom: a@b\r\nSubject: c\r\n\r\nd", "a.eml", "message/rfc822"),
        (b"X-Mozilla_Status: 1\r\nDate: now\r\n\r\nd", "", "message/rfc822"),
        # Bytes that no text has.
        (b"a\x1ab\x00c", "a.txt", None),
        (b"\x01\x02", "a.txt", None),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\x00\x00", "a.txt", None),
        (b"\x7fELF" + bytes(60), "a.txt", None),
        (b"MZ\x90\0" + bytes(60), "a.txt", None),
        # Scripts, whatever they are called or however declared.
        (b"#!/bin/sh\nrm -rf x\n", "a.txt", None),
        (b"\xef\xbb\xbf#!/usr/bin/env python3\n", "", None),
        (b"<?php system($x);", "a.txt", None),
        (b"  <!DOCTYPE html><html>", "a.txt", None),
        (b"<script>alert(1)</script>", "", None),
        (b"@ECHO OFF\r\ndel *\r\n", "a.txt", None),
        (b"del *\r\n", "a.bat", None),
        (b"WScript.Echo 1", "A.VBS ", None),
        (b"Get-Item x", "a.ps1", None),
        (b"alert(1)", "letter.txt.js", None),
        (b"<p>x</p>", "a.htm", None),
    ],
)
def test_text_is_accepted_and_scripts_and_programs_are_not(data, name, found):
    assert media_type(data, "application/octet-stream", name) == found


STARTS = st.sampled_from(
    [b"", b"PK\x03\x04", OLE[:8], b"%PDF-", b"RIFF", b"\0\0\0\x18ftyp", b"\0\0\0\x08wide", b"\xff\xfb", b"\xff\xfe", b"From: a\n"]
)  # fmt: skip


@given(STARTS, st.binary(max_size=200), st.sampled_from(["", "text/plain", "text/csv"]), st.text(max_size=20))
@example(b"", b"\0" * 8 + b"ftyp", "", "")
@settings(max_examples=300)
def test_any_bytes_are_of_an_accepted_type_or_of_none(start, rest, declared, name):
    assert media_type(start + rest, declared, name) in {None, *ALLOWED}
