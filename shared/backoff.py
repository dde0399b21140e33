"""Trying again with growing pauses and jitter: the one place where a pause is worked out."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable
from typing import Protocol

import stamina

# Its own hooks log the text of an exception, which may quote what a person wrote, and count in a registry that nobody reads.
stamina.instrumentation.set_on_retry_hooks(())

Errors = type[Exception] | tuple[type[Exception], ...]


class Attempts(AsyncIterable[stamina.Attempt], Iterable[stamina.Attempt], Protocol):
    """`for attempt in ...: with attempt: ...`, or the same with `async for`."""


def retrying(
    on: Errors,
    *,
    first: float,
    longest: float,
    but: Errors = (),
    attempts: int | None = None,
    within: float | None = None,
    notice: Callable[[Exception], None] | None = None,
) -> Attempts:
    """Attempts at a block until it ends without one of the errors; whatever else it raises is raised at once.

    A cancellation is never an error to try again after. Pauses double from `first` to `longest`, with up to `first` of jitter.

    Args:
        on: the errors after which it is tried again.
        first: the first pause, seconds.
        longest: the longest pause, seconds.
        but: errors among `on` that end it all the same.
        attempts: how many in all; None for no limit.
        within: seconds after whose passing the next error is raised; None for no limit.
        notice: called with each such error, to log it.

    Raises:
        The last error, when there are no attempts or no time left.
    """

    def again(error: Exception) -> bool:
        if not isinstance(error, on) or isinstance(error, but):
            return False
        if notice is not None:
            notice(error)
        return True

    return stamina.retry_context(
        on=again, attempts=attempts, timeout=within, wait_initial=first, wait_max=longest, wait_jitter=first
    )
