"""What a demo runs: all parts in this process, or each role in a child process. Both look the same from outside."""

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson
from pydantic import SecretStr

from api.schemas import status as shown
from mainsight.app import hearing
from mainsight.app.parts import common
from mainsight.app.parts.common import Clock
from mainsight.app.roles.process import open_own_session
from mainsight.app.settings import Settings
from mainsight.app.simulation import ChildEndedError
from mainsight.app.status import Board
from mainsight.app.supervision import run_parts
from mainsight.app.system import System, open_system
from mainsight.core.network import Network
from mainsight.store.port import TimeSeriesStore
from mainsight.store.state_port import StateStore

_ROLES = ("collect", "api", "forecast", "alarms")
_POLL_S = 0.1
_STOP_S = 20.0


class House(Protocol):
    """The parts, wherever they run, and the stores they stand on."""

    @property
    def store(self) -> TimeSeriesStore:
        """Where readings are."""
        ...

    @property
    def state(self) -> StateStore:
        """Where alarms and keys are."""
        ...

    @property
    def committed(self) -> int:
        """Messages whose readings are durable."""
        ...

    async def status(self) -> shown.Status:
        """Counts and conditions of every part; after `run` the last."""
        ...

    async def run(self, until: Awaitable[object], history: asyncio.Event) -> None:
        """See `mainsight.app.supervision.run_parts`."""
        ...


@dataclass(frozen=True, slots=True)
class OneProcess:
    """All parts in this process."""

    system: System
    taken: socket.socket

    @property
    def store(self) -> TimeSeriesStore:
        """See `House.store`."""
        return self.system.store

    @property
    def state(self) -> StateStore:
        """See `House.state`."""
        return self.system.state

    @property
    def committed(self) -> int:
        """See `House.committed`."""
        return self.system.collector.stats.committed

    async def status(self) -> shown.Status:
        """See `House.status`."""
        return await self.system.status()

    async def run(self, until: Awaitable[object], history: asyncio.Event) -> None:
        """See `House.run`."""
        await run_parts(self.system, self.taken, until, history)


@asynccontextmanager
async def one_process(settings: Settings, network: Network, clock: Clock, taken: socket.socket) -> AsyncIterator[OneProcess]:
    """Open a house of one process. Raises as `open_system` does."""
    async with open_system(settings, network, clock) as system:
        yield OneProcess(system, taken)


@dataclass(slots=True)
class RoleProcesses:
    """Each role in a child process; what they tell each other is listened to here."""

    store: TimeSeriesStore
    state: StateStore
    board: Board
    folder: Path
    started_ms: int
    _children: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    @property
    def committed(self) -> int:
        """See `House.committed`."""
        told = self.board.last("collect")
        return told.collector.committed if told and told.collector else 0

    async def status(self) -> shown.Status:
        """See `House.status`."""
        return self.board.status(await self.store.health(), self.started_ms, 0)

    async def start(self, *roles: str) -> None:
        """Start roles and wait until all have been heard of.

        Raises:
            ChildEndedError: one ended instead.

        """
        for role in roles:
            with self._log(role).open("wb") as log:
                words = ("-m", "mainsight.app", role, "--settings", str(self.folder / "settings.yaml"))
                self._children[role] = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *words,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=_without_settings(os.environ),
                    start_new_session=True,
                )
        while not all(self.board.last(role) for role in roles):
            self._check()
            await asyncio.sleep(_POLL_S)

    async def run(self, until: Awaitable[object], history: asyncio.Event) -> None:
        """See `House.run`."""
        async with asyncio.TaskGroup() as tasks:
            later = tasks.create_task(self._begin(history), name="forecast and alarms")
            watch = tasks.create_task(self._watch(), name="roles")
            try:
                await until
            finally:
                later.cancel()
                watch.cancel()
                await self.stop()

    async def stop(self) -> None:
        """End all children and wait for their last words; one that does not end in time is killed."""
        children, self._children = self._children, {}
        for child in children.values():
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        for child in children.values():
            try:
                async with asyncio.timeout(_STOP_S):
                    await child.wait()
            except TimeoutError:
                child.kill()
                await child.wait()

    async def _begin(self, history: asyncio.Event) -> None:
        await history.wait()
        await self.start("forecast", "alarms")

    async def _watch(self) -> None:
        while True:
            self._check()
            await asyncio.sleep(_POLL_S)

    def _check(self) -> None:
        for role, child in self._children.items():
            if child.returncode is not None:
                raise ChildEndedError(f"mainsight {role} ended by itself; {self._log(role)} says why")

    def _log(self, role: str) -> Path:
        return self.folder / f"{role}.log"


@asynccontextmanager
async def role_processes(settings: Settings, network: Network, clock: Clock, taken: socket.socket) -> AsyncIterator[RoleProcesses]:
    """Open a house of role processes: `collect` and `api` run when it is given, the others begin with `history`.

    Raises:
        StoreError, SessionError: stores or broker cannot be opened.
        ChildEndedError: a role could not start.

    """
    folder = settings.store.state.parent
    _write_settings(settings, folder / "settings.yaml")
    async with AsyncExitStack() as stack:
        store, state = await common.stores(settings, network, clock, stack)
        board = Board(_ROLES, clock)
        session = await open_own_session(settings, "demo", (hearing.STATUS,), clock, stack)
        ears = hearing.Hearing(session, readings=lambda _: None, gap=lambda: None, status=board.hear)
        listening = asyncio.create_task(ears.run(), name="hearing")
        stack.callback(listening.cancel)
        house = RoleProcesses(store, state, board, folder, clock())
        stack.push_async_callback(house.stop)
        taken.close()  # the API's process takes it
        await house.start("collect", "api")
        yield house


def _write_settings(settings: Settings, file: Path) -> None:
    """Write settings for children, secrets included: for this user's eyes alone."""
    file.touch(mode=0o600)
    file.write_bytes(orjson.dumps(settings.model_dump(), default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS))


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Variables without settings: those are in the file already, with what was chosen for this run, such as the API's port."""
    return {name: value for name, value in environ.items() if not name.startswith("MAINSIGHT__")}


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Path):
        return str(value.absolute())
    return list(value)
