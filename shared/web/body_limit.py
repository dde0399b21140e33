"""How large the body of a request may be: FastAPI's `max_body_size`, with its refusals in our own form."""

from __future__ import annotations

from typing import Final

from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES: Final = 1024 * 1024
"""On every route that sets no `max_body_size` of its own."""


class CountedBody:
    """Lets the framework count a body, whatever length it declares, so that the refusal is ours: a problem document or a page.

    A declared length that is too large it refuses itself, in plain text, in place of what any handler of ours answers; when it
    has counted too many bytes it raises an HTTPException 413, which is handled like every other. What is left of a declared
    body the server reads and discards, so that a browser that is still sending sees the answer; a body without a declared length
    has no end, and its connection is closed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = scope["headers"]
        scope["headers"] = [(name, value) for name, value in given if name != b"content-length"]
        endless = len(scope["headers"]) == len(given)

        async def answer(message: Message) -> None:
            if endless and message["type"] == "http.response.start" and message["status"] == 413:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive, answer)


def too_large(scope: Scope) -> str:
    """Why a body was refused, in words: `The request is larger than 1 MB.`"""
    size: int = scope.get(MAX_BODY_SIZE_SCOPE_KEY, MAX_BODY_BYTES)
    readable = f"{size // 1024**2} MB" if size >= 1024**2 else f"{size // 1024} KB"
    return f"The request is larger than {readable}."
