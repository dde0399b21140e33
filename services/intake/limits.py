"""How much anybody may send: the size of a request's body by path, and how often an address may hand something in."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.problems import Problem

KB, MB = 1024, 1024 * 1024
FILE_BYTES = 10 * MB
FORM_BYTES = 10 * FILE_BYTES + MB
DEFAULT_BYTES = MB

LIMITS: Sequence[tuple[re.Pattern[str], int]] = (
    (re.compile(r"^/api/v1/attachments$"), FILE_BYTES + 64 * KB),
    (re.compile(r"^/api/v1/import$"), 8 * MB),
    (re.compile(r"^/feedback$"), FORM_BYTES),
)


class BodyLimit:
    """Ends the reading of a body that is larger than its path allows, however it is sent, with 413.

    What is left of it is read and thrown away up to twice the limit: a browser that is still
    sending when the connection closes shows an error of its own and not our answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next((size for path, size in LIMITS if path.match(scope["path"])), DEFAULT_BYTES)
        declared = dict(scope["headers"]).get(b"content-length", b"")
        too_large = declared.isdigit() and int(declared) > limit
        size = 0

        async def limited() -> Message:
            nonlocal size, too_large
            message = await receive()
            while message["type"] == "http.request":
                size += len(message.get("body", b""))
                too_large = too_large or size > limit
                if not too_large:
                    return message
                ended = not message.get("more_body", False)
                if ended or size > 2 * limit:
                    detail = f"The request is larger than {_readable(limit)}."
                    raise HTTPException(413, detail, headers=None if ended else {"Connection": "close"})
                message = await receive()
            return message

        await self._app(scope, limited, send)


class Rate:
    """A token bucket for each address: `per_minute` at once, and as many again in each minute.

    It is this process's own, and bounded: what an instance lets through does not depend on another.
    """

    def __init__(
        self, per_minute: int, *, clock: Callable[[], float] = time.monotonic, addresses: int = 10_000
    ) -> None:
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


def _readable(size: int) -> str:
    return f"{size // MB} MB" if size >= MB else f"{size // KB} KB"
