"""Changing aggregates that others change at the same time: load, decide, save, and decide anew where somebody else was first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Final, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from shared import failpoints
from shared.errors import Busy

_TRIES: Final = 20

S = TypeVar("S")
"""An aggregate as it is stored."""
C = TypeVar("C")
"""What one decision writes to it."""
W = TypeVar("W", contravariant=True)


class Aggregates(Protocol[S, W]):
    """Where aggregates are kept."""

    async def find(self, key: str) -> S | None:
        """By id or reference."""

    async def load_many(self, ids: Collection[UUID], /) -> dict[UUID, S]:
        """Those that are there."""

    async def save(self, change: W, /) -> bool:
        """Write to the version that was decided on; False when somebody else was first, and nothing is written."""

    async def save_many(self, changes: Sequence[W], /) -> set[UUID]:
        """`save` of each, in few writes; the ids at which somebody else was first."""


class Points(NamedTuple):
    """The failpoints around a save."""

    before: str
    after: str


class AggregateExecutor(Generic[S, C]):
    """Base of a service's executor.

    Args:
        aggregates: where they are read and written.
        wake_relay: called after a write, which may have left events to publish.
        points: where a test kills the process, unless a call names others.
    """

    def __init__(self, aggregates: Aggregates[S, C], wake_relay: Callable[[], None], points: Points) -> None:
        self._aggregates = aggregates
        self._wake_relay = wake_relay
        self._points = points

    async def _until_saved(
        self, key: str, decide: Callable[[S | None], Awaitable[C | None]], points: Points | None = None
    ) -> C | None:
        """Save what is decided on the aggregate as it stands; None when nothing was decided.

        Raises:
            Busy: at each of many tries somebody else was first.
        """
        for _ in range(_TRIES):
            change = await decide(await self._aggregates.find(key))
            if change is None or await self._save(change, points):
                return change
        raise Busy("The case keeps changing; try again.")

    async def _save(self, change: C, points: Points | None = None) -> bool:
        """One try. False when somebody else was first, and nothing is written."""
        before, after = points or self._points
        failpoints.hit(before)
        if not await self._aggregates.save(change):
            return False
        failpoints.hit(after)
        self._wake_relay()
        return True

    async def _save_many(self, ids: Collection[UUID], decide: Callable[[UUID, S | None], Awaitable[C | None]]) -> None:
        """Save what is decided on each aggregate, in few writes; those at which somebody else was first one by one."""
        stored = await self._aggregates.load_many(ids)
        changes: list[C] = []
        for key in ids:
            if (change := await decide(key, stored.get(key))) is not None:
                changes.append(change)
            # A batch of imported history is seconds of work: heartbeats and requests come in between.
            await asyncio.sleep(0)
        if not changes:
            return
        failpoints.hit(self._points.before)
        again = await self._aggregates.save_many(changes)
        failpoints.hit(self._points.after)
        for key in again:
            await self._until_saved(str(key), partial(decide, key))
        self._wake_relay()
