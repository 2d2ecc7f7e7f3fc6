"""A collector as a process of its own, for tests that kill it: python collect.py PORT FOLDER CLIENT_ID FILTER LAST_VALUE.

Prints "ready" when it is connected, and ends by itself once a reading of LAST_VALUE is durable and acknowledged.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

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


async def main(port: int, folder: Path, client_id: str, topic_filter: str, last_value: float) -> None:
    settings = StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite")
    store, state = await DuckDbStore.open(settings, lambda _: None), await SqlState.open(settings)
    pipeline = Pipeline(load_network(REGISTRY), {}, EVERYTHING, Mappings(), DecodeSettings())
    seen_last = asyncio.Event()

    def watch(batch: Sequence[Reading]) -> None:
        if any(reading.value == last_value for reading in batch):
            seen_last.set()

    session_settings = SessionSettings(port=port, client_id=client_id, filters=(topic_filter,))
    async with codec.open_session(session_settings, clock=now_ms) as session:
        collector = Collector(session, pipeline, store, state, watch, now_ms)
        running = asyncio.create_task(collector.run(), name="collector")
        print("ready", flush=True)  # noqa: T201 - the test waits for it
        await seen_last.wait()
        running.cancel()
        await asyncio.wait({running})
    await store.close()
    await state.close()


if __name__ == "__main__":
    port, folder, client_id, topic_filter, last_value = sys.argv[1:]
    asyncio.run(main(int(port), Path(folder), client_id, topic_filter, float(last_value)))
