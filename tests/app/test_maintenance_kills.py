"""Compaction, backup, restore and retention killed (-9) at any moment: the store opens, nothing is lost, no half copy passes for a whole.

MAINSIGHT_KILLS says how many times each is killed (default 3).
"""

import asyncio
import multiprocessing
import os
import random
import shutil
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest
import yaml

from mainsight.app.backups import folder as backups
from mainsight.app.cli import main
from mainsight.app.settings import Settings, load_settings
from mainsight.core.readings import Reading, Series
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.duckdb.copying import stock_of
from mainsight.store.port import Final, Level
from mainsight.store.request_port import Request
from mainsight.store.sql.state import SqlState
from mainsight.store.stock import Stock

pytestmark = pytest.mark.anyio

KILLS = int(os.environ.get("MAINSIGHT_KILLS", "3"))
COMMANDS = ("backup", "restore", "compact", "retention")
T0 = 1_780_272_000_000
QUARTER, DAY = 900_000, 86_400_000
PROJECT = Path(__file__).parents[2]
SERIES = [Series(f"m-{n}", "power") for n in range(20)]


def prepared(folder: Path) -> Path:
    """A settings file for stores in a folder."""
    folder.mkdir()
    store = {"readings": str(folder / "readings.duckdb"), "state": str(folder / "state.sqlite"), "memory_mb": 256}
    store["retention"] = {"raw_days": 7}
    told = {"registry": str(PROJECT / "registry"), "store": store}
    (folder / "mainsight.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return folder / "mainsight.yaml"


def settings(file: Path) -> Settings:
    return load_settings(file, {})


async def fill(of: Settings) -> None:
    """Twenty series by the quarter hour with a hole in the file, and something in the state."""
    store = await DuckDbStore.open(of.store, lambda _: "z")
    times = T0 + np.arange(40 * 96, dtype=np.int64) * QUARTER
    for series in SERIES:
        await store.write([Reading(*series, at, float(at % 7), at + 1000) for at in times.tolist()])
    for _ in range(2):
        quality, rules = np.full(len(times), 3, np.uint8), ("",) * len(times)
        await store.write_final(
            [Final(one, times, np.ones(len(times)), quality, rules, 1, 900) for one in SERIES], await store.dirty(10**6)
        )
    await store.close()
    state = await SqlState.open(of.store)
    await state.ask(Request("alarms", "acknowledge", {"comment": "seen"}, T0))
    await state.close()
    with duckdb.connect(of.store.readings) as file:
        file.execute("CREATE TABLE ballast AS SELECT random() AS r FROM range(300_000)")
        file.execute("CHECKPOINT")
        file.execute("DROP TABLE ballast")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with stores, to be copied."""
    file = prepared(tmp_path_factory.mktemp("filled") / "house")
    asyncio.run(fill(settings(file)))
    return file.parent


@pytest.fixture
def house(filled: Path, tmp_path: Path) -> Path:
    """Settings of stores of its own."""
    file = prepared(tmp_path / "house")
    for name in ("readings.duckdb", "state.sqlite"):
        shutil.copyfile(filled / name, file.parent / name)
    return file


class Killer:
    """Runs a command again and again, and kills it at moments spread over the time that it takes.

    Processes are forked from one that has imported everything, so that the moments fall into the work.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.took_s = 0.0
        self.context = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["mainsight.app.backups.folder", *(f"mainsight.app.commands.{name}" for name in COMMANDS)])

    def whole(self, *words: str) -> None:
        """Let it end, to know how long it takes."""
        started = time.perf_counter()
        assert self._run(None, words) == 0
        self.took_s = time.perf_counter() - started

    def killed(self, *words: str) -> bool:
        """Kill it; false where it had ended before."""
        code = self._run(self.random.uniform(0.0, self.took_s), words)
        assert code in {0, -9}
        return code == -9

    def _run(self, after_s: float | None, words: tuple[str, ...]) -> int | None:
        child = self.context.Process(target=_command, args=(words,))
        child.start()
        child.join(after_s)
        child.kill()
        child.join()
        return child.exitcode


