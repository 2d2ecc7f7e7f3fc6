"""Many targets on some workers: a bounded number at a time, so that a thousand histories are never in memory together.

Progress, cancellation and resume are the same everywhere: whatever is done is kept at once by whoever gave the work, and
whoever begins again passes over what has been kept.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from forecast.chain import Outcome
from forecast.executor import Workers
from forecast.known import Known
from forecast.worker import forecast

T = TypeVar("T")


async def in_lanes(items: Iterable[T], work: Callable[[T], Awaitable[None]], lanes: int) -> None:
    """Work on items in their order, at most `lanes` at a time; cancelling it leaves what has not begun.

    Raises:
        Exception: the first that `work` raises; the other lanes are ended.

    """
    waiting = iter(items)

    async def lane() -> None:
        for item in waiting:
            await work(item)

    try:
        async with asyncio.TaskGroup() as tasks:
            for number in range(lanes):
                tasks.create_task(lane(), name=f"lane {number}")
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors


async def fit(workers: Workers, model: str, known: Known, horizon: int) -> Outcome:
    """Forecast on a worker.

    Raises:
        CannotForecastError: nothing can be said at all.
        BrokenExecutor: the workers died.

    """
    return await asyncio.wrap_future(workers.submit(forecast, model, known, horizon))
