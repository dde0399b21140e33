"""The council's code lists together: what is wrong with a code that comes in, and which code was perhaps meant.

A field is marked with its lists by `shared.events.codes.Listed`, so that every route holds what it takes against the same lists.
Reads its files when it is made, and is pure from then on.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel

from shared import taxonomy
from shared.errors import Fault
from shared.events.codes import Kind, Listed
from shared.events.facts import UNKNOWN
from shared.taxonomy import routing

_FIELDS: Final = {
    "action_type": ("learning-action-types",),
    "complainant_type": ("complainant-types",),
    "district": ("districts",),
    "learning_tags": ("themes", "learning-action-types"),
    "procedure": ("procedures",),
    "refusal_reason": ("refusal-reasons",),
    "service_area": ("service-areas",),
    "tags": ("themes", "learning-action-types"),
    "theme": ("themes",),
    "themes": ("themes",),
}
"""The lists of a field by its name, for what has not even the form of a code."""

_LIKE: Final = 0.5
"""How alike two codes are that one may have been written for the other (`difflib`, 0 to 1)."""


def nearest(code: str, known: Iterable[str], labels: Iterable[str] = ()) -> list[str]:
    """Up to three of the `known` codes that were perhaps meant, the likeliest first; the one least unlike where none is alike.

    `labels` are those of the codes, in the same order: what is written may be nearer to the label.
    """
    codes = list(known)
    spelled = {**{label.lower(): found for label, found in zip(labels, codes, strict=False)}, **{found: found for found in codes}}
    alike = get_close_matches(code.lower(), spelled, n=4, cutoff=_LIKE) or get_close_matches(code.lower(), spelled, n=1, cutoff=0.0)
    return list(dict.fromkeys(spelled[text] for text in alike))[:3]


def perhaps(code: str, known: Iterable[str], labels: Iterable[str] = ()) -> str:
    """`; the nearest is 'a', 'b'`, to follow what is wrong with a code; empty where nothing is known."""
    found = nearest(code, known, labels)
    return f"; the nearest {'is' if len(found) == 1 else 'are'} {', '.join(map(repr, found))}" if found else ""


class Codes:
    """The lists, read once. TaxonomyError at once when one of them cannot be used."""

    def __init__(self, folder: Path | None = None) -> None:
        self._lists = {name: taxonomy.load(name, folder) for name in taxonomy.LISTS}
        self.routing = routing.load(folder, self._lists)

    def __iter__(self) -> Iterator[taxonomy.CodeList]:
        """Every list, by name."""
        return iter(self._lists.values())

    def list(self, name: str) -> taxonomy.CodeList:
        return self._lists[name]

    def acknowledgement_days(self, procedure: str | None, kind: Kind = Kind.COMPLAINT) -> int | None:
        """Working days within which it is acknowledged: of its procedure, else, of a complaint, of the list's default; None: no day
        is known, or none is set.
        """
        procedures = self._lists["procedures"]
        default = procedures.default if kind is Kind.COMPLAINT else None
        for code in filter(None, (procedure, default)):
            term = procedures.get(code)
            if term is not None and term.acknowledgement_days is not None and (kind is Kind.COMPLAINT or term.kind is kind):
                return term.acknowledgement_days
        return None

    def receipt(self, procedure: str | None, kind: Kind) -> tuple[str, ...]:
        """Sentences that the law of a procedure has in the receipt of its cases, such as the right to an advocate."""
        term = self._lists["procedures"].get(procedure) if procedure else None
        return term.receipt if term is not None and term.kind in {None, kind} else ()

    def words(self, error: Mapping[str, Any]) -> str | None:
        """What to say of a fault that pydantic found, where it is a text without the form of a code in a field of codes; else None.

        The text is not repeated: it may be anything, typed into the wrong field.
        """
        field = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "")
        text = error.get("input")
        if error["type"] != "string_pattern_mismatch" or field not in _FIELDS or not isinstance(text, str):
            return None
        terms = [term for name in _FIELDS[field] for term in self._lists[name].offered]
        meant = perhaps(text[:100], (term.code for term in terms), (term.label for term in terms))
        return f"it is not a code of the list {' or '.join(_FIELDS[field])}{meant}"

    def route(self, contact: routing.Contact) -> routing.Routed | None:
        """The procedure that the council's rules give to new feedback; None: no rule fits."""
        return self.routing.decide(contact, self._lists["service-areas"])

    def fault(self, code: str, *names: str, past: bool = False) -> str | None:
        """What is wrong with a code that one of the lists `names` should have, with the nearest that they do have; None: nothing.

        A retired code is wrong, unless it is of the `past`: of history it is as good.
        """
        terms = [term for name in names for term in self._lists[name].terms]
        found = next((term for term in terms if term.code == code), None)
        if code == UNKNOWN or (found is not None and (past or not found.retired)):
            return None
        if found is not None and found.replaced_by:
            return f"{code!r} is no longer used; use {found.replaced_by!r}"
        offered = [term for term in terms if past or not term.retired]
        meant = perhaps(code, (term.code for term in offered), (term.label for term in offered))
        wrong = "is no longer used" if found is not None else f"is not a code of the list {' or '.join(names)}"
        return f"{code!r} {wrong}{meant}"

    def faults(
        self, given: BaseModel, *, kind: Kind | None = None, past: bool = False, standing: Container[str] = ()
    ) -> tuple[Fault, ...]:
        """What is wrong with the codes in what was given, each with a JSON pointer into it.

        `kind` is that of the case: a compliment has themes of its own. `standing` are the codes that the case has: they may stay,
        whether the lists still offer them or not.
        """
        found = []
        for pointer, listed, code in _listed_in(given):
            names = listed.lists(compliment=kind is Kind.COMPLIMENT)
            fault = None if code in standing else self.fault(code, *names, past=past)
            if fault:
                found.append(Fault(pointer, fault))
        return tuple(found)


def _listed_in(given: BaseModel, at: str = "") -> Iterator[tuple[str, Listed, str]]:
    """Each code in a model and its parts that is of a list, with its place."""
    marks = _marks(type(given))
    for name in type(given).model_fields:
        value = getattr(given, name)
        for pointer, part in _parts(value, f"{at}/{name}"):
            if isinstance(part, BaseModel):
                yield from _listed_in(part, pointer)
            elif part is not None and name in marks:
                yield pointer, marks[name], part


def _parts(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, tuple | list):
        for n, part in enumerate(value):
            yield f"{at}/{n}", part
    else:
        yield at, value


@cache
def _marks(model: type[BaseModel]) -> dict[str, Listed]:
    """The fields of a model that are marked, by name."""
    found = {}
    for name, field in model.model_fields.items():
        mark = next((m for m in (*field.metadata, *_metadata(field.annotation)) if isinstance(m, Listed)), None)
        if mark is not None:
            found[name] = mark
    return found


def _metadata(annotation: Any) -> Iterator[Any]:
    """What the parts of an annotation are marked with: `Annotated[...] | None`, `tuple[Annotated[...], ...]`."""
    yield from getattr(annotation, "__metadata__", ())
    for part in get_args(annotation):
        yield from _metadata(part)
