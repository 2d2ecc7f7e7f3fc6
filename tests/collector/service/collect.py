"""A collector as a process of its own, for tests that kill it."""

import asyncio
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

from collector.arrivals import Arrivals
from collector.mapping import Mappings
from collector.pipeline import Pipeline
from collector.routes import EVERYTHING
from collector.service import Collector
from collector.session import codec
from collector.session.port import SessionSettings
from collector.settings import DecodeSettings
from mainsight.app.clock import now_ms
from mainsight.core.readings import Reading
from mainsight.registry.reading import load_network
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState

REGISTRY = Path(__file__).parents[3] / "registry"


def collect(port: int, folder: Path, topic: str, last_value: float, ready: Connection) -> None:
    """Collect what comes below a topic until a reading of `last_value` is durable and acknowledged."""
    asyncio.run(_collect(port, folder, topic, last_value, ready))


async def _collect(port: int, folder: Path, topic: str, last_value: float, ready: Connection) -> None:
    settings = StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite")
    store, state = await DuckDbStore.open(settings, lambda _: None), await SqlState.open(settings)
    pipeline = Pipeline(load_network(REGISTRY), {}, EVERYTHING, Mappings(), DecodeSettings())
    seen_last = asyncio.Event()

    def watch(batch: Sequence[Reading]) -> None:
        if any(reading.value == last_value for reading in batch):
            seen_last.set()

    async with codec.open_session(SessionSettings(port=port, client_id=topic, filters=(f"{topic}/#",)), clock=now_ms) as session:
        arrivals = await Arrivals.load(state, topic)
        collector = Collector(session, pipeline, store, state, watch, now_ms, arrivals=arrivals)
        running = asyncio.create_task(collector.run(), name="collector")
        ready.send(True)
        await seen_last.wait()
        running.cancel()
        await asyncio.wait({running})
    await store.close()
    await state.close()
