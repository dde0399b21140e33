"""What a report is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from services.reporting.annual.families import family, request_families


@dataclass(frozen=True)
class Asked:
    """A financial year with the one before it, of these procedures. `name` is the procedure or the part of the report that was
    named; None: the whole council."""

    year: str
    previous: str
    procedures: tuple[str, ...]
    name: str | None = None

    @property
    def years(self) -> tuple[str, str]:
        return self.year, self.previous

    @property
    def whole_council(self) -> bool:
        return self.name is None

    @cached_property
    def families(self) -> frozenset[str]:
        """The parts of the report that the procedures belong to."""
        return frozenset(map(family, self.procedures))

    @cached_property
    def only_requests(self) -> bool:
        """Whether all are of parts whose cases are requests or letters, which then come before complaints."""
        return bool(self.families) and self.families <= {term.code for term in request_families()}
