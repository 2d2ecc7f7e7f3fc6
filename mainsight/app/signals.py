"""Runs a coroutine until it ends or the process is told to."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvloop

_T = TypeVar("_T")


def run_until_signal(main: Coroutine[Any, Any, _T]) -> _T | None:
    """Run a coroutine on uvloop; SIGINT and SIGTERM cancel it, and it gets to clean up. None when it was cancelled."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_cancelled_by_signals(main))


async def _cancelled_by_signals(main: Coroutine[Any, Any, _T]) -> _T | None:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(main)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        return None
