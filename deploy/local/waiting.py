"""Waiting for a child process to be of use, without waiting on one that has ended."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from deploy.local.errors import DidNotStartError
from deploy.local.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from deploy.local.child import Child


async def until(check: Callable[[], Awaitable[bool]], *, what: Child, within: float, every: float = 0.1) -> None:
    """Call `check` until it is true.

    Raises:
        DidNotStartError: the child ended, or `within` seconds passed.
    """
    deadline = time.monotonic() + within
    while True:
        what.check()
        if await check():
            return
        if time.monotonic() > deadline:
            raise DidNotStartError(f"{what.name} was not ready within {within:g} s; see {what.log}")
        await asyncio.sleep(every)


async def listens(port: int) -> bool:
    """Whether anybody accepts connections on the port of this machine."""
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
