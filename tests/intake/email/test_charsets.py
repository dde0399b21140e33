"""Labels mean what browsers take them for; bytes that show what they are count more than a label."""

from __future__ import annotations

import pytest

from services.intake.email.charsets import decode
from tests.intake.email.mails import mail, read


@pytest.mark.parametrize(
    ("data", "label", "text"),
    [
        # What a label of one byte a character means on the web.
        (b"\x93\xa35\x94", "iso-8859-1", "\u201c\u00a35\u201d"),
        (b"\x93\xa35\x94", "us-ascii", "\u201c\u00a35\u201d"),
        (b"\x93\xa35\x94", "Latin1", "\u201c\u00a35\u201d"),
        (b"\xa4\xbe", "iso-8859-15", "\u20ac\u0178"),
        (b"\xcf\xf0\xe8", "windows-1251", "\u041f\u0440\u0438"),
        (b"\xf0\xd2\xc9", "koi8-r", "\u041f\u0440\u0438"),
        (b"\xf8\xec\xe5\xed", "iso-8859-8", "\u05e8\u05dc\u05d5\u05dd"),
        (b"\xe1\xc8", "tis-620", "\u0e41\u0e28"),
        # Several bytes a character.
        (b"\x93\xfa\x96{", "shift_jis", "\u65e5\u672c"),
        (b"\x1b$BF|K\\\x1b(B", "iso-2022-jp", "\u65e5\u672c"),
        (b"\xa4\xa4\xa4\xe5", "big5", "\u4e2d\u6587"),
        (b"\xe9F", "GB_2312-80", "\u9555"),
        (b"\x8cc", "euc-kr", "\ub620"),
        # Of no browser, and still in mail.
        (b"Hi Mom -+Jjo--!", "utf-7", "Hi Mom -\u263a-!"),
        (b"caf\x82", "ibm850", "caf\u00e9"),
        (b"\x1b$)C\x0e0!\x0f", "iso-2022-kr", "\uac00"),
        # UTF-8 under a false label.
        ("caf\u00e9".encode(), "iso-8859-1", "caf\u00e9"),
        ("\u0141ukasz".encode(), "windows-1250", "\u0141ukasz"),
        ("\u20ac5".encode(), "koi8-r", "\u20ac5"),
        # No label, a wrong one, one that nobody knows.
        ("caf\u00e9".encode(), "", "caf\u00e9"),
        (b"caf\xe9 \x80", "", "caf\u00e9 \u20ac"),
        (b"caf\xe9", "utf-8", "caf\u00e9"),
        (b"caf\xe9", "no-such", "caf\u00e9"),
        (b"caf\xe9", '"unknown-8bit"', "caf\u00e9"),
        (b"caf\xe9", "x-user-defined", "caf\u00e9"),
        # One wrong byte does not spoil the rest.
        ("caf\u00e9 ".encode() + b"\x92s na\xc3\xafve", "utf-8", "caf\u00e9 \u2019s na\u00efve"),
        # A byte order mark.
        (b"\xef\xbb\xbfcaf\xc3\xa9", "iso-8859-1", "caf\u00e9"),
        (b"\xff\xfea\0", "utf-8", "a"),
        (b"\xfe\xff\0a", "", "a"),
        (b"a\0b\0", "utf-16", "ab"),
    ],
)
def test_bytes_are_read_as_browsers_read_them(data, label, text):
    assert decode(data, label) == text


@pytest.mark.parametrize("label", ["", "utf-8", "iso-8859-1", "koi8-r", "gbk", "utf-7", "big5", "utf-16", "macintosh"])
def test_any_bytes_are_read(label):
    assert decode(bytes(range(256)), label)


@pytest.mark.parametrize(
    ("declared", "page", "text"),
    [
        ("", b"<meta charset=iso-8859-2><p>\xb6mieci</p>", "\u015bmieci"),
        ("; charset=us-ascii", b"<meta charset='windows-1251'><p>\xcf\xf0\xe8</p>", "\u041f\u0440\u0438"),
        ("; charset=no-such", b"<META http-equiv=x content='text/html; charset=koi8-r'><p>\xf0\xd2\xc9", "\u041f\u0440\u0438"),
        # The header counts more, and a page that was read as bytes is no UTF-16.
        ("; charset=windows-1251", b"<meta charset=iso-8859-2><p>\xcf\xf0\xe8</p>", "\u041f\u0440\u0438"),
        ("", b"<meta charset=utf-16><p>caf\xc3\xa9</p>", "caf\u00e9"),
    ],
)  # fmt: skip
def test_a_page_shows_its_charset_where_the_header_does_not(declared, page, text):
    assert read(mail(f"Content-Type: text/html{declared}", page)).text == text
