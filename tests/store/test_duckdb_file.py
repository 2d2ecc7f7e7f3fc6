"""The DuckDB file among other things of this world: kills, full disks, other processes, other files."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from mainsight.core.readings import Reading, Series
from mainsight.store.duckdb import DuckDbStore, engine
from mainsight.store.duckdb.schema import MIGRATIONS, migrate
from mainsight.store.port import Final, StoreFormatError, StoreUnavailableError
from mainsight.store.settings import StoreSettings

pytestmark = pytest.mark.anyio

T0 = 1_780_272_000_000
QUARTER = 900_000
POWER = Series("m-1", "power")
PROJECT = Path(__file__).parents[2]


def settings(folder: Path) -> StoreSettings:
    return StoreSettings(readings=folder / "readings.duckdb", memory_mb=256)


async def open_store(folder: Path) -> DuckDbStore:
    return await DuckDbStore.open(settings(folder), {"m-1": "zone-1", "m-2": "zone-2"}.get)


def batch(n: int, size: int = 100) -> list[Reading]:
    return [Reading(*POWER, T0 + (n * size + k) * QUARTER, float(n * size + k), T0) for k in range(size)]


WRITER = """
import asyncio, sys
from pathlib import Path
from mainsight.core.readings import Reading
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.settings import StoreSettings

async def main():
    store = await DuckDbStore.open(StoreSettings(readings=Path(sys.argv[1]), memory_mb=256), {}.get)
    n = 0
    while True:
        at = 1_780_272_000_000 + n * 500_000
        await store.write([Reading("m-1", "power", at + k * 1000, float(k), at) for k in range(500)])
        n += 1
        print(n, flush=True)

