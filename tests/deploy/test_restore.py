"""What back-up and rehearsal notice, on a real InfluxDB 1.6.7; test_guide.py goes the whole way from set-up to restore."""

import asyncio
import re
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from mainsight.app.backups import folder
from mainsight.app.clock import now_ms
from mainsight.app.influxd import Influxd, find_influxd
from mainsight.app.settings import load_settings
from mainsight.core.readings import Reading
from mainsight.store.influx import InfluxStore
from mainsight.store.influx.admin import set_up_1
from mainsight.store.influx.connection import Connection
from mainsight.store.request_port import Request
from mainsight.store.settings import InfluxSettings, StoreSettings
from mainsight.store.sql import SqlState
from tests.deploy.sandbox import ROOT

T0 = now_ms() - 86_400_000


def script(name: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "scripts" / name, *words], capture_output=True, text=True, check=False)


class Place:
    """A utility's server: InfluxDB, state, settings file and registry."""

    def __init__(self, folder: Path, influxd: Influxd) -> None:
        self.influxd = influxd
        self.settings = folder / "mainsight.yaml"
        self.backup = folder / "backup"
        self.database = f"restore_{uuid.uuid4().hex[:8]}"
        given = {"url": influxd.url, "database": self.database, "user": influxd.user, "password": influxd.password}
        influx = InfluxSettings.model_validate(given)
        self.store = StoreSettings(engine="influxdb", influx=influx, state=folder / "state.sqlite")
        text = {"registry": str(ROOT / "registry"), "store": {"engine": "influxdb", "influx": given, "state": str(self.store.state)}}
        self.settings.write_text(yaml.safe_dump(text), encoding="utf-8")

    async def fill(self) -> None:
        connection = await Connection.open(self.store.influx)
        await set_up_1(connection, 0, rotate=False)
        await connection.close()
        await self.ask()
        await self.write([reading(meter, T0 + n * 5000, n + 0.25) for meter in ("one", "two") for n in range(3000)])

    async def ask(self) -> None:
        state = await SqlState.open(self.store)
        await state.ask(Request("alarms", "acknowledge", {"comment": "seen, mended"}, T0))
        await state.close()

    async def write(self, readings: Sequence[Reading]) -> None:
        store = await InfluxStore.open(self.store, lambda: T0)
        await store.write(readings)
        await store.close()

    def save_series(self) -> None:
        rpc = re.search(r'^bind-address = "(.+)"', (self.influxd.folder / "influxd.conf").read_text(), re.MULTILINE)
        assert rpc is not None
        command = [
            find_influxd(self.influxd.environ),
            "backup",
            "-portable",
            "-db",
            self.database,
            "-host",
            rpc[1],
            self.backup / "influxdb",
        ]
        subprocess.run(command, check=True, capture_output=True)

    def backup_command(self, action: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mainsight.app", "backup", "--settings", self.settings, "--folder", self.backup, action]
        return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def place(tmp_path: Path, influxd: Influxd) -> Place:
    made = Place(tmp_path, influxd)
    asyncio.run(made.fill())
    return made


def reading(meter: str, at_ms: int, value: float) -> Reading:
    return Reading(meter, "power", at_ms, value, at_ms + 40)


def test_what_was_stored_while_the_backup_was_made_is_missed_by_the_rehearsal(place: Place) -> None:
    """As when the roles were not stopped: the manifest counts what InfluxDB's backup does not hold."""
    place.save_series()
    asyncio.run(place.write([reading("two", T0 - 5000, 7.0)]))
    assert place.backup_command("make").returncode == 0
    rehearsed = script("rehearse_restore.py", place.backup)
    assert rehearsed.returncode == 1
    assert re.search(r"series: \w+ count_v: saved 6001, found 6000", rehearsed.stdout), rehearsed.stdout


def test_a_changed_value_and_a_changed_row_are_noticed_and_nothing_is_overwritten(place: Place) -> None:
    settings = load_settings(place.settings, {})
    folder.make(settings, place.settings, place.backup, now_ms)
    assert folder.check(settings, place.backup) == []
    asyncio.run(place.write([reading("two", T0, 7.0)]))
    asyncio.run(place.ask())
    found = "\n".join(folder.check(settings, place.backup))
    assert "state: request: saved 1, found 2" in found
    assert re.search(r"^series: \w+: saved \w{64}, found \w{64}$", found, re.MULTILINE), found
    with pytest.raises(folder.BackupError, match="a folder of its own"):
        folder.make(settings, place.settings, place.backup, now_ms)
    with pytest.raises(folder.BackupError, match="move it away first"):
        folder.restore(settings, place.backup)
