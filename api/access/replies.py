"""Idempotency keys: a changing request that is sent again gets the answer of the first, and is not carried out again.

The key is claimed, durably, before the route runs (in `api.auth`); a layer around the application keeps the answer before it is
sent. What came to nothing is forgotten, so that it may be tried again. A request whose process died half-way stays claimed: whether
it was carried out is not known, and the caller is told to look.
"""

import hashlib
import re
from dataclasses import replace

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.callers import Caller
from api.problems import Problem
from mainsight.core.zonetime import HOUR_MS
from mainsight.store.people_port import Reply, ReplyState

HEADER = "Idempotency-Key"
_POINTER = "header/idempotency-key"
_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_KEPT_MS = 24 * HOUR_MS
_CLAIMED = "mainsight.reply"


class RepeatedError(Exception):
    """A request that was answered before, with that answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.key)
        self.reply = reply


async def claim(request: Request, state: ReplyState, who: Caller, now_ms: int) -> None:
    """Claim the request's idempotency key, if it came with one.

    Raises:
        RepeatedError: it was answered before.
        Problem: 409 while it is under way or when its answer is not to be had; 422 for a key used for another request.

    """
    key = request.headers.get(HEADER)
    if key is None:
        return
    if _KEY.fullmatch(key) is None:
        raise Problem(422, "an idempotency key is 1 to 128 visible characters", _POINTER)
    told = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    asked = Reply(f"{who.by}:{who.ident}", key, hashlib.sha256(told).hexdigest(), now_ms)
    kept = await state.claim_reply(asked, now_ms - _KEPT_MS)
    if kept is None:
        request.scope[_CLAIMED] = asked
        return
    if kept.fingerprint != asked.fingerprint:
        raise Problem(422, "this idempotency key was used for another request", _POINTER)
    if kept.status is None:
        raise Problem(409, "this request is under way, or was cut off: look whether it was carried out before you send it anew", _POINTER)
    if kept.headers.get("cache-control") == "no-store":
        raise Problem(409, "this request was carried out; its answer held a secret and is not shown again", _POINTER)
    raise RepeatedError(kept)


def repeated(_: Request, error: Exception) -> Response:
    """Answer as before."""
    assert isinstance(error, RepeatedError)
    kept = error.reply
    assert kept.status is not None
    return Response(kept.body, kept.status, {**kept.headers, "Idempotency-Replayed": "true"})


class KeptReplies:
    """Keeps the answers of claimed requests before they are sent."""

    def __init__(self, app: ASGIApp, state: ReplyState) -> None:
        """Wrap an application."""
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or HEADER not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        try:
            await self._app(scope, receive, hold)
        finally:
            await self._keep(scope.get(_CLAIMED), held)
        for message in held:
            await send(message)

    async def _keep(self, claimed: Reply | None, held: list[Message]) -> None:
        if claimed is None:
            return
        if not held or held[0]["status"] >= 400:
            await self._state.drop_reply(claimed.holder, claimed.key)
            return
        headers = Headers(raw=held[0]["headers"])
        secret = headers.get("cache-control") == "no-store"
        body = b"" if secret else b"".join(message.get("body", b"") for message in held[1:])
        kept = {name: headers[name] for name in ("content-type", "cache-control") if name in headers}
        await self._state.save_reply(replace(claimed, status=held[0]["status"], headers=kept, body=body))