asyncio.run(main())
"""


def _write_and_kill(path: Path, batches: int) -> int:
    """Number of batches a writer said were stored before it was killed."""
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=PROJECT)
    assert child.stdout is not None
    with child.stdout as said:
        told = 0
        while told < batches:
            told = int(said.readline())
        child.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in said.read().split())])
    child.wait()
    return told


@pytest.mark.parametrize("batches", [1, 7, 40])
async def test_no_committed_row_is_lost_by_kill_9(tmp_path: Path, batches: int) -> None:
    """A writer is killed while it writes; each batch it said was stored is there whole, and no part of another."""
    path = settings(tmp_path).readings
    told = await asyncio.to_thread(_write_and_kill, path, batches)
    store = await open_store(tmp_path)
    raw = await store.raw(POWER, 0, T0 * 2)
    assert len(raw.time_ms) % 500 == 0
    assert len(raw.time_ms) >= told * 500
    assert len(np.unique(raw.time_ms)) == len(raw.time_ms)
    assert (await store.last())[POWER].time_ms == raw.time_ms[-1]
    changed = await store.dirty(10)
    assert (changed[0].start_ms, changed[0].end_ms >= raw.time_ms[-1]) == (T0, True)
    await store.close()


async def test_everything_is_there_after_closing_and_opening(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.write(batch(0))
    first = await store.dirty(1)
    await store.write_final([Final(POWER, np.array([T0]), np.array([1.0]), np.array([3], np.uint8), ("E2",), 1, 900)], first)
    await store.write(batch(1))
    await store.write([Reading(*POWER, T0, -1.0, T0 + 5_000)])
    await store.close()

    store = await open_store(tmp_path)
    assert len((await store.raw(POWER, T0, T0 + 10**12)).time_ms) == 200
    assert (await store.last())[POWER].value == 199.0
    assert [(d.start_ms - T0, d.end_ms - T0) for d in await store.dirty(9)] == [(0, QUARTER), (100 * QUARTER, 200 * QUARTER)]
    assert (await store.intervals([POWER], T0, T0 + 1, 3600))[POWER].value.tolist() == [1.0]
    assert [r.value for r in await store.revisions(POWER, T0, T0 + 1)] == [0.0]
    again = await store.write(batch(1))
    assert (again.stored, again.duplicates) == (0, 100)
    await store.write_final([Final(POWER, np.array([T0]), np.array([1.0]), np.array([3], np.uint8), ("V9",), 1, 900)], [])
    await store.close()


async def test_series_are_numbered_zone_by_zone(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.write([Reading(m, q, T0, 1.0, T0) for q in ("power", "flow") for m in ("m-1", "m-2", "plant")])
    await store.close()
    with duckdb.connect(settings(tmp_path).readings) as file:
        zones = file.execute("SELECT zone FROM series ORDER BY id").fetchall()
    assert zones in ([(z,) for z in order for _ in range(2)] for order in (["", "zone-1", "zone-2"], ["zone-1", "zone-2", ""]))


async def test_a_second_open_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    with pytest.raises(StoreUnavailableError, match=f"process {os.getpid()}.*one process"):
        await open_store(tmp_path)
    await store.close()
    await (await open_store(tmp_path)).close()


async def test_a_file_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = settings(tmp_path).readings
    path.write_bytes(b"time,value\n" * 100)
    with pytest.raises(StoreFormatError, match="is not a DuckDB file"):
        await open_store(tmp_path)
    assert path.read_bytes() == b"time,value\n" * 100
    path.unlink()
    with duckdb.connect(path) as other:
        other.execute("CREATE TABLE customers (id INTEGER)")
    with pytest.raises(StoreFormatError, match="of something else"):
        await open_store(tmp_path)


async def test_a_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    for n in range(4):
        await store.write(batch(n, 20_000))
    await store.close()
    path = settings(tmp_path).readings
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] + bytes(300_000) + whole[len(whole) // 2 + 300_000 :])
    with pytest.raises(StoreUnavailableError, match=r"file is damaged.*restore the last backup"):
        await read_everything(tmp_path)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreUnavailableError, match=r"file is damaged.*restore the last backup"):
        await read_everything(tmp_path)


async def read_everything(folder: Path) -> None:
    store = await open_store(folder)
    try:
        await store.raw(POWER, 0, 2 * T0)
    finally:
        await store.close()


async def test_a_later_format_is_refused(tmp_path: Path) -> None:
    await (await open_store(tmp_path)).close()
    with duckdb.connect(settings(tmp_path).readings) as file:
        file.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(StoreFormatError, match="written by a later mainsight"):
        await open_store(tmp_path)


async def test_a_file_of_another_zone_is_refused(tmp_path: Path) -> None:
    await (await open_store(tmp_path)).close()
    with pytest.raises(StoreFormatError, match="keeps days of Asia/Ho_Chi_Minh, not of Europe/Paris"):
        await DuckDbStore.open(settings(tmp_path).model_copy(update={"timezone": "Europe/Paris"}), {}.get)


async def test_an_older_format_is_migrated_and_keeps_its_rows(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.write(batch(0))
    await store.close()
    later = (*MIGRATIONS, "ALTER TABLE reading ADD COLUMN source UTINYINT DEFAULT 0")
    path = settings(tmp_path).readings
    with duckdb.connect(path) as file:
        migrate(file, path, "Asia/Ho_Chi_Minh", later)
        migrate(file, path, "Asia/Ho_Chi_Minh", later)
        assert file.execute("SELECT version FROM schema_version").fetchall() == [(len(later),)]
        assert file.execute("SELECT count(*), sum(source) FROM reading").fetchall() == [(100, 0)]


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    await (await open_store(tmp_path)).close()
    path = settings(tmp_path).readings
    with duckdb.connect(path) as file, pytest.raises(duckdb.Error):
        migrate(file, path, "Asia/Ho_Chi_Minh", (*MIGRATIONS, "CREATE TABLE extra (id INTEGER); SELECT * FROM missing"))
    with duckdb.connect(path) as file:
        assert file.execute("SELECT version FROM schema_version").fetchall() == [(len(MIGRATIONS),)]
        assert file.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'extra'").fetchall() == [(0,)]


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError, match=r"folder .* cannot be made"):
        await open_store(tmp_path / "file" / "below")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small tmpfs cannot be mounted here (needs root): {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


async def test_a_full_disk_refuses_and_recovers(small_disk: Path) -> None:
    """Nothing is half stored while the disk is full, what was refused can be written again once there is room."""
    store = await open_store(small_disk)
    try:
        await _fill_and_recover(store, small_disk)
    finally:
        await store.close()


async def _fill_and_recover(store: DuckDbStore, disk: Path) -> None:
    await store.write(batch(0))
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(_free(disk) - 300_000))
    stored = await _write_until_refused(store)
    assert not (await store.health()).ready
    assert len((await store.raw(POWER, 0, 2 * T0)).time_ms) == 100 + 20_000 * stored
    with pytest.raises(StoreUnavailableError):
        await store.write(large(stored))
    ballast.unlink()
    result = await store.write(large(stored))
    assert (result.stored, result.duplicates) == (20_000, 0)
    assert (await store.health()).ready
    raw = await store.raw(POWER, 0, 2 * T0)
    assert len(raw.time_ms) == len(np.unique(raw.time_ms)) == 100 + 20_000 * (stored + 1)


async def _write_until_refused(store: DuckDbStore) -> int:
    """Number of batches stored."""
    for stored in range(100):
        try:
            await store.write(large(stored))
        except StoreUnavailableError as error:
            assert "No space left" in str(error)  # noqa: PT017 - which of the writes fails is the disk's affair
            return stored
    pytest.fail("the disk never fills")


def large(n: int) -> list[Reading]:
    return [Reading(*POWER, T0 + 10**9 + (n * 20_000 + k) * 1000, float(k), T0) for k in range(20_000)]


def _free(place: Path) -> int:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


async def test_readers_are_not_held_up_by_a_long_write(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    await store.write(batch(0))
    rows = [Reading("m-2", "power", T0 + k, float(k), T0) for k in range(200_000)]
    writing = asyncio.ensure_future(store.write(rows))
    seen = 0
    while not writing.done():
        assert len((await store.raw(POWER, T0, T0 + 10**12)).time_ms) == 100
        seen += 1
    assert seen > 1
    assert (await writing).stored == 200_000
    await store.close()


async def test_roll_ups_of_a_first_format_are_narrowed(tmp_path: Path) -> None:
    path = settings(tmp_path).readings
    with duckdb.connect(path) as file:
        migrate(file, path, "Asia/Ho_Chi_Minh", MIGRATIONS[:1])
        rows = [
            (1, "m-1", "power", "gauge", 5.0),
            (2, "m-1", "energy_import", "register", 20.0),
            (3, "m-1", "breaker_closed", "status", 0.0),
        ]
        for one, meter, quantity, kind, _ in rows:
            file.execute("INSERT INTO series VALUES (?, 'zone-1', ?, ?, ?)", [one, meter, quantity, kind])
            file.execute("INSERT INTO rollup_1h VALUES (?, epoch_ms(?)::TIMESTAMP_S, 4, 20, 1, 9, 0, 3)", [one, T0])
    store = await open_store(tmp_path)
    for _, meter, quantity, _, value in rows:
        found = await store.intervals([Series(meter, quantity)], T0, T0 + 1, 3600)
        total = await store.total({Series(meter, quantity): 2.0}, T0, T0 + 1, 3600)
        assert (found[Series(meter, quantity)].value.tolist(), total.value.tolist()) == ([value], [2 * value])
    await store.close()


async def test_the_file_is_opened_anew_now_and_then_under_writes_and_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB keeps memory of each join until then; nobody notices."""
    opened = count_openings(monkeypatch)
    monkeypatch.setattr(engine, "_MOST_USES", 5)
    store = await open_store(tmp_path)
    try:
        for n in range(20):
            await asyncio.gather(store.write(batch(n)), *[store.raw(POWER, T0, 2**42) for _ in range(3)])
            assert len((await store.raw(POWER, T0, 2**42)).value) == 100 * (n + 1)
        assert len(opened) > 3
        assert (await store.health()).ready
    finally:
        await store.close()
    store = await open_store(tmp_path)
    assert len((await store.raw(POWER, T0, 2**42)).value) == 2_000
    await store.close()


