"""What a collector costs while messages trickle in, and how long they take from their publisher to the store.

Each message carries the instant at which it was published; it is stored when live listeners are told of it.
"""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Queue

import formats
import uvloop
from load import Load
from stores import duckdb_store
from subjects import REGISTRY, asked, prepared, running

from collector.session import codec
from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.clock import now_ms
from mainsight.app.memory import calm_garbage_collector
from mainsight.core.readings import Reading
from mainsight.registry.reading import load_network

_STEP_S, _START_S = 0.01, 60.0


def main(rates: Sequence[int], seconds: float, lingers_ms: Sequence[int], in_flight: int) -> None:
    """Measure each rate with each wait and print."""
    print(f"{seconds:.0f} s each; the broker allows {in_flight or 'any number of'} unacknowledged messages")
    for rate in rates:
        for linger_ms in lingers_ms:
            print(f"{rate:>6} messages/s, linger {linger_ms:>3} ms: {_run(rate, seconds, linger_ms, in_flight)}", flush=True)


def _run(rate: int, seconds: float, linger_ms: int, in_flight: int) -> str:
    context = multiprocessing.get_context("spawn")
    ready, end, told = context.Event(), context.Event(), context.Queue()
    with (
        tempfile.TemporaryDirectory() as name,
        Broker(BrokerConfig(Path(name) / "broker", persistence=False, max_inflight=in_flight)) as broker,
    ):
        child = context.Process(target=_child, args=(broker.host, broker.port, Path(name), linger_ms / 1000, ready, end, told))
        child.start()
        if not ready.wait(_START_S):
            raise TimeoutError("the collector did not start; what it said stands above")
        _publish(broker.host, broker.port, rate, seconds)
        end.set()
        line: str = told.get()
        child.join()
    return line


def _publish(host: str, port: int, rate: int, seconds: float) -> None:
    network, sent, began = load_network(REGISTRY), 0, time.monotonic()
    with Load(host, port) as load:
        while (elapsed := time.monotonic() - began) < seconds:
            due = int(elapsed * rate) + 1 - sent
            load.publish(formats.of_now(network, range(sent, sent + due), now_ms()))
            sent += due
            time.sleep(max(_STEP_S, began + sent / rate - time.monotonic()))


def _child(host: str, port: int, folder: Path, linger_s: float, ready: Event, end: Event, told: "Queue[object]") -> None:
    uvloop.run(_collect(host, port, folder, linger_s, ready, end, told))


async def _collect(host: str, port: int, folder: Path, linger_s: float, ready: Event, end: Event, told: "Queue[object]") -> None:
    delays_ms: list[int] = []
    began = asyncio.Event()

    def note(batch: Sequence[Reading]) -> None:
        began.set()
        now = now_ms()
        delays_ms.extend(now - reading.time_ms for reading in batch[:: len(formats.QUANTITIES)])

    async with duckdb_store(folder) as (store, settings, _), prepared(store, settings, linger_s) as make:
        with calm_garbage_collector():
            async with codec.open_session(asked("trickle", host, port), clock=now_ms) as session, running(make(session, note)) as collector:
                ready.set()
                await began.wait()
                wall, cpu, commits = time.perf_counter(), time.process_time(), collector.stats.commits
                await asyncio.to_thread(end.wait)
                wall, cpu, commits = time.perf_counter() - wall, time.process_time() - cpu, collector.stats.commits - commits
    marks = statistics.quantiles(delays_ms, n=100)
    told.put(
        f"{len(delays_ms) / wall:,.0f} stored/s, {commits / wall:.1f} commits/s, {100 * cpu / wall:.0f} % of a core, "
        f"to the store p50 {marks[49]:.0f} ms, p99 {marks[98]:.0f} ms"
    )
