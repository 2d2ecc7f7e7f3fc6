"""Empty stores for the collector under measurement, and how many readings are in them afterwards.

Each store's libraries are imported where it is opened, as the product does: memory is measured too.
"""

import asyncio
import json
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from mainsight.app.clock import now_ms
from mainsight.app.influxd import Influxd
from mainsight.store.port import TimeSeriesStore
from mainsight.store.settings import InfluxSettings, StoreSettings

Opened = tuple[TimeSeriesStore, StoreSettings, Callable[[], Awaitable[int]]]


@asynccontextmanager
async def duckdb_store(folder: Path) -> AsyncIterator[Opened]:
    """A DuckDB file."""
    from mainsight.store.duckdb import DuckDbStore  # noqa: PLC0415 - see the module's docstring

    settings = StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite")
    store = await DuckDbStore.open(settings, lambda _: None)

    async def rows() -> int:
        return int((await store.health()).numbers["readings"])

    yield store, settings, rows
    await store.close()


@asynccontextmanager
async def influx_store(folder: Path) -> AsyncIterator[Opened]:
    """An InfluxDB 1.x of our own, with authentication on; its CPU is not that of the subject."""
    from mainsight.store.influx import InfluxStore  # noqa: PLC0415 - see the module's docstring

    with Influxd(folder / "influxd") as server:
        settings = await set_up(server, folder)
        store = await InfluxStore.open(settings, now_ms)
        yield store, settings, lambda: asyncio.to_thread(influx_rows, server, settings.influx.database)
        await store.close()


STORES = {"duckdb": duckdb_store, "influx": influx_store}


async def set_up(server: Influxd, folder: Path) -> StoreSettings:
    """Make the database; the state of what writes there is to be in a folder."""
    from mainsight.store.influx.admin import set_up_1  # noqa: PLC0415 - see the module's docstring
    from mainsight.store.influx.connection import Connection  # noqa: PLC0415 - likewise

    influx = InfluxSettings(url=server.url, user=server.user, password=server.password)
    connection = await Connection.open(influx)
    await set_up_1(connection, 0, rotate=False)
    await connection.close()
    return StoreSettings(engine="influxdb", state=folder / "state.sqlite", influx=influx)


def duckdb_rows(file: Path) -> int:
    """Readings in a file."""
    import duckdb  # noqa: PLC0415 - see the module's docstring

    with duckdb.connect(str(file), read_only=True) as database:
        counted = database.execute("SELECT count(*) FROM reading").fetchone()
    return int(counted[0]) if counted else 0


def influx_rows(server: Influxd, database: str, *, field: str = "v") -> int:
    """Values in a server that runs; 0 while there is no database or nothing in it."""
    asked = {"db": database, "q": f'SELECT count({field}) FROM "reading"', "u": server.user, "p": server.password}  # noqa: S608 - our own words
    with urllib.request.urlopen(f"{server.url}/query?{urllib.parse.urlencode(asked)}", timeout=60) as answer:  # noqa: S310 - our own child
        found = json.load(answer)["results"][0].get("series")
    return sum(found[0]["values"][0][1:]) if found else 0
