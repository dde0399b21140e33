"""Opens a file to import: which format it has by its name, and which encoding by its bytes."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from redress.importing.parsing import Format

_SUFFIXES: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".jsonlines": "jsonl"}
_CHUNK = 1 << 20


def format_of(path: Path) -> Format:
    """The format by the file's name. ValueError for a name that does not show it."""
    found = _SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise ValueError(f"{path.name}: the name does not show the format; it should end in .csv or .jsonl")
    return found


def encoding_of(path: Path) -> str:
    """`utf-16` where its byte order mark says so, `utf-8-sig` when the whole file is UTF-8 (with a mark or without), else `cp1252`.

    A spreadsheet that saves CSV on Windows writes cp1252, and a word with an accent in it is not valid UTF-8.
    OSError when the file cannot be read.
    """
    with path.open("rb") as stream:
        if stream.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a file. What is no character in the encoding becomes U+FFFD."""
    errors = "strict" if encoding == "utf-8-sig" else "replace"
    with path.open(encoding=encoding, errors=errors) as stream:
        yield from stream
