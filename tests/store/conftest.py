"""Stores under contract: every adapter by name, fresh for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mainsight.store.duckdb import DuckDbStore
from mainsight.store.memory import MemoryStore
from mainsight.store.port import TimeSeriesStore
from mainsight.store.settings import StoreSettings

TIMEZONE = "Asia/Ho_Chi_Minh"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def store_settings(folder: Path) -> StoreSettings:
    return StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite", timezone=TIMEZONE, memory_mb=256)


async def open_memory(folder: Path) -> TimeSeriesStore:
    return MemoryStore(TIMEZONE)


async def open_duckdb(folder: Path) -> TimeSeriesStore:
    return await DuckDbStore.open(store_settings(folder), {}.get)


@pytest.fixture(params=[open_memory, open_duckdb])
async def series_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TimeSeriesStore]:
    store = await request.param(tmp_path)
    yield store
    await store.close()
