"""Waiting for a child process to be of use, without waiting on one that has ended."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from deploy.local.errors import DidNotStartError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.local.child import Child


async def until(
    check: Callable[[], Awaitable[bool]], *, what: Child, within: float, every: float = 0.1
) -> None:
    """Call `check` until it is true.

    Raises:
        DidNotStartError: the child ended, or `within` seconds passed.
    """
    deadline = time.monotonic() + within
    # A client that is refused while the server starts is what is expected here, not an error to print.
    client_log = logging.getLogger("aiokafka")
    level = client_log.level
    client_log.setLevel(logging.CRITICAL)
    try:
        while True:
            what.check()
            if await check():
                return
            if time.monotonic() > deadline:
                raise DidNotStartError(f"{what.name} was not ready within {within:g} s; see {what.log}")
            await asyncio.sleep(every)
    finally:
        client_log.setLevel(level)
