"""Roles as processes of their own, on a broker, an InfluxDB and a webhook that counts pages; and a load to put on them."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import yaml
from pydantic import SecretStr

from api.access.keys import make_key
from collector.session.codec import open_session
from collector.session.port import SessionSettings
from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.clock import now_ms
from mainsight.app.inbox import Inbox
from mainsight.app.influxd import Influxd
from mainsight.core.readings import Series
from mainsight.store.influx import InfluxStore
from mainsight.store.influx.admin import set_up_1
from mainsight.store.influx.connection import Connection
from mainsight.store.settings import InfluxSettings, StoreSettings
from mainsight.store.sql import SqlState

ROOT = Path(__file__).parents[2]
DATABASE = "roles"
FEEDERS = ("QC-471", "QC-473", "QC-475", "QC-472", "QC-474", "QC-476")
WATCHED = "QC-DMA-1-P"
ALARM = "/alarms/pressure-low/qc-dma-1-point"
LOW, FINE = 0.4, 3.0
_TEXT = {"vi": "một câu", "en": "a sentence"}
_RULE = {
    "id": "pressure-low",
    "kind": "limit",
    "name": _TEXT,
    "watches": {"kind": "dma"},
    "measure": "pressure",
    "side": "low",
    "threshold": "pressure_min_bar",
    "deadband": 0.2,
    "priority": "high",
    "cause": _TEXT,
    "consequence": _TEXT,
    "response": _TEXT,
    "respond_within_min": 15,
    "runbook": "pressure-low.md",
}


def wait_until(done: Callable[[], object], what: str, timeout_s: float = 40.0) -> None:
    """Ask other processes, which set no event here, until something holds."""
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.05)


@dataclass
class House:
    """Everything the roles stand on, and the roles that run."""

    folder: Path
    broker: Broker
    influxd: Influxd
    pages: list[str]
    settings: Path
    store: StoreSettings
    key: str
    roles: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    url: str = ""

    def start(self, *roles: str) -> None:
        """Start roles and wait until all have been heard of."""
        for role in roles:
            with (self.folder / f"{role}.log").open("ab") as log:
                self.roles[role] = subprocess.Popen(
                    [sys.executable, "-m", "mainsight.app", role, "--settings", str(self.settings)], cwd=ROOT, stdout=log, stderr=log
                )
        if "api" in roles:
            wait_until(self._find_url, "the API's address")
        wait_until(lambda: all(role == "api" or self.hears(role) for role in roles), f"word of {roles}: {self.logs()}")

    def kill(self, *roles: str) -> None:
        """End roles as a power cut would."""
        for role in roles:
            process = self.roles.pop(role)
            process.kill()
            process.wait()

    def stop(self) -> None:
        """End all roles in order."""
        for process in self.roles.values():
            process.terminate()
        for process in self.roles.values():
            process.wait(20)
        self.roles.clear()

    def log(self, role: str) -> str:
        return (self.folder / f"{role}.log").read_text()

    def logs(self) -> str:
        return "\n".join(f"--- {file.name}\n{file.read_text()}" for file in self.folder.glob("*.log"))

    def get(self, path: str) -> Any:
        answer = httpx.get(f"{self.url}/api/v1{path}", timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, object]) -> httpx.Response:
        return httpx.post(f"{self.url}/api/v1{path}", json=body, headers={"X-API-Key": self.key}, timeout=20)

    def status(self) -> Any:
        return self.get("/status")

    def role(self, role: str) -> Any:
        return next(one for one in self.status()["roles"] if one["role"] == role)

    def hears(self, role: str) -> bool:
        """Whether the API has word of the process that runs now: of one that began after the last was killed."""
        told = self.role(role)
        return bool(told["ready"]) and told["heard_ms"] > self._since_ms(role)

    def _since_ms(self, role: str) -> int:
        return int(Path(f"/proc/{self.roles[role].pid}").stat().st_ctime * 1000)

    def rss_mb(self, role: str) -> float:
        pages = int(Path(f"/proc/{self.roles[role].pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def _find_url(self) -> bool:
        found = [line.rsplit(" ", 1)[1] for line in self.log("api").splitlines() if line.startswith("mainsight api: ")]
        assert self.roles["api"].poll() is None, self.log("api")
        if found:
            self.url = found[-1]
        try:
            return bool(found) and httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    async def open_store(self) -> InfluxStore:
        return await InfluxStore.open(self.store, now_ms)


@contextmanager
def house(folder: Path, rules: Sequence[dict[str, object]] = (_RULE,), **more: object) -> Iterator[House]:
    """Broker, InfluxDB with a database and an account of least rights, webhook, settings file, key; no roles yet."""
    registry = folder / "registry"
    shutil.copytree(ROOT / "registry", registry)
    (registry / "rules.yaml").write_text(json.dumps({"rules": rules}))
    pages: list[str] = []
    with (
        Broker(BrokerConfig(folder / "broker", persistence=False)) as broker,
        Influxd(folder / "influxd") as influxd,
        Inbox(lambda title, _: pages.append(title)) as inbox,
    ):
        influx = InfluxSettings(url=influxd.url, database=DATABASE, user=influxd.user, password=SecretStr(influxd.password))
        password = asyncio.run(_set_up(influx))
        account = {"url": influxd.url, "database": DATABASE, "user": DATABASE, "password": password}
        settings = folder / "mainsight.yaml"
        state = folder / "state.sqlite"
        settings.write_text(
            yaml.safe_dump(
                {
                    "registry": str(registry),
                    "reports_s": 2,
                    "broker": {"port": broker.port},
                    "store": {"engine": "influxdb", "state": str(state), "influx": account},
                    "metering": {"every_s": 2},
                    "forecast": {"workers": 1},
                    "alarms": {"targets": [{"name": "inbox", "url": inbox.url, "language": "en"}]},
                    "api": {"port": 0, "access": {"open_reading": True}},
                    **more,
                }
            )
        )
        store = StoreSettings(engine="influxdb", state=state, influx=InfluxSettings.model_validate(account))
        made = House(folder, broker, influxd, pages, settings, store, asyncio.run(_key(store)))
        try:
            yield made
        finally:
            made.stop()


async def publish(port: int, device: str, **values: float) -> None:
    """Publish one message."""
    settings = SessionSettings(port=port, client_id=f"device-{device}", filters=(), session_expiry_s=0)
    async with open_session(settings, clock=now_ms) as session:
        await session.publish(f"mainsight/bac-ninh/{device}", json.dumps({"device": device, "time": now_ms(), **values}).encode())


async def _set_up(influx: InfluxSettings) -> str:
    connection = await Connection.open(influx)
    try:
        return (await set_up_1(connection, 0, rotate=False)).passwords[DATABASE]
    finally:
        await connection.close()


async def _key(settings: StoreSettings) -> str:
    state = await SqlState.open(settings)
    text, record = make_key("Lan", "administrator", now_ms())
    await state.save_key(record)
    await state.close()
    return text


@dataclass
class Load:
    """Publishes every feeder's power and a pressure some times a second from a thread; remembers what the broker has acknowledged."""

    port: int
    pressure: float = FINE
    every_s: float = 0.1
    published: dict[str, list[int]] = field(default_factory=dict)
    burst: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    async def _run(self) -> None:
        settings = SessionSettings(port=self.port, client_id=f"load-{id(self)}", filters=(), session_expiry_s=0)
        async with open_session(settings, clock=now_ms) as session:

            async def say(device: str, at_ms: int, **values: float) -> None:
                payload = json.dumps({"device": device, "time": at_ms, **values}).encode()
                await session.publish(f"mainsight/bac-ninh/{device}", payload)
                self.published.setdefault(device, []).append(at_ms)

            at_ms = now_ms()
            while not self._ended.is_set():
                at_ms = max(now_ms(), at_ms + 1)
                said = [say(device, at_ms, power_kw=1000.0 + n, reactive_power_kvar=10.0) for n, device in enumerate(FEEDERS)]
                await asyncio.gather(say(WATCHED, at_ms, pressure_bar=self.pressure), *said)
                if self.burst:
                    self.burst -= len(FEEDERS)
                else:
                    await asyncio.sleep(self.every_s)


SERIES = {WATCHED: Series("qc-dma-1-point", "pressure")} | {device: Series(f"{device.lower()}-main", "power") for device in FEEDERS}


async def stored_times(house: House) -> dict[str, list[int]]:
    """Times of all raw readings in the store, by device."""
    store = await house.open_store()
    try:
        found = await store.raw_many(list(SERIES.values()), 0, now_ms() + 3_600_000)
    finally:
        await store.close()
    return {device: found[series].time_ms.tolist() for device, series in SERIES.items() if series in found}


def all_stored(house: House, load: Load) -> bool:
    """Whether every reading that was published is in the store, once, and nothing else is."""
    return asyncio.run(stored_times(house)) == load.published
