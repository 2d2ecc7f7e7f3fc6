"""What processes of one role have in common."""

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

from collector.session.port import Session
from mainsight.app.parts import common
from mainsight.app.parts.common import Clock
from mainsight.app.settings import Settings
from mainsight.app.status import Herald
from mainsight.store.lock import RoleLock
from mainsight.store.port import StoreError


def refuse_embedded(settings: Settings, role: str) -> None:
    """Roles share a server.

    Raises:
        StoreError: the settings name the embedded store.

    """
    if settings.store.engine != "influxdb":
        raise StoreError(
            f"mainsight {role} is one process of several and needs a store for several: set store.engine to influxdb "
            "(MAINSIGHT__STORE__ENGINE=influxdb) and store.influx to your InfluxDB. The embedded store (duckdb) admits one process: "
            "`mainsight serve` runs everything in it"
        )


def alone(settings: Settings, role: str, stack: AsyncExitStack) -> None:
    """Hold the lock of a role until the stack ends.

    Raises:
        StoreUnavailableError: another process has the role.

    """
    settings.store.state.parent.mkdir(parents=True, exist_ok=True)
    stack.callback(RoleLock(settings.store.state, role).release)


async def open_own_session(settings: Settings, role: str, filters: tuple[str, ...], clock: Clock, stack: AsyncExitStack) -> Session:
    """A session for our own messages: under a name of its own, and nothing is kept for it while it is away."""
    own = settings.broker.to_session(client_id=f"mainsight-{role}-{secrets.token_hex(4)}", filters=filters, session_expiry_s=0)
    return await stack.enter_async_context(common.session(settings, own, clock))


async def together(herald: Herald, **running: Coroutine[Any, Any, None]) -> None:
    """Run until cancelled or one of them fails; then end the others, and have the last counts told."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for name, one in running.items():
                tasks.create_task(one, name=name)
            tasks.create_task(herald.run(), name="herald")
    finally:
        await herald.last_word()
