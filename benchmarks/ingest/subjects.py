"""What is measured: one run of one subject in this process, from connecting to the last acknowledgement."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import formats
import uvloop
from stores import STORES, duckdb_rows

from collector.configuration import load_routes
from collector.pipeline import Pipeline
from collector.service import Collector
from collector.session import codec
from collector.session.port import Session, SessionSettings
from collector.settings import CollectSettings, DecodeSettings
from mainsight.app.clock import now_ms
from mainsight.app.memory import calm_garbage_collector
from mainsight.core.readings import Reading
from mainsight.registry.reading import load_network
from mainsight.store.port import TimeSeriesStore
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState

REGISTRY = Path(__file__).parents[2] / "registry"
_FILTERS = ("mainsight/#", "spBv1.0/#", "wmbusmeters/#", "application/#")


@dataclass(frozen=True, slots=True)
class Subject:
    """A collector: what it hears, over which session, into which store."""

    format: str = "json"
    session: str = "codec"
    store: str = "duckdb"


COLLECTORS = {
    "codec": Subject(),
    "aiomqtt": Subject(session="aiomqtt"),
    "influx": Subject(store="influx"),
    "sparkplug": Subject("sparkplug"),
    "wmbusmeters": Subject("wmbusmeters"),
    "chirpstack": Subject("chirpstack"),
}
PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Result:
    """One run.

    Attributes:
        wall_s, cpu_s: of the process, all threads.
        rows: readings found in the store afterwards.
        commits: 0 where they are not counted.
        peak_mb: most memory the process held.

    """

    wall_s: float
    cpu_s: float
    rows: int
    commits: int
    peak_mb: float


def register(subject: str, host: str, port: int) -> None:
    """Have the broker keep a queue for the subject."""
    if subject == PLAIN:
        import plain  # noqa: PLC0415 - its libraries would be measured with every other subject

        asyncio.run(plain.register(host, port, subject))
    else:
        chosen = COLLECTORS.get(subject, Subject())
        uvloop.run(_open_and_close(chosen, asked(subject, host, port, _FILTERS if subject in COLLECTORS else _FILTERS[:1])))


def measure(subject: str, host: str, port: int, folder: Path, messages: int) -> Result:
    """Run a subject until it has stored a number of messages."""
    if subject == PLAIN:
        return _measure_plain(host, port, folder, messages)
    return uvloop.run(_measure_collector(COLLECTORS[subject], asked(subject, host, port), folder, messages))


def asked(client_id: str, host: str, port: int, filters: Sequence[str] = _FILTERS) -> SessionSettings:
    """What a subject asks of the broker."""
    return SessionSettings(host=host, port=port, client_id=client_id, filters=tuple(filters))


def pipeline() -> Pipeline:
    """Decoding as the sample registry has it, and what the formats leave open."""
    network = load_network(REGISTRY)
    return Pipeline(network, formats.aliases(network), load_routes(REGISTRY / "routes.yaml"), formats.RULES, DecodeSettings())


def peak_mb() -> float:
    """Most memory this process has held since it was started."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


async def make_state(folder: Path) -> None:
    """Bring the relational state up to date, as a process's first start does: Alembic stays in memory after it."""
    await (await SqlState.open(StoreSettings(state=folder / "state.sqlite"))).close()


async def _open_and_close(subject: Subject, settings: SessionSettings) -> None:
    async with _session(subject, settings):
        pass


def _session(subject: Subject, settings: SessionSettings) -> AbstractAsyncContextManager[Session]:
    if subject.session == "aiomqtt":
        from collector.session import aiomqtt  # noqa: PLC0415 - as the product does

        return aiomqtt.open_session(settings, clock=now_ms)
    return codec.open_session(settings, clock=now_ms)


async def _measure_collector(subject: Subject, settings: SessionSettings, folder: Path, messages: int) -> Result:
    done, left = asyncio.Event(), messages * len(formats.QUANTITIES)

    def count(batch: Sequence[Reading]) -> None:
        nonlocal left
        left -= len(batch)
        if left <= 0:
            done.set()

    async with STORES[subject.store](folder) as (store, store_settings, rows), prepared(store, store_settings) as make:
        with calm_garbage_collector():  # as the product does
            wall, cpu = time.perf_counter(), time.process_time()
            async with _session(subject, settings) as session, running(make(session, count)) as collector:
                await done.wait()
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return Result(wall, cpu, await rows(), collector.stats.commits, peak_mb())


Make = Callable[[Session, Callable[[Sequence[Reading]], None]], Collector]
"""A collector on a session, that tells of the readings it has stored."""


@asynccontextmanager
async def prepared(
    store: TimeSeriesStore, settings: StoreSettings, linger_s: float = CollectSettings().linger_ms / 1000
) -> AsyncIterator[Make]:
    """All that a collector needs but its session."""
    state, decoding = await SqlState.open(settings), pipeline()
    yield lambda session, publish: Collector(session, decoding, store, state, publish, now_ms, linger_s=linger_s)
    await state.close()


@asynccontextmanager
async def running(collector: Collector) -> AsyncIterator[Collector]:
    """A collector that runs meanwhile."""
    task = asyncio.create_task(collector.run(), name="collector")
    yield collector
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _measure_plain(host: str, port: int, folder: Path, messages: int) -> Result:
    import plain  # noqa: PLC0415 - see `register`

    file = folder / "plain.duckdb"
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(plain.run(host, port, PLAIN, str(file), messages))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Result(wall, cpu, duckdb_rows(file), 0, peak_mb())
