"""The text of a page as a person reads it, in time linear in its length. Pure, never fails, loses no words.

A layout of columns is not drawn: cells of a row stand side by side with two spaces between, so that the tables which
mail is laid out with do not turn into thousands of spaces.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

LIMIT: Final = 500_000
"""Characters of pages that are laid out, pictures that stand in them not counted: some seconds of work."""

# The parser leaves out what is deeper, without a word.
_DEPTH: Final = 2_000
_PICTURES: Final = re.compile(r"""(["'])data:[^"'<>]*\1""", re.IGNORECASE)
_TAG: Final = re.compile(r"<[a-z/!?][^<>]*>", re.IGNORECASE)
_LINE_TAG: Final = re.compile(r"</?(?:p|div|br|tr|li|h[1-6]|table|ul|ol|blockquote|pre|hr)\b[^<>]*>", re.IGNORECASE)
_UNSHOWN: Final = re.compile(r"<(!--|(?:style|script|title)\b)", re.IGNORECASE)
_CLOSING: Final = {
    "!--": re.compile("-->"),
    **{tag: re.compile(f"</{tag}", re.IGNORECASE) for tag in ("style", "script", "title")},
}
_HIDDEN: Final = re.compile(r"display\s{0,9}:\s{0,9}none", re.IGNORECASE)
_SPACES: Final = re.compile(r"[ \t\r\n\f\u00a0]+")
_THREE_SPACES: Final = re.compile(r" {3,}")
_NOT_TEXT: Final = frozenset({"script", "style", "head", "title", "template", "object", "svg", "math"})
_PARAGRAPHS: Final = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "table"})
_BREAKS: Final = _PARAGRAPHS | frozenset(
    {
        "address",
        "article",
        "aside",
        "center",
        "dd",
        "div",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "header",
    }
    | {"hr", "li", "main", "nav", "option", "section", "tbody", "tfoot", "thead", "tr", "caption"}
)
_CELLS: Final = frozenset({"td", "th"})


def text_of(page: str, *, laid_out: bool = True) -> str:
    """The text of an HTML page.

    What a blockquote holds is marked with `> ` as in plain text, and an item of a list with `* `. What is hidden by its
    style is not shown. A page beyond `LIMIT`, or if not `laid_out`, is only freed of its tags.
    """
    page = without_pictures(page)
    if not page.strip():
        return ""
    if laid_out and len(page) <= LIMIT:
        parser = etree.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8")
        writer = _Writer()
        try:
            root = etree.fromstring(page.encode("utf-8", "replace"), parser=parser)
            # What is nested beyond what the parser reads still has its words.
            if root is not None and _walk(root, writer):
                return writer.text()
        except (etree.LxmlError, ValueError, AssertionError):
            pass
    return _stripped(page)


def without_pictures(page: str) -> str:
    """`page` without the pictures that stand in it as data."""
    return _PICTURES.sub('""', page)


def _walk(root: Any, writer: _Writer) -> bool:
    """Write a tree; False where it may not be the whole of what it was made from."""
    depth = 0
    skipping: Any = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else ""
        depth += 1 if event == "start" else -1
        if depth >= _DEPTH:
            return False
        if skipping is None and event == "start":
            if tag in _NOT_TEXT or _HIDDEN.search(element.get("style") or ""):
                skipping = element
                continue
            writer.starts(tag, alone=_alone(element, tag))
            writer.write(element.text)
        elif event == "end" and (skipping is None or skipping is element):
            if skipping is None:
                writer.ends(tag, alone=_alone(element, tag))
            skipping = None
            writer.write(element.tail)
    return True


def _alone(element: Any, tag: str) -> bool:
    """Whether it is the one paragraph of a cell, so that it makes no line of its own."""
    if tag not in {"p", "div"}:
        return False
    parent = element.getparent()
    return parent is not None and parent.tag in _CELLS and element.getprevious() is None and element.getnext() is None


class _Writer:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quoted = 0
        self._pre = 0
        self._gap = False
        self._above = 0

    def starts(self, tag: str, *, alone: bool) -> None:
        if alone:
            return
        if tag in _CELLS and self._written():
            self._line.append("  ")
        self._around(tag)
        if tag == "br":
            self._ends_line(always=True)
        elif tag == "li":
            self._line.append("* ")
        self._quoted += tag == "blockquote"
        self._pre += tag == "pre"

    def ends(self, tag: str, *, alone: bool) -> None:
        if alone:
            return
        self._around(tag)
        self._quoted -= tag == "blockquote"
        self._pre -= tag == "pre"

    def write(self, text: str | None) -> None:
        if not text:
            return
        if self._pre:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for line in others:
                self._ends_line(always=True)
                self._line.append(line)
        else:
            self._line.append(_SPACES.sub(" ", text))

    def text(self) -> str:
        self._ends_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def _around(self, tag: str) -> None:
        if tag in _BREAKS:
            self._ends_line()
        if tag in _PARAGRAPHS:
            self._gap = True

    def _written(self) -> bool:
        return any(not piece.isspace() for piece in self._line[-3:])

    def _ends_line(self, *, always: bool = False) -> None:
        if not self._line and not always:
            return
        line = "".join(self._line)
        self._line.clear()
        if not self._pre:
            line = _THREE_SPACES.sub("  ", line.strip())
        marks = ">" * min(self._quoted, 20)
        if not line.strip():
            if always:
                self._lines.append(marks)
            return
        if self._gap and self._lines:
            self._lines.append(marks[: self._above])
        self._gap, self._above = False, len(marks)
        self._lines.append(f"{marks} {line}" if marks else line.rstrip())


def _stripped(page: str) -> str:
    text = html.unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", "".join(_shown(page)))))
    return "\n".join(filter(None, (_SPACES.sub(" ", line).strip() for line in text.splitlines())))


def _shown(page: str) -> Iterator[str]:
    """The page without comments, style sheets, scripts and its title."""
    at = 0
    unclosed: set[str] = set()
    for found in _UNSHOWN.finditer(page):
        kind = found[1].lower()
        if found.start() < at or kind in unclosed:
            continue
        closing = _CLOSING[kind].search(page, found.end())
        if closing is None:
            unclosed.add(kind)
            continue
        yield page[at : found.start()]
        at = closing.end() if kind == "!--" else closing.start()
    yield page[at:]
