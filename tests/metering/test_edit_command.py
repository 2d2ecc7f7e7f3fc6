"""`mainsight vee values, edit, undo, history` on a store of its own, and beside a system that holds it."""

import asyncio
import re
from pathlib import Path

import numpy as np
import pytest

from mainsight.app.cli import main
from mainsight.app.clock import now_ms
from mainsight.app.editing import Editing
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.metering.service import Metering
from mainsight.metering.values import SLOT_MS
from mainsight.registry.reading import load_network
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.port import Final
from mainsight.store.settings import StoreSettings
from mainsight.store.sql import SqlState
from mainsight.store.state_port import AuditEntry

REGISTRY = Path(__file__).parents[2] / "registry"
T0 = 1_782_864_000_000  # 2026-07-01 07:00 in Ho Chi Minh City
AT = ["--from", "2026-07-01 07:00", "--to", "2026-07-01 07:30"]
WHY = ["--reason", "read from the display", "--person", "An"]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoreSettings:
    found = StoreSettings(readings=tmp_path / "readings.duckdb", state=tmp_path / "state.sqlite")
    monkeypatch.setenv("MAINSIGHT__STORE__READINGS", str(found.readings))
    monkeypatch.setenv("MAINSIGHT__STORE__STATE", str(found.state))
    monkeypatch.setenv("MAINSIGHT__REGISTRY", str(REGISTRY))
    return found


@pytest.fixture(scope="module")
def meter() -> str:
    return next(m.id for m in load_network(REGISTRY).meters.values() if "power" in m.quantities and not m.ratios)


async def fill(store: DuckDbStore, meter: str) -> None:
    times = T0 + np.arange(2, dtype=np.int64) * SLOT_MS
    await store.write([Reading(meter, "power", int(at), 10.0, int(at)) for at in times])
    quality = np.full(2, Quality.MEASURED, np.uint8)
    await store.write_final([Final(Series(meter, "power"), times, np.array([10.0, 10.0]), quality, ("", ""), 1, 900)], [])


async def computed(store: DuckDbStore, settings: StoreSettings) -> None:
    state = await SqlState.open(settings)
    metering = Metering(store, state, load_network(REGISTRY), now_ms)
    while await metering.turn():
        pass
    await state.close()


def alone(settings: StoreSettings, meter: str | None) -> None:
    """Fill the store, or bring its final values up to date, as a system would that is stopped again."""

    async def work() -> None:
        store = await DuckDbStore.open(settings, {}.get)
        await (fill(store, meter) if meter else computed(store, settings))
        await store.close()

    asyncio.run(work())


def values(meter: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert main(["vee", "values", meter, "power", *AT]) == 0
    return [re.sub(" +", " ", line) for line in capsys.readouterr().out.splitlines()]


def test_an_edit_is_made_seen_and_taken_back(settings: StoreSettings, meter: str, capsys: pytest.CaptureFixture[str]) -> None:
    alone(settings, meter)
    assert values(meter, capsys)[1:] == ["2026-07-01T00:00:00Z 10 10 measured", "2026-07-01T00:15:00Z 10 10 measured"]
    assert main(["vee", "edit", meter, "power", *AT, "--set", "11,12", *WHY]) == 0
    assert "2026-07-01T00:15:00Z  10 (measured) -> 12" in capsys.readouterr().out
    alone(settings, None)
    assert values(meter, capsys)[1:] == ["2026-07-01T00:00:00Z 10 11 edited E6 1", "2026-07-01T00:15:00Z 10 12 edited E6 1"]
    assert main(["vee", "undo", "1", "--reason", "the wrong meter", "--person", "Binh"]) == 0
    alone(settings, None)
    assert values(meter, capsys)[1:] == ["2026-07-01T00:00:00Z 10 10 measured", "2026-07-01T00:15:00Z 10 10 measured"]
    assert main(["vee", "history", meter]) == 0
    told = capsys.readouterr().out
    assert "set by An" in told
    assert "read from the display" in told
    assert "taken back by Binh" in told
    trail = asyncio.run(audited(settings))
    assert [(one.person, one.action, one.subject, one.origin) for one in trail] == [
        ("An", "edit", "edit/1", "command line"),
        ("Binh", "undo", "edit/1", "command line"),
    ]


async def audited(settings: StoreSettings) -> list[AuditEntry]:
    state = await SqlState.open(settings)
    found = await state.audit_trail()
    await state.close()
    return sorted(found, key=lambda one: one.seq)


def test_a_running_system_is_asked(settings: StoreSettings, meter: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def running() -> list[int]:
        store, state = await DuckDbStore.open(settings, {}.get), await SqlState.open(settings)
        await fill(store, meter)
        attending = asyncio.create_task(Editing(store, state, load_network(REGISTRY), "Asia/Ho_Chi_Minh", now_ms).attend())
        edit = ["vee", "edit", meter, "power", *AT, "--set", "7", *WHY]
        codes = [await asyncio.to_thread(main, words) for words in (edit, ["vee", "undo", "5", "--reason", "x"])]
        attending.cancel()
        codes.append(len(await state.edits()))
        await store.close()
        await state.close()
        return codes

    assert asyncio.run(running()) == [0, 1, 1]
    said = capsys.readouterr()
    assert "2026-07-01T00:00:00Z  10 (measured) -> 7" in said.out
    assert "there is no edit 5" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["vee", "edit", "nowhere", "power", *AT, "--set", "1", *WHY], "there is no meter 'nowhere'"),
        (["vee", "edit", "METER", "pressure", *AT, "--set", "1", *WHY], "has no pressure; it has power"),
        (["vee", "edit", "METER", "power", *AT, "--set", "1,2,3", *WHY], "2 quarter hours need 2 values, not 3"),
        (["vee", "edit", "METER", "power", *AT, "--set", "1", "--reason", " "], "say why"),
        (["vee", "edit", "METER", "power", *AT, "--set", "1", "--reason", "x", "--person", ""], "say who"),
        (["vee", "edit", "METER", "power", *AT, "--set", "1,,3", *WHY], "--set: '' is no number"),
        (["vee", "edit", "METER", "power", *AT, "--set", "1e308", *WHY], "beyond 1e+12"),
        (["vee", "edit", "METER", "power", *AT, "--set", "-1", *WHY], "is never negative"),
        (["vee", "edit", "METER", "energy_import", *AT, "--set", "-1", *WHY], "is never negative"),
        (["vee", "edit", "METER", "power", *AT, "--confirm", *WHY], "nothing to confirm"),
        (["vee", "edit", "METER", "power", "--from", "today", "--discard", *WHY], "'today' is not a time"),
        (["vee", "undo", "1", "--reason", "x", "--person", " "], "say who"),
    ],
)
def test_what_makes_no_sense_is_refused(
    settings: StoreSettings, meter: str, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([meter if word == "METER" else word for word in words]) == 1
    assert told in capsys.readouterr().err


def test_what_is_not_there_is_said(settings: StoreSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vee", "history", "nowhere"]) == 0
    assert "there are no edits of nowhere" in capsys.readouterr().err
    assert main(["vee", "score", "--seed", "-1"]) == 2
    assert "--seed must be zero or more" in capsys.readouterr().err
    assert main(["vee", "score", "--data", str(tmp_path)]) == 2
    assert "holds no sets" in capsys.readouterr().err
