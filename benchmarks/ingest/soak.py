"""Memory of one collector, while messages come at a steady rate for a long time."""

import asyncio
import multiprocessing
import statistics
import tempfile
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Queue

import formats
import uvloop
from load import Load
from stores import STORES
from subjects import REGISTRY, asked, prepared, running

from collector.session import codec
from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.clock import now_ms
from mainsight.app.memory import calm_garbage_collector
from mainsight.registry.reading import load_network

_SAMPLE_S = 5.0


def main(store: str, seconds: float, rate: int) -> None:
    """Measure and print."""
    context = multiprocessing.get_context("spawn")
    ready, end, samples = context.Event(), context.Event(), context.Queue()
    with tempfile.TemporaryDirectory() as name, Broker(BrokerConfig(Path(name) / "broker", persistence=False)) as broker:
        child = context.Process(target=_child, args=(store, broker.host, broker.port, Path(name), ready, end, samples))
        child.start()
        ready.wait()
        sent = _publish(broker.host, broker.port, seconds, rate)
        end.set()
        memory: list[float] = samples.get()
        stored: int = samples.get()
        child.join()
    tenth = max(1, len(memory) // 10)
    parts = [statistics.median(memory[start : start + tenth]) for start in range(0, len(memory), tenth)]
    print(f"{rate} messages/s into {store} for {seconds:.0f} s: {sent:,} sent, {stored:,} committed when the load ended")
    print(f"resident memory, MB, median of each tenth of the time: {' '.join(f'{part:.0f}' for part in parts)}; most {max(memory):.0f}")


def _publish(host: str, port: int, seconds: float, rate: int) -> int:
    """Publish a second's worth each second; how many in all."""
    network, sent, began = load_network(REGISTRY), 0, time.monotonic()
    step_ms = max(1, 1_000 * len(formats.devices(network)) // rate)
    with Load(host, port) as load:
        while (elapsed := time.monotonic() - began) < seconds:
            due = int(elapsed * rate) + rate - sent
            load.publish(formats.messages("json", network, due, now_ms(), step_ms))
            sent += due
            time.sleep(max(0.0, began + sent / rate - 1 - time.monotonic()))
    return sent


def _child(store: str, host: str, port: int, folder: Path, ready: Event, end: Event, samples: "Queue[object]") -> None:
    uvloop.run(_collect(store, host, port, folder, ready, end, samples))


async def _collect(kind: str, host: str, port: int, folder: Path, ready: Event, end: Event, samples: "Queue[object]") -> None:
    async with STORES[kind](folder) as (store, settings, _), prepared(store, settings) as make:
        with calm_garbage_collector():
            async with (
                codec.open_session(asked("soak", host, port), clock=now_ms) as session,
                running(make(session, lambda _: None)) as collector,
            ):
                ready.set()
                memory = []
                while not await asyncio.to_thread(end.wait, _SAMPLE_S):
                    memory.append(_resident_mb())
                samples.put(memory)
                samples.put(collector.stats.committed)


def _resident_mb() -> float:
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(lines["VmRSS"].split()[0]) / 1024
