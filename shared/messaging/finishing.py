"""What must not be left half done when a service is stopped in the middle of it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def finishing(work: Coroutine[Any, Any, T], *, within: float = 6.0) -> T:
    """Await `work`. When cancelled meanwhile, let it end first, for at most `within` seconds, and then pass that on.

    The driver's thread goes on with an operation nobody waits for, and the broker's client loses a connection that is
    being made: what undoes them would come too early.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait([task], timeout=within)
        if not task.done():
            task.cancel()
        elif not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it as forgotten
        raise
