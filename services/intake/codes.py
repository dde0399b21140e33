"""The council's code lists: what is wrong with a code that comes in, and what a list knows of a procedure.

Reads its files when it is made, and is pure from then on.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared import taxonomy
from shared.events.facts import UNKNOWN

LISTS: Final = {
    "service_area": "service-areas",
    "district": "districts",
    "complainant_type": "complainant-types",
    "procedure": "procedures",
}


class Codes:
    """The lists, read once. TaxonomyError at once when one of them cannot be used."""

    def __init__(self, folder: Path | None = None) -> None:
        self._lists = {name: taxonomy.load(name, folder) for name in taxonomy.LISTS}

    def list(self, name: str) -> taxonomy.CodeList:
        return self._lists[name]

    def acknowledgement_days(self, procedure: str | None) -> int | None:
        """Working days within which a complaint is acknowledged: of its procedure, else of the list's default; None: not known."""
        procedures = self._lists["procedures"]
        for code in filter(None, (procedure, procedures.default)):
            term = procedures.get(code)
            if term is not None and term.acknowledgement_days is not None:
                return term.acknowledgement_days
        return None

    def fault(self, field: str, code: str | None) -> str | None:
        """What is wrong with a code for something new, or None."""
        if code is None or code == UNKNOWN:
            return None
        found = self._lists[LISTS[field]].get(code)
        if found is None:
            return f"{code!r} is not a code of the list {LISTS[field]}"
        if found.retired:
            instead = f"; use {found.replaced_by!r}" if found.replaced_by else ""
            return f"{code!r} is no longer used{instead}"
        return None

    def unknown(self, list_name: str, code: str) -> str | None:
        """What is wrong with a code of history, where retired ones are as good: it was never in the list."""
        if code == UNKNOWN or code in self._lists[list_name].codes:
            return None
        return f"{code!r} is not a code of the list {list_name}"
