"""Raw readings out into files and back: the same in every format, line by line where something is wrong."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from mainsight.app.exchange.writing import WRITERS, writing
from mainsight.core.readings import Reading, Series
from mainsight.registry.reading import load_network
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.port import Raw
from mainsight.store.settings import StoreSettings

pytestmark = pytest.mark.anyio

T0 = 1_780_272_000_000
PROJECT = Path(__file__).parents[2]
METER = min(load_network(PROJECT / "registry").meters)
SERIES = [Series(METER, "power"), Series(METER, "energy_import")]


def place(folder: Path) -> tuple[Path, StoreSettings]:
    """A settings file, and its store."""
    folder.mkdir()
    store = StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite", memory_mb=256)
    told = {"registry": str(PROJECT / "registry"), "store": {"readings": str(store.readings), "state": str(store.state), "memory_mb": 256}}
    (folder / "mainsight.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    return folder / "mainsight.yaml", store


def mainsight(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mainsight.app", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


async def rows(of: StoreSettings) -> dict[Series, list[tuple[float, ...]]]:
    store = await DuckDbStore.open(of, lambda _: None)
    found = {one: await store.raw(one, 0, 2 * T0) for one in SERIES}
    await store.close()
    return {one: list(zip(raw.time_ms, raw.value, raw.arrival_ms, raw.flags, strict=True)) for one, raw in found.items()}


@pytest.mark.parametrize("end", [".csv", ".parquet", ".lp"])
async def test_what_is_exported_comes_back_as_it_was_and_only_once(tmp_path: Path, end: str) -> None:
    first, store = place(tmp_path / "first")
    second, other = place(tmp_path / "second")
    opened = await DuckDbStore.open(store, lambda _: None)
    values = np.random.default_rng(5).normal(500, 100, 1000).tolist()
    told = [(T0 + n * 900_123, value, T0 + n * 900_123 + 7_000, n % 8) for n, value in enumerate(values)]
    await opened.write([Reading(*one, *row) for one in SERIES for row in told])
    await opened.close()
    file = tmp_path / f"readings{end}"
    exported = mainsight("export", file, "--settings", first, "--from", "2026-05-01", "--to", "2026-07-01")
    assert (exported.returncode, exported.stdout) == (0, f"{file}: 2,000 readings\n"), exported.stderr
    imported = mainsight("import", file, "--settings", second)
    assert (imported.returncode, "2,000 new" in imported.stdout) == (0, True), imported.stderr
    assert await rows(other) == await rows(store)
    again = mainsight("import", file, "--settings", second)
    assert "0 new, 2,000 there already, 0 replaced" in again.stdout


HEAD = "meter,quantity,time,value,unit,arrival,flags"
GOOD = f"{METER},power,2026-06-01T00:00:00Z,1500,W,2026-06-01T00:00:05Z,0"


def test_lines_that_cannot_be_used_are_named_and_the_others_stored(tmp_path: Path) -> None:
    settings, _ = place(tmp_path / "here")
    file = tmp_path / "some.csv"
    changes = ((METER, "nobody"), ("1500", "nan"), (",W,", ",bar,"), (",0", ",900"), ("T00:00:00Z", "T25"))
    bad = [GOOD.replace(*change) for change in changes]
    file.write_text("\n".join([HEAD, GOOD, *bad, "too,few"]))
    done = mainsight("import", file, "--settings", settings)
    told = done.stderr.splitlines()
    assert (done.returncode, "1 new" in done.stdout, len(told)) == (1, True, 6)
    for line, what in zip(told, ("nobody", "nan", "bar", "900", "T25", "2 columns"), strict=True):
        assert what in line
    assert [line.split(":")[1] for line in told] == ["3", "4", "5", "6", "7", "8"]


def test_files_of_another_kind_are_refused_with_what_is_wanted(tmp_path: Path) -> None:
    settings, _ = place(tmp_path / "here")
    pq.write_table(pa.table({"time": [1], "v": [1.0]}), tmp_path / "other.parquet")
    (tmp_path / "other.lp").write_text("cpu,host=a load=1 17\n# a comment\n")
    parquet, lines = (mainsight("import", tmp_path / name, "--settings", settings) for name in ("other.parquet", "other.lp"))
    assert (parquet.returncode, "has no column meter, quantity" in parquet.stderr) == (1, True)
    assert (lines.returncode, "other.lp:1: it is not reading,meter=" in lines.stderr) == (1, True)


def test_an_export_names_what_there_is_none_of_and_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    settings, _ = place(tmp_path / "here")
    file = tmp_path / "out.csv"
    file.write_text("before")
    asked = ("export", file, "--settings", settings, "--from", "2026-05-01")
    meter, name = mainsight(*asked, "--meter", METER, "--meter", "nobody"), mainsight(*asked, "--quantity", "colour")
    assert (meter.returncode, "meter nobody is neither in the registry nor in the store" in meter.stderr) == (1, True)
    assert (name.returncode, "unknown quantity 'colour'" in name.stderr) == (1, True)
    assert [one.read_text() for one in tmp_path.glob("out.csv*")] == ["before"]
    done = mainsight(*asked, "--meter", METER, "--quantity", "power")
    assert (done.returncode, file.read_text()) == (0, HEAD + "\n")


def fail_halfway(file: Path) -> None:
    none = np.empty(0, np.int64)
    with writing(file) as write:
        write(SERIES[0], Raw(none, np.empty(0), none, none))
        raise OSError("No space left on device")


def test_an_export_that_fails_halfway_leaves_no_half_file(tmp_path: Path) -> None:
    for end in WRITERS:
        with pytest.raises(OSError, match="No space left"):
            fail_halfway(tmp_path / f"out{end}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    settings, _ = place(tmp_path / "here")
    (tmp_path / "some.lp").write_bytes(bytes([0xD2, 0xFF]))
    done = mainsight("import", tmp_path / "some.lp", "--settings", settings)
    assert (done.returncode, "some.lp is not text in UTF-8" in done.stderr) == (1, True)
