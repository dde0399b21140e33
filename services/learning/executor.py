"""The one place that changes decisions: it loads, decides, saves, decides anew after a lost race, and wakes the relay."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.learning.change import Change, Stored, outgoing
from services.learning.decision.decide import Command, Lists, decide
from services.learning.decision.follow import follow
from services.learning.decision.model import Decision, fold
from services.learning.store import Decisions, requested_decision
from shared.calendar.london import london_date
from shared.clock import now
from shared.events.cases import CaseEvent
from shared.events.outgoing import Cause, Outgoing
from shared.events.sealed import Sealed
from shared.store.executor import AggregateExecutor, Points

POINTS: Final = Points("learning.before-save", "learning.after-save")


@dataclass(frozen=True)
class Step:
    """What `by` decides; `sealed` is what they wrote with it."""

    command: Command
    by: str
    sealed: Sealed | None


Prepare = Callable[[Decision], Awaitable[Step]]
"""Makes the step for a decision as it stands. It is called anew at each try."""


@dataclass(frozen=True)
class Followed:
    """An event of a case, and the London day on which it happened."""

    event: CaseEvent
    on: date
    cause: Cause


class Executor(AggregateExecutor[Stored, Change]):
    """`lists` are the codes that staff may choose; `wake_relay` is called after a write."""

    def __init__(self, decisions: Decisions, lists: Lists, wake_relay: Callable[[], None]) -> None:
        super().__init__(decisions, wake_relay, POINTS)
        self._lists = lists

    async def execute(self, key: str, prepare: Prepare, correlation: str) -> Decision:
        """Take a step on the decision on the case of this id or reference.

        Raises:
            NotFound: no decision is asked for there.
            NotPermitted: as `decide`, and what `prepare` raises.
            Busy: the decision kept changing.
        """

        async def decided(stored: Stored | None) -> Change:
            stored = requested_decision(stored)
            before = stored.decision
            step = await prepare(before)
            at = now()
            events = decide(before, step.command, self._lists, by=step.by, on=london_date(at), sealed=step.sealed)
            sent = outgoing(events, Cause(correlation, time=at), at)
            return Change(fold(before, events), stored.revision, sent)

        change = await self._until_saved(key, decided)
        assert change is not None, "a step that is taken is an event"
        return change.after

    async def follow_many(self, events: Sequence[Followed]) -> list[Exception | None]:
        """Follow case events: decisions of cases not known before land in one write, known ones in one each.

        For each event in turn why it could not be followed, None where it was. Such an event holds up no other.
        """
        failures: list[Exception | None] = [None] * len(events)
        by_case: dict[UUID, list[int]] = {}
        for number, followed in enumerate(events):
            by_case.setdefault(followed.event.case_id, []).append(number)

        async def decided(case_id: UUID, stored: Stored | None) -> Change | None:
            decision = stored.decision if stored else None
            sent: list[Outgoing] = []
            for number in by_case[case_id]:
                followed = events[number]
                try:
                    decision, lessons = follow(decision, followed.event, followed.on)
                except Exception as error:
                    failures[number] = error
                    continue
                failures[number] = None
                sent += outgoing(lessons, followed.cause, now())
            if decision is None or (stored is not None and _unchanged(stored.decision, decision)):
                return None
            return Change(decision, stored.revision if stored else None, tuple(sent))

        await self._save_many(by_case, decided)
        return failures


def _unchanged(before: Decision, after: Decision) -> bool:
    """Nothing but the case's version moved. Following such an event again changes nothing, so it needs no write."""
    seen = after.case.model_copy(update={"version": before.case.version})
    return after.model_copy(update={"case": seen}) == before
