"""What is measured: one run of one subject in this process, from connecting to the last acknowledgement."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import plain
import uvloop
from stores import duckdb_rows, duckdb_store, influx_store

from collector.configuration import load_mappings, load_routes
from collector.pipeline import Pipeline
from collector.service import Collector
from collector.session import aiomqtt, codec
from collector.session.port import SessionSettings
from collector.settings import DecodeSettings
from mainsight.app.clock import now_ms
from mainsight.app.memory import calm_garbage_collector
from mainsight.core.readings import Reading
from mainsight.registry.reading import load_network
from mainsight.store.sql import SqlState

REGISTRY = Path(__file__).parents[2] / "registry"
SESSIONS = {"codec": codec.open_session, "aiomqtt": aiomqtt.open_session, "influx": codec.open_session}
STORES = {"codec": duckdb_store, "aiomqtt": duckdb_store, "influx": influx_store}
SUBJECTS = (*SESSIONS, "plain")
_READINGS_A_MESSAGE = 4


@dataclass(frozen=True, slots=True)
class Result:
    """One run: wall and CPU seconds of the process (all threads), rows found in the file afterwards, commits (0: not counted)."""

    wall_s: float
    cpu_s: float
    rows: int
    commits: int = 0


def register(subject: str, host: str, port: int) -> None:
    """Have the broker keep a queue for the subject."""
    if subject == "plain":
        asyncio.run(plain.register(host, port, subject))
    else:
        uvloop.run(_open_and_close(subject, host, port))


def measure(subject: str, host: str, port: int, folder: Path, messages: int) -> Result:
    """Run a subject until it has stored a number of messages."""
    if subject == "plain":
        return _measure_plain(host, port, folder, messages)
    return uvloop.run(_measure_collector(subject, host, port, folder, messages))


def _session_settings(subject: str, host: str, port: int) -> SessionSettings:
    return SessionSettings(host=host, port=port, client_id=subject, filters=("mainsight/#",))


async def _open_and_close(subject: str, host: str, port: int) -> None:
    async with SESSIONS[subject](_session_settings(subject, host, port), clock=now_ms):
        pass


async def _measure_collector(subject: str, host: str, port: int, folder: Path, messages: int) -> Result:
    network = load_network(REGISTRY)
    routes, mappings = load_routes(REGISTRY / "routes.yaml"), load_mappings(REGISTRY / "mappings.yaml")
    pipeline = Pipeline(network, {}, routes, mappings, DecodeSettings())
    done, left = asyncio.Event(), messages * _READINGS_A_MESSAGE

    def count(batch: Sequence[Reading]) -> None:
        nonlocal left
        left -= len(batch)
        if left <= 0:
            done.set()

    async with STORES[subject](folder) as (store, settings, rows):
        state = await SqlState.open(settings)
        with calm_garbage_collector():  # as the product does
            wall, cpu = time.perf_counter(), time.process_time()
            async with SESSIONS[subject](_session_settings(subject, host, port), clock=now_ms) as session:
                collector = Collector(session, pipeline, store, state, count, now_ms)
                running = asyncio.create_task(collector.run(), name="collector")
                await done.wait()
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
        await state.close()
        stored = await rows()
    return Result(wall, cpu, stored, collector.stats.commits)


def _measure_plain(host: str, port: int, folder: Path, messages: int) -> Result:
    file = folder / "plain.duckdb"
    wall, cpu = time.perf_counter(), time.process_time()
    asyncio.run(partial(plain.run, host, port, "plain", str(file), messages)())
    return Result(time.perf_counter() - wall, time.process_time() - cpu, duckdb_rows(file))
