"""A rulebook with the fragments that it includes put in place, and where each piece of it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

LISTS: Final = ("tracks", "stages", "states", "clocks", "steps")
MAPPINGS: Final = ("sources", "parameters", "declarations")
Place = Sequence[str | int]


@dataclass(frozen=True)
class Fragment:
    """A file of pieces that several rulebooks share: lists and mappings of a rulebook, and nothing else of it."""

    name: str
    document: Mapping[str, Any]


@dataclass
class Whole:
    """`data` is the rulebook's own document with those of its fragments behind it. Its own entries win over a fragment's."""

    name: str
    document: Mapping[str, Any]
    fragments: Sequence[Fragment]
    data: dict[str, Any] = field(init=False)
    _origin: dict[tuple[str, int], tuple[Fragment, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.data = {str(key): plain(value) for key, value in self.document.items()}
        for fragment in self.fragments:
            for key, value in fragment.document.items():
                self._put(fragment, str(key), plain(value))

    def _put(self, fragment: Fragment, key: str, value: Any) -> None:
        own = self.data.get(key)
        if key in LISTS and isinstance(value, list) and isinstance(own, list | None):
            here = own or []
            for n in range(len(value)):
                self._origin[key, len(here) + n] = (fragment, n)
            self.data[key] = [*here, *value]
        elif key in MAPPINGS and isinstance(value, dict) and isinstance(own, dict | None):
            self.data[key] = {**value, **(own or {})}
        elif key not in self.data:
            self.data[key] = value

    def located(self, place: Place, code: str, message: str) -> tuple[int, str, str]:
        """A fault with the line it is at; in a fragment, with the fragment's name before the message."""
        match tuple(place):
            case (str(key), int(n), *rest) if (key, n) in self._origin:
                fragment, at = self._origin[key, n]
                return line_of(fragment.document, (key, at, *rest)), code, f"{fragment.name}: {message}"
            case (str(key), name, *_) if key in MAPPINGS and name not in (self.document.get(key) or {}):
                for fragment in self.fragments:
                    if name in (fragment.document.get(key) or {}):
                        return line_of(fragment.document, place), code, f"{fragment.name}: {message}"
        return line_of(self.document, place), code, message


def line_of(document: Any, place: Place) -> int:
    """The line, from 1, of the deepest part of `place` that the document has."""
    here: Any = document
    line = 1
    for part in place:
        try:
            # The reader keeps the position of every part in its `lc`.
            lines: Any = here.lc
            position = lines.key(part) if isinstance(here, Mapping) else lines.item(part)
            here = here[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        line = position[0] + 1
    return line


def plain(value: Any) -> Any:
    """A document without its positions."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value
