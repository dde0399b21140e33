"""The one place that changes cases: it loads, decides, saves, decides anew after a lost race, and wakes the relay."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.workflow.case.commands import Command
from services.workflow.case.decide import decide
from services.workflow.change import Change, Stored, change
from services.workflow.store import Cases
from shared.clock import now
from shared.events.outgoing import Cause
from shared.store.executor import AggregateExecutor, Points

HANDLED: Final = Points("workflow.handled-before-save", "workflow.after-save")
RELATED: Final = Points("workflow.related-before-save", "workflow.related-after-save")
"""Failpoints of what follows from an event of another case."""

Prepare = Callable[[Stored | None], Awaitable[Command]]
"""Makes the command for the case as it stands; None of one that is not there. It is called anew at each try."""


@dataclass(frozen=True)
class Order:
    """A command to a case, and what it follows from."""

    case_id: UUID
    command: Command
    cause: Cause


class Executor(AggregateExecutor[Stored, Change]):
    """`wake_relay` is called after a write."""

    def __init__(self, cases: Cases, wake_relay: Callable[[], None]) -> None:
        super().__init__(cases, wake_relay, HANDLED)
        self._cases = cases

    async def execute(self, key: str, command: Command | Prepare, cause: Cause, points: Points = HANDLED) -> Change | None:
        """Execute a command on the case of this id or reference; None when it leads to nothing.

        Raises:
            CaseError, NoRulebook, NotFound: as `decide`, and what `command` raises where it is a function.
            Busy: the case kept changing.
        """

        async def decided(stored: Stored | None) -> Change | None:
            ready = command if isinstance(command, Command) else await command(stored)
            return self._decide(stored, ready, cause, now())

        return await self._until_saved(key, decided, points)

    async def execute_loaded(self, stored: Stored, command: Command, at: datetime) -> Change | None:
        """Execute a command on a case that was loaded before, at `at` (UTC), in one write to the version that was loaded.

        Without events the write works out anew the fields the case is found by. None when somebody else was first: any number of
        instances may do the same, and one of them does it.
        """
        made = self._decide(stored, command, Cause(uuid.uuid4().hex), at) or Change(stored)
        return made if await self._save(made) else None

    async def execute_many(self, orders: Sequence[Order]) -> list[Exception | None]:
        """Execute commands: new cases land in one write, known ones in one each, several commands to a case in their order.

        For each order in turn why it could not be executed, None where it was. Such an order holds up no other.
        """
        failures: list[Exception | None] = [None] * len(orders)
        by_case: dict[UUID, list[int]] = {}
        for number, order in enumerate(orders):
            by_case.setdefault(order.case_id, []).append(number)

        async def decided(case_id: UUID, stored: Stored | None) -> Change | None:
            all_: Change | None = None
            at = now()
            for number in by_case[case_id]:
                order = orders[number]
                try:
                    made = self._decide(all_.after if all_ else stored, order.command, order.cause, at)
                except Exception as error:
                    failures[number] = error
                    continue
                failures[number] = None
                if made is not None:
                    all_ = all_.then(made) if all_ else made
            return all_

        await self._save_many(by_case, decided)
        return failures

    def _decide(self, stored: Stored | None, command: Command, cause: Cause, at: datetime) -> Change | None:
        case = stored.case if stored else None
        events = decide(case, command, self._cases.rulebooks, at, self._cases.register)
        return change(stored, events, at, cause) if events else None