def _command(words: tuple[str, ...]) -> None:
    sys.exit(main(words))


def test_compaction_killed_at_any_moment_leaves_the_file_whole(house: Path) -> None:
    file, of = house, settings(house)
    before, killer = stock_of(of.store), Killer(1)
    killer.whole("compact", "--settings", str(file))
    kills = sum(_after_a_kill(killer, ("compact", "--settings", str(file)), of, before) for _ in range(KILLS))
    assert kills > 0
    killer.whole("compact", "--settings", str(file))
    assert sorted(path.name for path in file.parent.iterdir() if "compact" in path.name) == []
    assert stock_of(of.store) == before


def _after_a_kill(killer: Killer, words: tuple[str, ...], of: Settings, before: Stock) -> bool:
    killed = killer.killed(*words)
    assert stock_of(of.store) == before
    return killed


def test_a_backup_killed_at_any_moment_is_whole_or_none(house: Path, tmp_path: Path) -> None:
    file, of = house, settings(house)
    before, killer = stock_of(of.store), Killer(2)
    killer.whole("backup", "--settings", str(file), "--folder", str(tmp_path / "first"))
    kills = 0
    for n in range(KILLS):
        saved = tmp_path / f"saved-{n}"
        kills += killer.killed("backup", "--settings", str(file), "--folder", str(saved))
        assert stock_of(of.store) == before
        elsewhere = settings(prepared(tmp_path / f"elsewhere-{n}"))
        if (saved / backups.MANIFEST).exists():
            backups.restore(elsewhere, saved)
            assert backups.check(elsewhere, saved) == []
            assert stock_of(elsewhere.store) == before
        else:
            with pytest.raises(backups.BackupError, match="not a whole backup"):
                backups.restore(elsewhere, saved)
            assert not elsewhere.store.readings.exists()
    assert kills > 0


def test_a_restore_killed_at_any_moment_leaves_no_half_file(house: Path, tmp_path: Path) -> None:
    of = settings(house)
    backups.make(of, house, tmp_path / "saved", lambda: T0)
    before, killer, kills = stock_of(of.store), Killer(3), 0
    killer.whole("restore", "--settings", str(prepared(tmp_path / "first")), "--folder", str(tmp_path / "saved"))
    for n in range(KILLS):
        there = settings(target := prepared(tmp_path / f"there-{n}"))
        kills += killer.killed("restore", "--settings", str(target), "--folder", str(tmp_path / "saved"))
        if there.store.readings.exists():
            assert stock_of(there.store) == before
        if there.store.state.exists():
            assert backups.check(there, tmp_path / "saved") == []
    assert kills > 0


def test_retention_killed_at_any_moment_goes_on_where_it_was(house: Path) -> None:
    """What is kept stays, roll-ups do not change, and in the end all that is due is gone."""
    file, of = house, settings(house)
    killer, words = Killer(4), ("retention", "--settings", str(file), "--apply")
    rolled = asyncio.run(_days(of))
    killer.took_s = 1.0
    for _ in range(KILLS):
        killer.killed(*words)
        assert asyncio.run(_days(of)) == rolled
    killer.whole(*words)
    store_days, kept, left = asyncio.run(_left(of))
    assert store_days == rolled
    assert kept[Level.RAW] > T0 + 30 * DAY
    assert 0 < left <= 96 * len(SERIES)


async def _days(of: Settings) -> list[list[float]]:
    store = await DuckDbStore.open(of.store, lambda _: "z")
    found = await store.intervals(SERIES, T0, T0 + 40 * DAY, 86_400)
    await store.close()
    return [found[one].value.tolist() for one in SERIES]


async def _left(of: Settings) -> tuple[list[list[float]], dict[Level, int], int]:
    """Days, what is kept, and how many readings are left."""
    store = await DuckDbStore.open(of.store, lambda _: "z")
    kept, readings = await store.kept_from(), (await store.health()).numbers["readings"]
    await store.close()
    return await _days(of), kept, int(readings)
