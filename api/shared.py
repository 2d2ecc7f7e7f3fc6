"""Answers that many ask for at once are made once: whoever comes while one is made, or within a moment after, gets the same."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel

_MOST = 1000


@dataclass(frozen=True, slots=True)
class _Made:
    body: asyncio.Future[bytes]
    until: float


class SharedAnswers:
    """Bodies by what was asked, each for a short time. Used from one event loop."""

    def __init__(self, keep_s: float) -> None:
        """Keep each this long from when it was begun; 0 makes every answer anew."""
        self._keep_s = keep_s
        self._made: dict[Hashable, _Made] = {}

    def forget(self) -> None:
        """Make everything anew: somebody has changed something, and wants to see it."""
        self._made.clear()

    async def get(self, asked: Hashable, make: Callable[[], Awaitable[BaseModel]]) -> Response:
        """The answer to what is asked; `asked` has to hold all it depends on, who may see what included."""
        clock = asyncio.get_running_loop().time
        kept = self._made.get(asked)
        if kept is None or (kept.body.done() and kept.until <= clock()):
            return _response(await self._make(asked, make, clock() + self._keep_s))
        return _response(await asyncio.shield(kept.body))

    async def _make(self, asked: Hashable, make: Callable[[], Awaitable[BaseModel]], until: float) -> bytes:
        if len(self._made) >= _MOST:
            self._made.clear()
        body: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._made[asked] = _Made(body, until)
        try:
            made = (await make()).model_dump_json().encode()
        except asyncio.CancelledError:
            self._made.pop(asked, None)
            body.cancel()
            raise
        except Exception as error:
            self._made.pop(asked, None)
            body.set_exception(error)
            body.exception()  # it is raised here too, so nobody else has to ask for it
            raise
        body.set_result(made)
        return made


def _response(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _of_application(request: Request) -> SharedAnswers:
    found: SharedAnswers = request.app.state.shared
    return found


Shared = Annotated[SharedAnswers, Depends(_of_application)]
