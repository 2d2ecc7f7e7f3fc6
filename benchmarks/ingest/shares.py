"""One, two and four collectors that share the load (`$share`), each a process, all into one InfluxDB.

The embedded store admits one process, so it is InfluxDB; its CPU and the broker's are on the same cores and are not those of
the collectors. Every collector has a queue of its own at the broker, filled before they all begin at once.
"""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path
from queue import Queue
from typing import Any, NamedTuple

import formats
import uvloop
from load import Load
from stores import influx_rows, set_up
from subjects import REGISTRY, asked, prepared, running

from collector.session import codec
from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.clock import now_ms
from mainsight.app.influxd import Influxd
from mainsight.app.memory import calm_garbage_collector
from mainsight.core.readings import Reading
from mainsight.registry.reading import load_network
from mainsight.store.settings import StoreSettings

_SHARED = ("$share/benchmark/mainsight/#",)
_COLLECTORS = (1, 2, 4)


class Signals(NamedTuple):
    """What parent and children tell each other."""

    begin: Barrier
    stored: Any  # multiprocessing.Array: readings that each child has stored
    end: Event
    cpu_s: "Queue[float]"


def main(messages: int, rounds: int) -> None:
    """Measure and print."""
    print(f"{messages} messages of 4 readings into InfluxDB, {rounds} rounds; median (least to most)")
    for count in _COLLECTORS:
        runs = [_run(count, messages) for _ in range(rounds)]
        rates, cpus = [messages / wall for wall, _ in runs], [cpu / messages * 1e6 for _, cpu in runs]
        print(
            f"{count} collectors  {statistics.median(rates):,.0f} ({min(rates):,.0f} to {max(rates):,.0f}) messages/s   "
            f"{statistics.median(cpus):.1f} ({min(cpus):.1f} to {max(cpus):.1f}) us CPU a message, all collectors"
        )


def _run(count: int, messages: int) -> tuple[float, float]:
    """Wall seconds from the common start to the last commit, and CPU seconds of all collectors together."""
    context = multiprocessing.get_context("spawn")
    signals = Signals(context.Barrier(count + 1), context.Array("q", count), context.Event(), context.Queue())  # type: ignore[arg-type]
    expected = messages * len(formats.QUANTITIES)
    with (
        tempfile.TemporaryDirectory() as name,
        Broker(BrokerConfig(Path(name) / "broker", persistence=False)) as broker,
        Influxd(Path(name) / "influxd") as server,
    ):
        shared = asyncio.run(set_up(server, Path(name)))
        for number in range(count):
            uvloop.run(_register(f"share-{number}", broker.host, broker.port))
        with Load(broker.host, broker.port) as load:
            load.publish(formats.messages("json", load_network(REGISTRY), messages, now_ms()))
        own = [shared.model_copy(update={"state": Path(name) / f"state-{number}.sqlite"}) for number in range(count)]
        children = [
            context.Process(target=_child, args=(number, broker.host, broker.port, settings, signals))
            for number, settings in enumerate(own)
        ]
        for child in children:
            child.start()
        signals.begin.wait()
        began = time.perf_counter()
        while sum(signals.stored) < expected:
            time.sleep(0.005)
        wall = time.perf_counter() - began
        signals.end.set()
        cpu = sum(signals.cpu_s.get() for _ in children)
        for child in children:
            child.join()
        rows = influx_rows(server, shared.influx.database)
    assert rows == expected, f"{rows} rows of {expected}"
    return wall, cpu


async def _register(client_id: str, host: str, port: int) -> None:
    async with codec.open_session(asked(client_id, host, port, _SHARED), clock=now_ms):
        pass


def _child(number: int, host: str, port: int, settings: StoreSettings, signals: Signals) -> None:
    uvloop.run(_collect(number, host, port, settings, signals))


async def _collect(number: int, host: str, port: int, settings: StoreSettings, signals: Signals) -> None:
    from mainsight.store.influx import InfluxStore  # noqa: PLC0415 - the parent does without it

    def count(batch: Sequence[Reading]) -> None:
        signals.stored[number] += len(batch)

    store = await InfluxStore.open(settings, now_ms)
    async with prepared(store, settings) as make:
        with calm_garbage_collector():
            await asyncio.to_thread(signals.begin.wait)
            cpu = time.process_time()
            async with (
                codec.open_session(asked(f"share-{number}", host, port, _SHARED), clock=now_ms) as session,
                running(make(session, count)),
            ):
                await asyncio.to_thread(signals.end.wait)
                signals.cpu_s.put(time.process_time() - cpu)
    await store.close()
