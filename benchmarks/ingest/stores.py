"""Empty stores for the collector under measurement, and how many readings are in them afterwards."""

import asyncio
import json
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import duckdb

from mainsight.app.clock import now_ms
from mainsight.app.influxd import Influxd
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.influx import InfluxStore
from mainsight.store.influx.admin import set_up_1
from mainsight.store.influx.connection import Connection
from mainsight.store.port import TimeSeriesStore
from mainsight.store.settings import InfluxSettings, StoreSettings

Opened = tuple[TimeSeriesStore, StoreSettings, Callable[[], Awaitable[int]]]


@asynccontextmanager
async def duckdb_store(folder: Path) -> AsyncIterator[Opened]:
    """A DuckDB file."""
    settings = StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite")
    store = await DuckDbStore.open(settings, lambda _: None)

    async def rows() -> int:
        return int((await store.health()).numbers["readings"])

    yield store, settings, rows
    await store.close()


@asynccontextmanager
async def influx_store(folder: Path) -> AsyncIterator[Opened]:
    """An InfluxDB 1.x of our own, with authentication on; its CPU is not that of the subject."""
    with Influxd(folder / "influxd") as server:
        influx = InfluxSettings(url=server.url, user=server.user, password=server.password)
        connection = await Connection.open(influx)
        await set_up_1(connection, 0, rotate=False)
        await connection.close()
        settings = StoreSettings(engine="influxdb", state=folder / "state.sqlite", influx=influx)
        store = await InfluxStore.open(settings, now_ms)
        yield store, settings, lambda: asyncio.to_thread(influx_rows, server, influx.database)
        await store.close()


def duckdb_rows(file: Path) -> int:
    """Readings in a file."""
    with duckdb.connect(str(file), read_only=True) as database:
        counted = database.execute("SELECT count(*) FROM reading").fetchone()
    return int(counted[0]) if counted else 0


def influx_rows(server: Influxd, database: str) -> int:
    """Readings in a server that runs."""
    asked = {"db": database, "q": 'SELECT count("v") FROM "reading"', "u": server.user, "p": server.password}
    with urllib.request.urlopen(f"{server.url}/query?{urllib.parse.urlencode(asked)}", timeout=60) as answer:  # noqa: S310 - our own child
        rows = json.load(answer)["results"][0]["series"][0]["values"]
    return int(rows[0][1])
