"""The columns of a CSV file: a flat `HistoricCase`, up to three stages, two referrals to the Ombudsman with two remedies each, and
two remedies of the council's own.

docs/import.md explains each. JSON Lines takes the same names, nested, and any number of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from pydantic import BaseModel

from shared.events.historic import HistoricCase, HistoricOmbudsman, HistoricRemedy, HistoricStage

LIST_SEPARATOR: Final = ";"

Place = tuple[int | str, ...]
"""Where a value is in the nested case: `("stages", 0, "due_on")`, positions from 0."""

LISTS: Final = frozenset({"themes", "learning_tags"})
FLAGS: Final = frozenset({"formal", "joint_nhs", "satisfactory_remedy"})
REQUIRED: Final = tuple(name for name, field in HistoricCase.model_fields.items() if field.is_required())

GROUPS: Final[dict[type[BaseModel], dict[str, tuple[str, int, type[BaseModel]]]]] = {
    HistoricCase: {
        "stages": ("stage", 3, HistoricStage),
        "ombudsman": ("ombudsman", 2, HistoricOmbudsman),
        "remedies": ("remedy", 2, HistoricRemedy),
    },
    HistoricOmbudsman: {"remedies": ("remedy", 2, HistoricRemedy)},
}
"""The lists of a row: what their columns begin with, how many the columns hold, and what of."""


def _places(model: type[BaseModel], at: Place = (), prefix: str = "") -> Iterator[tuple[str, Place]]:
    groups = GROUPS.get(model, {})
    for field in model.model_fields:
        if field not in groups:
            # A stage is named by its code; "stage_1_stage" would be the word twice.
            named = "name" if model is HistoricStage and field == "stage" else field
            yield prefix + named, (*at, field)
    for group, (word, many, of) in groups.items():
        for n in range(many):
            yield from _places(of, (*at, group, n), f"{prefix}{word}_{n + 1}_")


PLACES: Final[dict[str, Place]] = dict(_places(HistoricCase))
"""Column name to its place in the case, in the order in which columns are written."""

COLUMNS: Final = tuple(PLACES)
_BY_PLACE: Final = {place: column for column, place in PLACES.items()}


class HeaderError(ValueError):
    """The file's first line is not a header that can be read: which column, and the nearest known one."""


def check_header(header: Sequence[str]) -> tuple[str, ...]:
    """The columns of a file, trimmed and lower-cased. HeaderError for one unknown, repeated or missing."""
    names = tuple(cell.strip().lower() for cell in header)
    # A spreadsheet writes a column that once held something, without a name.
    while names and not names[-1]:
        names = names[:-1]
    if len(names) == 1 and any(mark in names[0] for mark in ";\t"):
        raise HeaderError("the columns are not separated by commas: save the file as comma-separated")
    faults = [_unknown(name, at) for at, name in enumerate(names, 1) if name not in COLUMNS]
    faults += [f"column {name!r} stands there twice" for name in _repeated(names)]
    faults += [f"column {name!r} is missing" for name in REQUIRED if name not in names]
    if faults:
        raise HeaderError("; ".join(faults))
    return names


def _unknown(name: str, at: int) -> str:
    if not name:
        return f"column {at} has no name"
    near = get_close_matches(name, COLUMNS, n=1, cutoff=0.6)
    return f"column {name!r} is not known" + (f"; did you mean {near[0]!r}?" if near else "")


def _repeated(names: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({name for name in names if name and (name in seen or seen.add(name))})  # type: ignore[func-returns-value]


def column_of(location: Sequence[int | str], *, nested: bool) -> str:
    """The name a person knows for a place in the model: `stage_2_due_on`, nested `stages[1].due_on`."""
    if nested:
        return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location).lstrip(".")
    place = tuple(location)
    for length in range(len(place), 0, -1):
        if (found := _BY_PLACE.get(place[:length])) is not None:
            return found
    return _group(HistoricCase, place)


def _group(model: type[BaseModel], place: Place) -> str:
    """The beginning of the columns of a group: `stage_2`, `ombudsman_1_remedy_2`."""
    match place:
        case [str(group), int(position), *rest] if group in GROUPS.get(model, {}):
            word, _, of = GROUPS[model][group]
            inner = _group(of, tuple(rest))
            return f"{word}_{position + 1}" + (f"_{inner}" if inner else "")
        case [first, *_]:
            return str(first)
    return ""
