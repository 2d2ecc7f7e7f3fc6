"""Asking another process through the relational state, and attending to what is asked.

A request is durable before anyone waits for it, and it is answered once: so it is done though the one who is asked was
away, and not done twice though he died in between.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from mainsight.store.port import StoreError
from mainsight.store.request_port import Answer, Request, RequestState

_log = logging.getLogger(__name__)
_POLL_S = 0.1
_ATTEND_S = 0.25


class NotAnsweredError(Exception):
    """The request is kept, and nobody has answered it yet."""


async def answer_of(state: RequestState, request: Request, wait_s: float) -> Answer:
    """Keep a request and wait for its answer.

    Raises:
        NotAnsweredError: there is none in time; it is still going to be done.
        StoreUnavailableError: it could not be kept.

    """
    one = await state.ask(request)
    deadline = asyncio.get_running_loop().time() + wait_s
    while asyncio.get_running_loop().time() < deadline:
        answer = await state.answer_to(one)
        if answer is not None:
            return answer
        await asyncio.sleep(_POLL_S)
    raise NotAnsweredError(
        f"noted as number {one}, but not done yet: `mainsight {request.role}` has not answered for {wait_s:g} s; "
        "it does it as soon as it runs again"
    )


async def attend(state: RequestState, role: str, carry_out: Callable[[Request], Awaitable[None]]) -> None:
    """Carry out requests to a role, in the order in which they were asked, until cancelled. `carry_out` answers them."""
    while True:
        try:
            for request in await state.open_requests(role):
                await carry_out(request)
        except StoreError as error:
            _log.warning("requests wait: %s", error)
        await asyncio.sleep(_ATTEND_S)
