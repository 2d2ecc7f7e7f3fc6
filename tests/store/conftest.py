"""Stores under contract: every adapter by name, fresh for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mainsight.store.duckdb import DuckDbStore
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.port import TimeSeriesStore
from mainsight.store.settings import QuarantineSettings, StoreSettings
from mainsight.store.sql import SqlState
from mainsight.store.state_port import StateStore

TIMEZONE = "Asia/Ho_Chi_Minh"
QUARANTINE = QuarantineSettings(max_messages=4, max_bytes=1024)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def store_settings(folder: Path) -> StoreSettings:
    return StoreSettings(
        readings=folder / "readings.duckdb", state=folder / "state.sqlite", timezone=TIMEZONE, memory_mb=256, quarantine=QUARANTINE
    )


async def open_memory(folder: Path) -> TimeSeriesStore:
    return MemoryStore(TIMEZONE)


async def open_duckdb(folder: Path) -> TimeSeriesStore:
    return await DuckDbStore.open(store_settings(folder), {}.get)


@pytest.fixture(params=[open_memory, open_duckdb])
async def series_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TimeSeriesStore]:
    store = await request.param(tmp_path)
    yield store
    await store.close()


async def open_memory_state(folder: Path) -> StateStore:
    return MemoryState(QUARANTINE)


async def open_sqlite(folder: Path) -> StateStore:
    return await SqlState.open(store_settings(folder))


@pytest.fixture(params=[open_memory_state, open_sqlite])
async def state_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[StateStore]:
    store = await request.param(tmp_path)
    yield store
    await store.close()
