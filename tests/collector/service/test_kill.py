"""Kill -9 at random moments under load: every reading is there in the end, and none twice. KILLS=50 for more of them."""

import asyncio
import json
import multiprocessing
import os
import random
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import duckdb
import pytest

from collector.session import codec
from collector.session.port import SessionSettings
from mainsight.app.clock import now_ms
from mainsight.core.readings import Series
from mainsight.registry.reading import load_network
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.settings import StoreSettings
from tests.collector.service.collect import REGISTRY, collect
from tests.collector.service.readings import Expected, expected_of, payloads, stored
from tests.conftest import Address

pytestmark = pytest.mark.anyio

KILLS = int(os.environ.get("KILLS", "10"))
MESSAGES_A_LIFE = 1_500
LAST_VALUE = 123_456.5
TIMELESS = 500_000.0


def timeless(count: int) -> list[tuple[str, bytes, tuple[str, float]]]:
    """Topic, a message of a device whose clock is not set, and the power it must give once, at its arrival.

    Each is of another meter, since two of one meter that arrive together would be one reading.
    """
    meters = [meter for meter in load_network(REGISTRY).meters.values() if "power" in meter.quantities][:count]
    values = [TIMELESS + number for number in range(len(meters))]
    bodies = [{"device": meter.device, "time": 1_000, "power_kw": value} for meter, value in zip(meters, values, strict=True)]
    told = zip(meters, bodies, values, strict=True)
    return [(meter.device, json.dumps(body).encode(), (meter.id, value)) for meter, body, value in told]


async def test_nothing_lost_nothing_twice(mosquitto: Address, tmp_path: Path, unique_topic: str) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    settings = SessionSettings(host=mosquitto.host, port=mosquitto.port, client_id=unique_topic, filters=(f"{unique_topic}/#",))
    async with codec.open_session(settings, clock=now_ms):  # the broker keeps a queue from here on
        pass
    sent = payloads(now_ms() - 3_600_000, range((KILLS + 1) * MESSAGES_A_LIFE))
    device, body, _ = sent[-1]
    last = json.loads(body) | {"time": now_ms(), "power_kw": LAST_VALUE}
    expected = expected_of(sent)
    meter = next(meter for meter in load_network(REGISTRY).meters.values() if meter.device == device and "power" in meter.quantities)
    expected |= {(meter.id, "power", last["time"]): LAST_VALUE, (meter.id, "energy_import", last["time"]): last["energy_import_kwh"]}

    publishing = SessionSettings(host=mosquitto.host, port=mosquitto.port, client_id=f"{unique_topic}-load", filters=(), session_expiry_s=0)
    without_time = timeless(100)
    share = len(without_time) // KILLS
    async with codec.open_session(publishing, clock=now_ms) as load:
        for life in range(KILLS):
            part = sent[life * MESSAGES_A_LIFE : (life + 1) * MESSAGES_A_LIFE]
            child, ready = start(mosquitto, tmp_path, unique_topic)
            assert await asyncio.to_thread(ready.recv)  # EOFError: the child died
            some = [(device, body) for device, body, _ in [*part, *without_time[life * share : (life + 1) * share]]]
            chance.shuffle(some)
            publishes = asyncio.gather(*[load.publish(f"{unique_topic}/{device}", body) for device, body in some])
            await asyncio.sleep(chance.uniform(0, 0.4))  # the random moment
            child.kill()
            await publishes
            await asyncio.to_thread(child.join)
            ready.close()
        await asyncio.gather(*[load.publish(f"{unique_topic}/{device}", body) for device, body, _ in sent[KILLS * MESSAGES_A_LIFE :]])
        await load.publish(f"{unique_topic}/{device}", json.dumps(last).encode())
    child, ready = start(mosquitto, tmp_path, unique_topic)
    await asyncio.to_thread(child.join)
    ready.close()
    assert child.exitcode == 0

    assert rows(tmp_path / "readings.duckdb") == len(expected) + KILLS * share
    found = await opened_and_stored(tmp_path, {Series(meter, quantity) for meter, quantity, _ in expected})
    placed_at_arrival = {
        (meter, value) for (meter, _, at), value in found.items() if (meter, "power", at) not in expected and value >= TIMELESS
    }
    assert placed_at_arrival == {once for _, _, once in without_time[: KILLS * share]}
    assert {key: value for key, value in found.items() if value < TIMELESS or key in expected} == expected


def start(broker: Address, folder: Path, topic: str) -> tuple[ForkServerProcess, Connection]:
    """A child forked from a server that has imported everything, so that a life starts within a tenth of a second."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([collect.__module__])
    ready, child_end = context.Pipe(duplex=False)
    child = context.Process(target=collect, args=(broker.port, folder, topic, LAST_VALUE, child_end))
    child.start()
    child_end.close()
    return child, ready


def rows(file: Path) -> int:
    with duckdb.connect(str(file), read_only=True) as database:
        counted = database.execute("SELECT count(*) FROM reading").fetchone()
    assert counted is not None
    return int(counted[0])


async def opened_and_stored(folder: Path, series: set[Series]) -> Expected:
    store = await DuckDbStore.open(StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite"), lambda _: None)
    try:
        return await stored(store, series)
    finally:
        await store.close()
