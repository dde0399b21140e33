"""Codes that come in from outside, held against the council's lists."""

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
