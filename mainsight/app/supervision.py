"""Runs every part of a system in one task group, until it is told to end."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from mainsight.app.memory import calm_garbage_collector
from mainsight.app.system import System
from mainsight.app.web import serve


async def run_parts(system: System, taken: socket.socket, until: Awaitable[object], history: asyncio.Event) -> None:
    """Run all parts until `until` ends; then cancel them, upon which they store what they hold.

    Forecasts and alarms begin when `history` is set: a back-fill under way would be judged as news, and forecast from half
    of what there is.

    Raises:
        ExceptionGroup: a part failed; the others were ended.

    """
    with calm_garbage_collector():
        async with asyncio.TaskGroup() as tasks:
            parts = [
                tasks.create_task(system.collector.run(), name="collector"),
                tasks.create_task(system.pipeline.health.keep(system.state), name="health of devices"),
                tasks.create_task(system.decoding.attend(system.clock), name="asked of decoding"),
                tasks.create_task(system.metering.run(), name="metering"),
                tasks.create_task(system.retention.run(), name="retention"),
                tasks.create_task(system.editing.attend(), name="asked of metering"),
                tasks.create_task(system.questions.attend(), name="asked of forecasts"),
                tasks.create_task(_after(history, system.forecasts.run), name="forecasts"),
                tasks.create_task(_after(history, system.alarms.run), name="alarms"),
                tasks.create_task(system.feed.run(), name="feed"),
                tasks.create_task(system.live.run(), name="live"),
                tasks.create_task(serve(system.web, taken, system.settings.api), name="web"),
            ]
            if system.weather is not None:
                parts.append(tasks.create_task(system.weather.run(), name="weather"))
            if system.sparkplug is not None:
                parts.append(tasks.create_task(system.sparkplug.run(), name="sparkplug host"))
            if system.keeper is not None:
                parts.append(tasks.create_task(system.keeper.run(), name="keeper of backups"))
            try:
                await until
            finally:
                for part in parts:
                    part.cancel()


async def _after(event: asyncio.Event, run: Callable[[], Awaitable[None]]) -> None:
    await event.wait()
    await run()
