"""How much anybody may send: the size of a body where it may be large, and how often an address may send something."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from fastapi import Request

from services.intake.submissions import ATTACHMENTS_LIMIT, FILE_BYTES, MB
from shared.web.problems import Problem

UPLOAD_BYTES: Final = FILE_BYTES + MB // 16
IMPORT_BYTES: Final = 8 * MB
FORM_BYTES: Final = ATTACHMENTS_LIMIT * FILE_BYTES + MB
"""Of the whole body, with what a multipart form adds to its files. Other routes have the limit of every service."""


class Rate:
    """A token bucket for each address: `per_minute` at once, and as many again in each minute.

    It is this process's own, and bounded: what an instance allows does not depend on another.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic, addresses: int = 10_000) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._addresses = addresses
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str) -> float:
        """0 when the address may go on, and then it has; else the seconds until it may."""
        if self._per_minute == 0:
            return 0.0
        moment = self._clock()
        left, since = self._buckets.pop(address, (float(self._per_minute), moment))
        left = min(float(self._per_minute), left + (moment - since) * self._per_minute / 60)
        allowed = left >= 1
        self._buckets[address] = (left - 1 if allowed else left, moment)
        if len(self._buckets) > self._addresses:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) * 60 / self._per_minute

    def check(self, request: Request) -> None:
        """Raises: Problem 429, with Retry-After."""
        wait = self.wait(request.client.host if request.client else "")
        if wait:
            raise Problem(
                429,
                "too-many",
                "Too much has been sent from this address in a short time. Wait a little and send it again.",
                headers={"Retry-After": str(int(wait) + 1)},
            )
