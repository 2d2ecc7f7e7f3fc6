"""Live values and changed alarms as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from api.access.door import Door
from api.auth import Viewer, door
from api.live import LiveStream
from api.problems import RESPONSES

router = APIRouter(tags=["live"], responses=RESPONSES)
CHECK_S = 60.0
"""How often it is looked whether who listens may still do so."""


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events `live` (loads that changed) and `alarms`"}},
)
async def stream(request: Request, at: Annotated[Door, Depends(door)], who: Viewer) -> StreamingResponse:
    """Everything once, then what changes, once a second; ends within a minute of the right to it."""
    live: LiveStream = request.app.state.live
    return StreamingResponse(
        while_allowed(live.events(who.zones), lambda: at.still(request, who), asyncio.get_running_loop().time),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def while_allowed(
    events: AsyncGenerator[bytes, None], allowed: Callable[[], Awaitable[bool]], clock: Callable[[], float]
) -> AsyncIterator[bytes]:
    """Pass events on until they end or are no longer allowed; `clock` gives seconds that only run forward."""
    due = clock() + CHECK_S
    async with aclosing(events):
        async for event in events:
            if clock() >= due:
                if not await allowed():
                    return
                due = clock() + CHECK_S
            yield event
