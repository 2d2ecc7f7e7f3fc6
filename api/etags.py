"""ETags: who has an answer already is told so in 304 instead of being sent it again.

A plain ASGI layer below compression. What is streamed passes through. The instant at which an answer was made (`now_ms`) does
not make it another answer, so tags are weak.
"""

import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MADE_AT = re.compile(rb'"now_ms":\d+')
_DROPPED = ("content-length", "content-type")


class ETags:
    """Tags answers to GET below a path, and answers 304 to who holds them."""

    def __init__(self, app: ASGIApp, below: str) -> None:
        """Wrap an application."""
        self._app = app
        self._below = below

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(self._below):
            await self._app(scope, receive, _Tagging(Headers(scope=scope).get("if-none-match", ""), send))
        else:
            await self._app(scope, receive, send)


class _Tagging:
    """Holds the start of one answer back until its body is there."""

    def __init__(self, held: str, send: Send) -> None:
        self._held = {one.strip().removeprefix("W/") for one in held.split(",") if one.strip()}
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        start, self._start = self._start, None
        if start is None:
            await self._send(message)
            return
        headers = MutableHeaders(scope=start)
        headers.setdefault("Cache-Control", "private, no-cache")
        whole = not message.get("more_body", False) and start["status"] == 200
        if whole and headers["Cache-Control"] != "no-store":
            tag = f'"{hashlib.blake2b(_MADE_AT.sub(b"", message["body"]), digest_size=16).hexdigest()}"'
            headers["ETag"] = f"W/{tag}"
            if tag in self._held or "*" in self._held:
                for name in _DROPPED:
                    del headers[name]
                start, message = {**start, "status": 304}, {**message, "body": b""}
        await self._send(start)
        await self._send(message)
