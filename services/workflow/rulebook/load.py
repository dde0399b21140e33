"""Reading rulebooks from YAML: every fault is reported with its file and line, and a faulty one is not used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from services.workflow.rulebook.check import check
from services.workflow.rulebook.choose import Rulebooks
from services.workflow.rulebook.including import Fragment, Whole, line_of
from services.workflow.rulebook.model import Rulebook
from shared.calendar.deadlines import DeadlineRequest

FOLDER = Path(__file__).parent.parent / "rulebooks"
FRAGMENTS = FOLDER / "fragments"


class RulebookInvalid(ValueError):
    """A rulebook that may not be used. `faults` are `(line, code, message)` in order; lines count from 1.

    A fault in a fragment that it includes has the line there, and its message begins with the fragment's file.
    """

    def __init__(self, name: str, faults: Iterable[tuple[int, str, str]]) -> None:
        self.name = name
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(f"{name}:{line}: {code}: {message}" for line, code, message in self.faults))

    @property
    def codes(self) -> set[str]:
        return {code for _, code, _ in self.faults}


def parse(text: str, name: str = "rulebook", fragments: Path = FRAGMENTS) -> Rulebook:
    """A rulebook from YAML text. What it includes is looked for in the folder `fragments`, then among those that come with Redress.

    Raises:
        RulebookInvalid: not YAML, not of the shape, or against a rule of `check`.
    """
    document = _document(text, name)
    whole = Whole(name, document, _fragments(document, name, fragments))
    try:
        book = Rulebook.model_validate(whole.data)
    except ValidationError as error:
        raise RulebookInvalid(
            name,
            [
                whole.located(e["loc"], "wrong-shape", f"{'.'.join(map(str, e['loc']))}: {e['msg']}")
                for e in error.errors(include_url=False)
            ],
        ) from None
    faults = [whole.located(f.place, f.code, f"{'.'.join(map(str, f.place))}: {f.message}") for f in check(book)]
    if faults:
        raise RulebookInvalid(name, faults)
    return book


def _document(text: str, name: str) -> Mapping[str, Any]:
    try:
        document = YAML(typ="rt").load(StringIO(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RulebookInvalid(name, [(line, "not-yaml", str(error.problem or error))]) from None
    if not isinstance(document, Mapping):
        raise RulebookInvalid(name, [(1, "not-a-mapping", "a rulebook is a mapping of names to values")])
    return document


def _fragments(document: Mapping[str, Any], name: str, folder: Path) -> list[Fragment]:
    names = document.get("includes") or []
    found = []
    for n, fragment in enumerate([names] if isinstance(names, str) else names):
        path = next((p for f in (folder, FRAGMENTS) if (p := f / f"{fragment}.yaml").is_file()), None)
        if path is None:
            known = ", ".join(sorted(p.stem for p in FRAGMENTS.glob("*.yaml")))
            line = line_of(document, ("includes", n))
            raise RulebookInvalid(name, [(line, "unknown-fragment", f"there is no fragment {fragment!r}: {known}")])
        found.append(Fragment(path.name, _document(path.read_text(encoding="utf-8"), path.name)))
    return found


def load(path: Path) -> Rulebook:
    """A rulebook from a file. Raises: RulebookInvalid, OSError."""
    return parse(path.read_text(encoding="utf-8"), path.name, path.parent / "fragments")


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
