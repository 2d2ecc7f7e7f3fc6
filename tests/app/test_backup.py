"""`mainsight backup` and `restore` on the embedded store: while it runs and while it does not, and what they notice."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from mainsight.app.backups.keeper import ROLE, Keeper
from mainsight.app.clock import now_ms
from mainsight.core.readings import Reading, Series
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.request_port import Request
from mainsight.store.retention import Retention
from mainsight.store.settings import RetentionSettings, StoreSettings
from mainsight.store.sql.state import SqlState

pytestmark = pytest.mark.anyio

T0 = 1_780_272_000_000
POWER = Series("m-1", "power")
TIMEZONE = "Asia/Ho_Chi_Minh"
PROJECT = Path(__file__).parents[2]


def stores(folder: Path) -> StoreSettings:
    return StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite", memory_mb=256)


def settings_file(folder: Path) -> Path:
    of = stores(folder)
    folder.mkdir(exist_ok=True)
    registry = PROJECT / "registry" if folder.name == "first" else folder / "registry"
    told = {"registry": str(registry), "store": {"readings": str(of.readings), "state": str(of.state), "memory_mb": 256}}
    (folder / "mainsight.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return folder / "mainsight.yaml"


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[DuckDbStore, SqlState]]:
    """Both stores, open."""
    store = await DuckDbStore.open(stores(folder), lambda _: None)
    state = await SqlState.open(stores(folder))
    yield store, state
    await state.close()
    await store.close()


def keeper(store: DuckDbStore, state: SqlState, settings: RetentionSettings | None = None) -> Keeper:
    return Keeper(store, Retention(store, state, settings or RetentionSettings(), TIMEZONE, now_ms), state, now_ms)


async def fill(folder: Path) -> None:
    async with running(folder) as (store, state):
        await store.write([Reading(*POWER, T0 + n * 900_000, float(n), T0) for n in range(500)])
        await state.ask(Request("alarms", "acknowledge", {"comment": "seen"}, T0))


async def mainsight(verb: str, settings: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mainsight.app", verb, "--settings", str(settings), "--folder", str(folder), *words]
    return await asyncio.to_thread(lambda: subprocess.run(command, capture_output=True, text=True, check=False))


async def test_a_backup_comes_back_whole_elsewhere_and_changes_are_noticed(tmp_path: Path) -> None:
    first, second = settings_file(tmp_path / "first"), settings_file(tmp_path / "second")
    await fill(tmp_path / "first")
    saved = await mainsight("backup", first, tmp_path / "saved")
    assert (saved.returncode, saved.stderr) == (0, "")
    assert {file.stat().st_mode & 0o077 for file in (tmp_path / "saved").iterdir()} == {0}

    restored = await mainsight("restore", second, tmp_path / "saved")
    assert restored.returncode == 0, restored.stderr
    assert "all counts and checksums agree" in restored.stdout
    assert (tmp_path / "second" / "registry" / "province.yaml").read_bytes() == (PROJECT / "registry" / "province.yaml").read_bytes()
    async with running(tmp_path / "second") as (store, state):
        assert len((await store.raw(POWER, 0, 2 * T0)).time_ms) == 500
        assert [one.arguments for one in await state.open_requests("alarms")] == [{"comment": "seen"}]
        await store.write([Reading(*POWER, T0, -1.0, T0 + 5_000)])

    noticed = await mainsight("backup", second, tmp_path / "saved", "check")
    assert noticed.returncode == 1
    assert "series: revision: saved 0, found 1" in noticed.stdout
    again = await mainsight("restore", second, tmp_path / "saved")
    assert (again.returncode, "move it away first" in again.stderr) == (1, True)


async def test_a_damaged_backup_is_noticed_by_its_restore(tmp_path: Path) -> None:
    settings_file(tmp_path / "first")
    await fill(tmp_path / "first")
    await mainsight("backup", tmp_path / "first" / "mainsight.yaml", tmp_path / "saved")
    manifest = json.loads((tmp_path / "saved" / "manifest.json").read_bytes())
    manifest["series"]["counts"]["reading"] += 1
    (tmp_path / "saved" / "manifest.json").write_text(json.dumps(manifest))
    restored = await mainsight("restore", settings_file(tmp_path / "second"), tmp_path / "saved")
    assert (restored.returncode, "series: reading: saved 501, found 500" in restored.stdout) == (1, True)


async def test_nothing_is_put_back_under_a_running_system_or_beside_what_it_had_logged(tmp_path: Path) -> None:
    """Whoever has a file open that was moved away goes on writing to it; a log of the old file would be read into the new one."""
    file, folder, saved = settings_file(tmp_path / "first"), tmp_path / "first", tmp_path / "saved"
    await fill(folder)
    await mainsight("backup", file, saved)
    async with running(folder):
        for name in ("readings.duckdb", "state.sqlite", "state.sqlite-wal", "state.sqlite-shm"):
            (folder / name).rename(tmp_path / name)
        refused = await mainsight("restore", file, saved)
        assert (refused.returncode, "is open in process" in refused.stderr) == (1, True)
    for left in ("readings.duckdb.wal", "state.sqlite-wal"):
        (folder / left).write_bytes(b"of another file")
        refused = await mainsight("restore", file, saved)
        assert (refused.returncode, f"{left} is there already: move it away first" in refused.stderr) == (1, True)
        (folder / left).unlink()
    restored = await mainsight("restore", file, saved)
    assert restored.returncode == 0, restored.stderr


async def test_a_running_system_copies_its_store_when_asked(tmp_path: Path) -> None:
    file = settings_file(tmp_path / "first")
    await fill(tmp_path / "first")
    async with running(tmp_path / "first") as (store, state):
        keeping = asyncio.create_task(keeper(store, state).run())
        saved = await mainsight("backup", file, tmp_path / "saved")
        twice = await mainsight("backup", file, tmp_path / "saved")
        await store.write([Reading(*POWER, T0 + 1, 1.0, T0)])
        keeping.cancel()
    assert (saved.returncode, saved.stderr) == (0, "")
    assert (twice.returncode, "a folder of its own" in twice.stderr) == (1, True)
    restored = await mainsight("restore", settings_file(tmp_path / "second"), tmp_path / "saved")
    assert restored.returncode == 0, restored.stdout + restored.stderr


async def test_nobody_answers_and_what_was_given_up_is_not_done_later(tmp_path: Path) -> None:
    file = settings_file(tmp_path / "first")
    async with running(tmp_path / "first") as (store, state):
        saved = await mainsight("backup", file, tmp_path / "saved", "--wait", "0.2")
        assert (saved.returncode, "did not answer in 0.2 s" in saved.stderr) == (1, True)
        (asked,) = await state.open_requests(ROLE)
        await keeper(store, state).carry_out(asked)
        answer = await state.answer_to(asked.id)
        assert answer is not None
        assert (answer.done, answer.detail) == (False, {"refused": "nobody waits for it any more"})
    assert not (tmp_path / "saved" / "readings.duckdb").exists()
