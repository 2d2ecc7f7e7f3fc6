"""`mainsight retention`: what would go, what goes, and what a running system says of it."""

import asyncio
from pathlib import Path

import pytest
import yaml

from mainsight.app.backups.keeper import Keeper
from mainsight.app.cli import main
from mainsight.app.clock import now_ms
from mainsight.core.readings import Reading, Series
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.lock import RoleLock
from mainsight.store.retention import Retention
from mainsight.store.settings import RetentionSettings, StoreSettings
from mainsight.store.sql.state import SqlState

pytestmark = pytest.mark.anyio

DAY = 86_400_000
POWER = Series("m-1", "power")
PROJECT = Path(__file__).parents[2]
TIMEZONE = "Asia/Ho_Chi_Minh"


def settings_file(folder: Path, **retention: int) -> Path:
    files = {"readings": str(folder / "readings.duckdb"), "state": str(folder / "state.sqlite"), "memory_mb": 256}
    told = {"registry": str(PROJECT / "registry"), "store": {**files, "retention": retention}}
    (folder / "mainsight.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return folder / "mainsight.yaml"


def stores(folder: Path) -> StoreSettings:
    return StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite", memory_mb=256)


async def open_filled(folder: Path) -> DuckDbStore:
    """Forty days of a reading an hour, up to now."""
    store = await DuckDbStore.open(stores(folder), lambda _: None)
    start = now_ms() - 40 * DAY
    await store.write([Reading(*POWER, start + n * DAY // 24, float(n), start) for n in range(40 * 24)])
    await store.write_final([], await store.dirty(10))
    return store


async def test_what_would_go_is_told_before_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await (await open_filled(tmp_path)).close()
    words = ["retention", "--settings", str(settings_file(tmp_path, raw_days=7))]
    assert await asyncio.to_thread(main, words) == 0
    told = capsys.readouterr().out
    assert told.startswith("raw: 7")
    assert told.endswith("would go\n")
    assert await asyncio.to_thread(main, [*words, "--apply"]) == 0
    assert capsys.readouterr().out == told.replace("would go", "gone")
    assert await asyncio.to_thread(main, words) == 0
    assert capsys.readouterr().out.startswith("raw: 0 rows before")


async def test_a_running_system_is_asked_and_nothing_is_taken_from_under_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = await open_filled(tmp_path)
    state = await SqlState.open(stores(tmp_path))
    keeper = Keeper(store, Retention(store, state, RetentionSettings(raw_days=7), TIMEZONE, now_ms), state, now_ms)
    words = ["retention", "--settings", str(settings_file(tmp_path, raw_days=7))]
    keeping = asyncio.create_task(keeper.run())
    assert await asyncio.to_thread(main, words) == 0
    assert capsys.readouterr().out.startswith("raw: 7")
    assert await asyncio.to_thread(main, [*words, "--apply"]) == 1
    assert "takes it away by itself" in capsys.readouterr().err
    keeping.cancel()
    assert (await store.health()).numbers["readings"] == 40 * 24
    await state.close()
    await store.close()


def test_nothing_is_taken_from_under_a_running_collector(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = settings_file(tmp_path, raw_days=7)
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    told["store"]["engine"] = "influxdb"
    file.write_text(yaml.safe_dump(told), encoding="utf-8")
    lock = RoleLock(tmp_path / "state.sqlite", "collect")
    assert main(["retention", "--settings", str(file), "--apply"]) == 1
    lock.release()
    assert "mainsight collect runs already" in capsys.readouterr().err


def test_without_settings_all_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["retention", "--settings", str(settings_file(tmp_path))]) == 0
    assert "kept for ever" in capsys.readouterr().out


def test_a_coarser_level_kept_shorter_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["retention", "--settings", str(settings_file(tmp_path, raw_days=90, quarter_hour_days=62))])
    assert "quarter_hour_days is 62 but raw_days is 90" in capsys.readouterr().err
