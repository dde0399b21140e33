"""Work that a service runs for as long as it runs itself, and whether it keeps failing."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from shared.store import StoreUnavailable
from shared.telemetry.logs import get

log = get(__name__)

SETTLED_SECONDS: Final = 30.0
"""Work that has run for so long is no longer failing."""


class _Ended(Exception):
    """Background work, which is to run for as long as the service, has ended."""


@dataclass
class Background:
    """Work that is run again whenever it ends or fails, and since when it has kept failing, if it has."""

    name: str
    work: Callable[[], Awaitable[None]]
    clock: Callable[[], float] = time.monotonic
    _since: float | None = None
    _started: float = 0.0

    @property
    def failing_since(self) -> float | None:
        """Since when it has kept failing, by the monotonic clock; None once it has run for a while."""
        return None if self._settled() else self._since

    async def run(self) -> None:
        """Run it once. Returns when it had run for a while.

        Raises:
            _Ended: it ended early.
            Exception: what it failed with early.
        """
        self._started = self.clock()
        try:
            await self.work()
            raise _Ended(self.name)
        except Exception as error:
            if not self._settled():
                raise
            self._since = None
            self.failed(error)

    def failed(self, error: Exception) -> None:
        """Log why it runs again, and note that it fails unless it only waits for the store."""
        match error:
            case _Ended():
                log.warning("background work ended; starting it again", work=self.name)
            case StoreUnavailable():
                log.warning("background work waits for the store", work=self.name, error=str(error)[:200])
            case _:
                self._since = self._since or self.clock()
                log.error("background work failed; starting it again", work=self.name, exc_info=error)

    def _settled(self) -> bool:
        return self.clock() - self._started > SETTLED_SECONDS
