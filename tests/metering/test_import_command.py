"""`mainsight import` from the command line into a store of its own."""

import asyncio
from pathlib import Path

import pytest

from mainsight.app.cli import main
from mainsight.core.readings import Reading, Series
from mainsight.registry.reading import load_network
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.settings import StoreSettings

REGISTRY = Path(__file__).parents[2] / "registry"
T0 = 1_782_864_000_000  # 2026-07-01 00:00 UTC


@pytest.fixture
def store_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "readings.duckdb"
    monkeypatch.setenv("MAINSIGHT__STORE__READINGS", str(path))
    monkeypatch.setenv("MAINSIGHT__REGISTRY", str(REGISTRY))
    return path


@pytest.fixture(scope="module")
def meter() -> str:
    return next(m.id for m in load_network(REGISTRY).meters.values() if "power" in m.quantities)


def stored(path: Path, series: Series) -> dict[int, float]:
    async def read() -> dict[int, float]:
        store = await DuckDbStore.open(StoreSettings(readings=path), {}.get)
        raw = await store.raw(series, 0, 2 * T0)
        await store.close()
        return dict(zip(raw.time_ms.tolist(), raw.value.tolist(), strict=True))

    return asyncio.run(read())


def test_a_profile_is_imported_once(store_file: Path, meter: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "profile.csv"
    profile.write_text(f"time,{meter}\n2026-07-01T00:30Z,50\n2026-07-01T01:00Z,60\nnever,1\n")
    command = ["import", str(profile), "--quantity", "power", "--unit", "kWh", "--interval", "30", "--stamped", "end"]
    assert main(command) == 1
    said = capsys.readouterr()
    assert "2 readings: 2 new, 0 there already, 0 replaced; 1 lines kept out" in said.out
    assert f"{profile}:4: 'never' is not a time" in said.err
    assert main(command) == 1
    assert "2 readings: 0 new, 2 there already" in capsys.readouterr().out
    assert stored(store_file, Series(meter, "power")) == {T0: 100.0, T0 + 1_800_000: 120.0}


def test_a_store_that_is_in_use_is_told(store_file: Path, meter: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "profile.csv"
    profile.write_text(f"time,{meter}\n2026-07-01T00:30Z,50\n")

    async def hold() -> int:
        store = await DuckDbStore.open(StoreSettings(readings=store_file), {}.get)
        await store.write([Reading(meter, "power", T0, 1.0, T0)])
        code = await asyncio.to_thread(main, ["import", str(profile), "--quantity", "power"])
        await store.close()
        return code

    assert asyncio.run(hold()) == 1
    assert "admits one process" in capsys.readouterr().err
    assert stored(store_file, Series(meter, "power")) == {T0: 1.0}


def test_a_file_that_is_not_text_is_told(store_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.csv").write_bytes(b"time,\xff\xfe\n")
    assert main(["import", str(tmp_path / "x.csv")]) == 1
    assert "mainsight import:" in capsys.readouterr().err
    assert not store_file.exists()
