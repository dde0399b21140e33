"""Every step of a case, with its reporting facts before and after."""

from __future__ import annotations

from uuid import UUID

from shared.events.envelope import Event
from shared.events.facts import CaseFacts


class CaseEvent(Event):
    """Base of all case events. `version` counts the case's events from 1; `before` is None only for the first."""

    case_id: UUID
    reference: str
    version: int
    before: CaseFacts | None = None
    after: CaseFacts
