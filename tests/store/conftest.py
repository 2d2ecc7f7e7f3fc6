"""Stores under contract: every adapter by name, fresh for each test."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mainsight.app.influxd import Influxd
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.influx import InfluxStore
from mainsight.store.influx.connection import Connection
from mainsight.store.influx.query import Statement
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.port import TimeSeriesStore
from mainsight.store.settings import InfluxSettings, QuarantineSettings, StoreSettings
from mainsight.store.sql import SqlState
from mainsight.store.state_port import StateStore
from tests.store.facade import TOKEN, Facade

TIMEZONE = "Asia/Ho_Chi_Minh"
QUARANTINE = QuarantineSettings(max_messages=4, max_bytes=1024)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def store_settings(folder: Path) -> StoreSettings:
    return StoreSettings(
        readings=folder / "readings.duckdb", state=folder / "state.sqlite", timezone=TIMEZONE, memory_mb=256, quarantine=QUARANTINE
    )


NOW_MS = 1_790_000_000_000


@asynccontextmanager
async def open_memory(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[TimeSeriesStore]:
    yield MemoryStore(TIMEZONE)


@asynccontextmanager
async def open_duckdb(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[TimeSeriesStore]:
    store = await DuckDbStore.open(store_settings(folder), {}.get)
    yield store
    await store.close()


async def administer(url: str, auth: str, query: str, **form: str) -> Any:
    """Run InfluxQL on a 1.x server as its administrator."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": auth}) as session,
        session.post(f"{url}/query", data={"q": query, **form}) as response,
    ):
        answer = await response.json()
        assert "error" not in str(answer), answer
        return answer


def admin(server: Influxd) -> str:
    return aiohttp.encode_basic_auth(server.user, server.password)


@asynccontextmanager
async def open_influx(
    folder: Path, request: pytest.FixtureRequest, version: str | None = None, timezone: str = TIMEZONE
) -> AsyncIterator[TimeSeriesStore]:
    """A store on Debian's InfluxDB 1.6.7, directly or (with a version) behind a facade; its database is made anew."""
    server: Influxd = request.getfixturevalue("influxd")
    auth = admin(server)
    await administer(server.url, auth, "DROP DATABASE contract; CREATE DATABASE contract")
    facade = Facade(server.url, auth, version) if version else None
    if facade:
        await facade.start()
        influx = InfluxSettings(url=facade.url, database="contract", token=TOKEN)
    else:
        influx = InfluxSettings(url=server.url, database="contract", user=server.user, password=server.password)
    settings = store_settings(folder).model_copy(update={"influx": influx, "timezone": timezone})
    store = await InfluxStore.open(settings, lambda: NOW_MS)
    yield store
    await store.close()
    if facade:
        await facade.stop()


@asynccontextmanager
async def open_given(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[TimeSeriesStore]:
    """A store on the server that the environment names, emptied before each test.

    STORE_URL, STORE_BUCKET (its name must say that it is for tests), STORE_ORG, and STORE_TOKEN or STORE_USER and
    STORE_PASSWORD.
    """
    named = {key: os.environ.get(f"STORE_{key.upper()}") for key in ("url", "org", "token", "user", "password")}
    influx = InfluxSettings.model_validate({"database": os.environ["STORE_BUCKET"]} | {k: v for k, v in named.items() if v is not None})
    assert "test" in influx.database, f"STORE_BUCKET {influx.database!r} would be emptied: use one whose name says that it is for tests"
    await empty(influx)
    store = await InfluxStore.open(store_settings(folder).model_copy(update={"influx": influx}), lambda: NOW_MS)
    yield store
    await store.close()


async def empty(influx: InfluxSettings) -> None:
    """Take everything out of a database, by the means its version has."""
    connection = await Connection.open(influx)
    try:
        if connection.major == 1:
            await connection.execute([Statement(("DROP SERIES FROM /.*/",))])
            return
        if connection.major == 2:
            span = {"start": "1970-01-01T00:00:00Z", "stop": "2200-01-01T00:00:00Z"}
            calls = [("POST", "api/v2/delete", {"params": {"org": influx.org, "bucket": influx.database}, "json": span})]
        else:
            calls = [
                ("DELETE", "api/v3/configure/database", {"params": {"db": influx.database}}),
                ("POST", "api/v3/configure/database", {"json": {"db": influx.database}}),
            ]
        for method, path, options in calls:
            async with connection.request(method, path, **options) as response:
                assert response.status < 300, await response.text()
    finally:
        await connection.close()


STORES = {
    "memory": open_memory,
    "duckdb": open_duckdb,
    "influxdb-1.6": open_influx,
    "influxdb-2-requests": partial(open_influx, version="2.7.12"),
    "influxdb-3-requests": partial(open_influx, version="3.8.0"),
} | ({"STORE_URL": open_given} if "STORE_URL" in os.environ else {})


@pytest.fixture(params=STORES)
async def series_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TimeSeriesStore]:
    async with STORES[request.param](tmp_path, request) as store:
        yield store


async def open_memory_state(folder: Path) -> StateStore:
    return MemoryState(QUARANTINE)


async def open_sqlite(folder: Path) -> StateStore:
    return await SqlState.open(store_settings(folder))


@pytest.fixture(params=[open_memory_state, open_sqlite])
async def state_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StateStore]:
    store = await request.param(tmp_path)
    yield store
    await store.close()
