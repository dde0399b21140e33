"""Why the contracts could not be generated."""

from __future__ import annotations


class ContractError(RuntimeError):
    """A service is missing or could not be built, or an event belongs to no topic."""
