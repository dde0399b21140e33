"""Text in the format "flowed" (RFC 3676): its soft breaks are joined. Pure."""

from __future__ import annotations

_SIGNATURE = "-- "


def unflowed(text: str, *, delsp: bool = False) -> str:
    """`text` with one line a paragraph. `delsp`: the space before a soft break is no part of the text.

    A line of another depth of quoting ends a paragraph with or without a soft break (section 4.5).
    """
    out: list[str] = []
    paragraph: list[str] = []
    depth = 0

    def ended() -> None:
        if paragraph:
            marks = ">" * depth + " " if depth else ""
            out.append(marks + "".join(paragraph))
            paragraph.clear()

    for line in text.splitlines():
        content = line.lstrip(">")
        quoted = len(line) - len(content)
        content = content.removeprefix(" ")
        if quoted != depth or content == _SIGNATURE:
            ended()
        depth = quoted
        soft = content.endswith(" ") and content != _SIGNATURE
        paragraph.append(content[:-1] if soft and delsp else content)
        if not soft:
            ended()
    ended()
    return "\n".join(out)
