"""Files as people send them: their names made plain, and only the types that are accepted. Pure."""

from __future__ import annotations

import re
from pathlib import PurePath

from services.intake.attachments.sniff import ALLOWED, media_type
from services.intake.submissions import FILE_BYTES, File

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def read_file(data: bytes, declared: str, name: str | None) -> File | None:
    """The file, with the type that its bytes have; None when it is empty, too large or of no accepted type."""
    found = media_type(data, declared, name or "") if len(data) <= FILE_BYTES else None
    return None if found is None else File(clean_name(name, found), found, data)


def clean_name(name: str | None, media_type: str) -> str:
    """A file's name without folders and control characters, up to 150 characters."""
    plain = _UNSAFE.sub("", name or "")
    plain = PurePath(plain.replace("\\", "/")).name.strip(" .")
    if len(plain) > 150:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[:140]}{dot}{ending[:9]}" if dot else plain[:150]
    return plain or f"attachment{ALLOWED.get(media_type, '')}"
