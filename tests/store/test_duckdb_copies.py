"""Copies of the DuckDB file: taken while it is written to, whole, and smaller after compaction."""

import asyncio
from pathlib import Path

import duckdb
import numpy as np
import pytest

from mainsight.core.forecasts import Forecast
from mainsight.core.readings import Reading, Series
from mainsight.store.duckdb import DuckDbStore, copying
from mainsight.store.duckdb.copying import CopyError, compact, stock_of
from mainsight.store.port import Final, StoreUnavailableError
from mainsight.store.settings import StoreSettings

pytestmark = pytest.mark.anyio

T0 = 1_780_272_000_000
QUARTER = 900_000
POWER = Series("m-1", "power")


def settings(folder: Path, name: str = "readings") -> StoreSettings:
    return StoreSettings(readings=folder / f"{name}.duckdb", memory_mb=256)


async def open_store(of: StoreSettings) -> DuckDbStore:
    return await DuckDbStore.open(of, {"m-1": "zone-1"}.get)


def batch(n: int, size: int = 1000) -> list[Reading]:
    return [Reading(*POWER, T0 + (n * size + k) * QUARTER, float(k), T0) for k in range(size)]


def forecast(issue_ms: int) -> Forecast:
    return Forecast("zone-1", "power", issue_ms, 3600, np.array([issue_ms + 3_600_000]), np.arange(7.0)[None, :], "m", "", "")


async def fill(store: DuckDbStore) -> None:
    await store.write(batch(0))
    await store.write([Reading(*POWER, T0, -1.0, T0 + 5_000)])
    times = T0 + np.arange(8) * QUARTER
    await store.write_final([Final(POWER, times, np.ones(8), np.full(8, 3, np.uint8), ("E2",) * 8, 1, 900)], [])
    await store.write_forecast([forecast(T0)])


async def test_a_copy_taken_while_writing_is_whole_as_of_one_instant(tmp_path: Path) -> None:
    store = await open_store(settings(tmp_path))
    await fill(store)
    copying = asyncio.ensure_future(store.copy_to(tmp_path / "copy.duckdb"))
    n = 0
    while not copying.done():
        n += 1
        await store.write(batch(n))
    found = await copying
    await store.close()
    assert stock_of(settings(tmp_path, "copy")) == found
    assert found.counts["reading"] in range(1000, 1000 * (n + 1) + 1, 1000)

    copied = await open_store(settings(tmp_path, "copy"))
    assert (await copied.last())[POWER].time_ms == T0 + (found.counts["reading"] - 1) * QUARTER
    assert [r.value for r in await copied.revisions(POWER, T0, T0 + 1)] == [0.0]
    assert (await copied.intervals([POWER], T0, T0 + 1, 3600))[POWER].value.tolist() == [1.0]
    await copied.write_forecast([forecast(T0 + QUARTER)])
    for issue_ms in (T0, T0 + QUARTER):
        kept = await copied.forecast("zone-1", "power", issue_ms)
        assert kept is not None
        assert kept.issue_ms == issue_ms
    await copied.close()


async def test_a_copy_never_overwrites(tmp_path: Path) -> None:
    store = await open_store(settings(tmp_path))
    (tmp_path / "mine.duckdb").write_text("mine")
    with pytest.raises(CopyError, match="there already"):
        await store.copy_to(tmp_path / "mine.duckdb")
    await store.write(batch(0))
    await store.close()
    assert (tmp_path / "mine.duckdb").read_text() == "mine"


async def test_compaction_frees_what_was_replaced_and_keeps_the_rest(tmp_path: Path) -> None:
    of = settings(tmp_path)
    store = await open_store(of)
    await fill(store)
    times = T0 + np.arange(20_000) * QUARTER
    for n in range(6):
        values = np.random.default_rng(n).normal(500, 100, len(times))
        await store.write_final([Final(POWER, times, values, np.full(len(times), 3, np.uint8), ("",) * len(times), 1, 900)], [])
    await store.close()
    with duckdb.connect(of.readings) as file:
        file.execute("CREATE TABLE ballast AS SELECT random() AS r FROM range(500_000)")
        file.execute("CHECKPOINT")
        file.execute("DROP TABLE ballast")
    (tmp_path / "readings.duckdb.compact").write_text("left by one who was killed")
    before = stock_of(of)
    old, new = compact(of)
    assert (stock_of(of), of.readings.stat().st_size) == (before, new)
    assert new < 0.8 * old
    assert not (tmp_path / "readings.duckdb.compact").exists()
    store = await open_store(of)
    assert (await store.write(batch(0))).duplicates == 999
    await store.close()


async def test_compaction_refuses_a_store_that_is_open(tmp_path: Path) -> None:
    store = await open_store(settings(tmp_path))
    with pytest.raises(StoreUnavailableError, match="is open in process"):
        compact(settings(tmp_path))
    await store.close()


async def test_compaction_lays_groups_of_series_together_and_takes_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By time within each group, there and back from one instant to the next; whatever the order of writing was."""
    monkeypatch.setattr(copying, "_TOGETHER", 4)
    monkeypatch.setattr(copying, "_PIECE_ROWS", 1_000)
    of = settings(tmp_path)
    rows = [Reading(f"m-{n}", "power", T0 + k * QUARTER, float(n), T0) for n in range(8) for k in range(300)]
    np.random.default_rng(1).shuffle(rows)
    store = await open_store(of)
    for at in range(0, len(rows), 800):
        await store.write(rows[at : at + 800])
    finals = [
        Final(Series(f"m-{n}", "power"), T0 + np.arange(300) * QUARTER, np.ones(300), np.full(300, 3, np.uint8), ("",) * 300, 1, 900)
        for n in range(8)
    ]
    await store.write_final(finals, [])
    before = await store.raw_many([one.series for one in finals], T0, 2 * T0)
    await store.close()
    counted = stock_of(of)
    compact(of)
    assert stock_of(of) == counted
    with duckdb.connect(of.readings) as file:
        for name in ("reading", "final"):
            found = file.execute(f"SELECT series, epoch_ms(ts::TIMESTAMP) // {QUARTER} FROM {name} LIMIT 12").fetchall()  # noqa: S608
            assert found == [(n, T0 // QUARTER + k) for k, there in enumerate((-1, 1, -1)) for n in range(4)[::there]]
    store = await open_store(of)
    after = await store.raw_many(list(before), T0, 2 * T0)
    await store.close()
    assert {one: raw.value.tolist() for one, raw in after.items()} == {one: raw.value.tolist() for one, raw in before.items()}


async def test_a_compacted_file_is_as_readable_as_before_and_a_failed_one_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = settings(tmp_path)
    store = await open_store(of)
    await fill(store)
    await store.close()
    of.readings.chmod(0o640)
    compact(of)
    assert of.readings.stat().st_mode & 0o777 == 0o640
    before = of.readings.read_bytes()

    def full(*_: object) -> None:
        raise duckdb.IOException("No space left on device")

    monkeypatch.setattr(copying, "_copy_sorted", full)
    with pytest.raises(StoreUnavailableError, match="No space left"):
        compact(of)
    assert not (tmp_path / "readings.duckdb.compact").exists()
    assert of.readings.read_bytes() == before