def count_openings(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    opened: list[Path] = []
    connect = duckdb.connect

    def counted(path: Path, **more: Any) -> duckdb.DuckDBPyConnection:
        opened.append(path)
        return connect(path, **more)

    monkeypatch.setattr(duckdb, "connect", counted)
    return opened


class Relay:
    """Reads that hold on until the next one has begun, so that one is always at work; where none begins, a tenth of a second."""

    def __init__(self) -> None:
        self._begins = threading.Condition()
        self._begun = 0
        self.done = False

    def read(self, _: engine.Connection) -> None:
        with self._begins:
            self._begun += 1
            mine = self._begun
            self._begins.notify_all()
            self._begins.wait_for(lambda: self._begun > mine, 0.1)

    async def run(self, on: engine.Engine) -> None:
        while not self.done:
            await on.read(self.read)


async def test_the_file_is_opened_anew_though_readers_are_never_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = count_openings(monkeypatch)
    monkeypatch.setattr(engine, "_MOST_USES", 200)
    running, relay = engine.Engine(settings(tmp_path), lambda _: None), Relay()
    reading = asyncio.gather(*[relay.run(running) for _ in range(8)])
    try:
        for _ in range(1_000):
            await running.write(lambda c: c.execute("SELECT 1").fetchall())
    finally:
        relay.done = True
        await reading
        await running.close()
    assert len(opened) > 2


async def test_a_copy_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take minutes, in which nobody could read or write."""
    opened = count_openings(monkeypatch)
    monkeypatch.setattr(engine, "_MOST_USES", 3)
    running = engine.Engine(settings(tmp_path), lambda _: None)
    begun, end = threading.Event(), threading.Event()

    def copy(_: engine.Connection) -> bool:
        begun.set()
        return end.wait(30)

    copying = asyncio.create_task(running.read(copy, copies=True))
    await asyncio.to_thread(begun.wait)
    for _ in range(20):
        await running.write(lambda c: c.execute("SELECT 1").fetchall())
        await running.read(lambda c: c.execute("SELECT 1").fetchall())
    assert len(opened) == 1
    end.set()
    assert await copying
    await running.write(lambda c: c.execute("SELECT 1").fetchall())
    assert len(opened) == 2
    await running.close()
