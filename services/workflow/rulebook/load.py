"""Reading rulebooks from YAML: every fault is told with its file and line, and a faulty one is not used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from services.workflow.rulebook.check import Fault, check
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.model import Rulebook
from shared.calendar.deadlines import DeadlineRequest

FOLDER = Path(__file__).parent.parent / "rulebooks"


class RulebookInvalid(ValueError):
    """A rulebook that may not be used. `faults` are `(line, code, message)`; lines count from 1."""

    def __init__(self, name: str, faults: Sequence[tuple[int, str, str]]) -> None:
        self.name = name
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{name}:{line}: {code}: {message}" for line, code, message in faults))

    @property
    def codes(self) -> set[str]:
        return {code for _, code, _ in self.faults}


def parse(text: str, name: str = "rulebook") -> Rulebook:
    """A rulebook from YAML text.

    Raises:
        RulebookInvalid: not YAML, not of the shape, or against a rule of `check`.
    """
    try:
        document = YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RulebookInvalid(name, [(line, "not-yaml", str(error.problem or error))]) from None
    if not isinstance(document, Mapping):
        raise RulebookInvalid(name, [(1, "not-a-mapping", "a rulebook is a mapping of names to values")])
    try:
        book = Rulebook.model_validate(_plain(document))
    except ValidationError as error:
        faults = [
            (_line(document, e["loc"]), "wrong-shape", f"{'.'.join(map(str, e['loc']))}: {e['msg']}")
            for e in error.errors(include_url=False)
        ]
        raise RulebookInvalid(name, sorted(faults)) from None
    faults = [_told(document, fault) for fault in check(book)]
    if faults:
        raise RulebookInvalid(name, sorted(faults))
    return book


def load(path: Path) -> Rulebook:
    """A rulebook from a file. Raises: RulebookInvalid, OSError."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def load_folder(folder: Path) -> Rulebooks:
    """Every rulebook of a folder. Raises: RulebookInvalid of the first faulty one; ValueError of an empty folder."""
    books = Rulebooks(load(path) for path in sorted(folder.glob("*.yaml")))
    if not list(books):
        raise ValueError(f"no rulebooks (*.yaml) in {folder}")
    return books


@cache
def shipped() -> Rulebooks:
    """The rulebooks that come with Redress."""
    return load_folder(FOLDER)


def clock_request(procedure: str, clock: str, start: date, extended: bool) -> tuple[DeadlineRequest, str]:
    """`Rulebooks.clock_request` of the rulebooks that come with Redress. Raises: NoRulebook."""
    return shipped().clock_request(procedure, clock, start, extended)


def _told(document: Any, fault: Fault) -> tuple[int, str, str]:
    return _line(document, fault.place), fault.code, f"{'.'.join(map(str, fault.place))}: {fault.message}"


def _line(document: Any, place: Sequence[str | int]) -> int:
    """The line of the deepest part of `place` that the document has."""
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


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
