"""The newest part of a reply, for people to read: the rest is in the message as it came. Pure."""

from __future__ import annotations

from typing import Final

from mailparser_reply import EmailReplyParser

# The parser's expressions look back and forth within a line and over the text; beyond these sizes the text stays whole.
_LONGEST_TEXT: Final = 20_000
_LONGEST_LINE: Final = 1_000

_PARSER: Final = EmailReplyParser(languages=["en"])


def newest(text: str) -> str:
    """`text` without the messages it quotes below; whole where none is found or nothing would be left."""
    if len(text) > _LONGEST_TEXT or any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        return text
    found = _PARSER.parse_reply(text)
    return found.strip() if found and found.strip() else text
