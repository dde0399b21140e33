"""What happens to one case and concerns another: the other case reacts.

The request tries it at once, and the follower of `cases` does it where that failed: two documents cannot be written in one go, and
nothing is lost between them. Whoever comes second finds the event applied already.
"""

from __future__ import annotations

from uuid import UUID

from services.workflow.case.commands import ReactToCase
from services.workflow.case.model import Case
from services.workflow.change import Stored
from services.workflow.executor import RELATED, Executor
from services.workflow.store import Cases
from shared.errors import NotFound
from shared.events.cases import CaseEvent, MessageAdded, MilestoneReached, RelatedStep
from shared.events.outgoing import Cause


class RelatedCases:
    def __init__(self, cases: Cases, executor: Executor) -> None:
        self._cases = cases
        self._executor = executor

    async def react(self, event: CaseEvent, event_id: UUID, correlation_id: str) -> None:
        """Let the other case react to an event that concerns it. Idempotent.

        Raises:
            NotFound: the case of the event is not there.
            Busy: the other case kept changing.
        """
        target = _other(event, await self._origin(event))
        if target is None:
            return

        async def command(_: Stored | None) -> ReactToCase:
            # The two are compared as they stand, so that each try needs the first one as it is by then.
            return ReactToCase(event, event_id, await self._origin(event))

        await self._executor.execute(str(target), command, Cause(correlation_id, str(event_id)), RELATED)

    async def _origin(self, event: CaseEvent) -> Case:
        stored = await self._cases.load(event.case_id)
        if stored is None:
            raise NotFound("no-such-case", f"There is no case {event.case_id}.")
        return stored.case


def _other(event: CaseEvent, origin: Case) -> UUID | None:
    """The case that an event concerns."""
    if isinstance(event, RelatedStep):
        return event.other
    if isinstance(event, MilestoneReached):
        return event.linked_case
    if isinstance(event, MessageAdded):
        return next((r.case_id for r in origin.related("merged-into")), None)
    return None
