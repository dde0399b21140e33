"""What writes to cases of its own accord: the timers, and the re-planning of deadlines."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime

from services.workflow.change import Change, Stored, change
from services.workflow.store import Cases
from shared import failpoints
from shared.clock import now
from shared.events.cases import CaseEvent
from shared.events.outgoing import Cause


class Writing:
    """Each case is one write to the version it was read at, so that any number of instances may do the same.

    Args:
        cases: where cases are read and written.
        told: called after a write that left events to publish.
        clock: the present instant, UTC.
        batch: how many cases are read at once.
    """

    def __init__(
        self,
        cases: Cases,
        *,
        wake_relay: Callable[[], None] = lambda: None,
        clock: Callable[[], datetime] = now,
        batch: int = 200,
    ) -> None:
        self._cases = cases
        self._wake_relay = wake_relay
        self._clock = clock
        self._batch = batch

    async def _write(self, stored: Stored, events: Sequence[CaseEvent], at: datetime) -> bool:
        """Whether this instance wrote them. Without events the write sets anew what the case is found and counted by."""
        made = change(stored, events, at, Cause(uuid.uuid4().hex)) if events else Change(stored)
        failpoints.hit("workflow.handled-before-save")
        if not await self._cases.save(made):
            return False
        failpoints.hit("workflow.after-save")
        if events:
            self._wake_relay()
        return True
