"""The columns of a CSV file: a flat `HistoricCase`, up to three stages and two referrals to the Ombudsman.

docs/import.md explains each. JSON Lines takes the same names, nested, and any number of stages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

from shared.events.historic import HistoricCase, HistoricOmbudsman, HistoricStage

STAGES: Final = 3
REFERRALS: Final = 2
LIST_SEPARATOR: Final = ";"

PLAIN: Final = tuple(name for name in HistoricCase.model_fields if name not in {"stages", "ombudsman"})
LISTS: Final = frozenset({"themes", "learning_tags"})
FLAGS: Final = frozenset({"formal", "joint_nhs"})
REQUIRED: Final = tuple(name for name, field in HistoricCase.model_fields.items() if field.is_required())

_STAGE: Final = {("name" if field == "stage" else field): field for field in HistoricStage.model_fields}
_REFERRAL: Final = {field: field for field in HistoricOmbudsman.model_fields}

NESTED: Final[dict[str, tuple[str, int, str]]] = {
    **{f"stage_{n}_{c}": ("stages", n - 1, f) for n in range(1, STAGES + 1) for c, f in _STAGE.items()},
    **{
        f"ombudsman_{n}_{c}": ("ombudsman", n - 1, f)
        for n in range(1, REFERRALS + 1)
        for c, f in _REFERRAL.items()
    },
}
"""Column name to its place in the case: the list, the position in it from 0, the field."""

COLUMNS: Final = (*PLAIN, *NESTED)
_BY_PLACE: Final = {place: column for column, place in NESTED.items()}


class HeaderError(ValueError):
    """The file's first line is not a header that can be read: which column, and the nearest known one."""


def check_header(header: Sequence[str]) -> tuple[str, ...]:
    """The columns of a file, trimmed and lower-cased. HeaderError for one unknown, repeated or missing."""
    names = tuple(cell.strip().lower() for cell in header)
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
    if not location:
        return ""
    if nested:
        return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location).lstrip(".")
    match location:
        case [str(group), int(position), str(field), *_] if (group, position, field) in _BY_PLACE:
            return _BY_PLACE[group, position, field]
        case [str(group), int(position), *_] if group in {"stages", "ombudsman"}:
            return f"{'stage' if group == 'stages' else group}_{position + 1}"
    return str(location[0])
