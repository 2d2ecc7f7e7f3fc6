"""The simulator as a child process: started, followed by its progress lines, ended by its handle."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path


class ChildEndedError(Exception):
    """A child process ended by itself; the message says which, and where it told why if not above, on standard error."""


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What the child is told: see `mainsight simulate --help`."""

    registry: Path
    broker_port: int
    since_ms: int
    interval_s: float
    faults: Path
    truth: Path

    def words(self) -> list[str]:
        """Command line of the child."""
        return [
            *("simulate", "--json", "--registry", str(self.registry), "--broker", f"127.0.0.1:{self.broker_port}"),
            *("--since-ms", str(self.since_ms), "--interval", str(self.interval_s)),
            *("--faults", str(self.faults), "--truth", str(self.truth)),
        ]


class SimulatorChild:
    """A running child."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take a started process whose standard output is a pipe."""
        self._process = process

    async def history(self, progress: Callable[[int, int], None]) -> int:
        """Follow the back-fill until the broker has all of it; the number of messages published.

        Raises:
            ChildEndedError: it ended before.

        """
        assert self._process.stdout is not None, "started with a pipe"
        published = 0
        async for line in self._process.stdout:
            said = json.loads(line)
            if said["phase"] == "live":
                return published
            published = said["done"]
            progress(said["done"], said["total"])
        raise ChildEndedError("the simulator ended while it published history")

    async def end(self) -> None:
        """Wait for it to end, which it should not do by itself.

        Raises:
            ChildEndedError: it has.

        """
        code = await self._process.wait()
        raise ChildEndedError(f"the simulator ended by itself with exit code {code}")


@contextlib.asynccontextmanager
async def simulator(options: SimulatorOptions) -> AsyncIterator[SimulatorChild]:
    """Start the child in a session of its own, so that Ctrl-C reaches us first; end it when the context ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mainsight.app", *options.words(), stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        yield SimulatorChild(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
