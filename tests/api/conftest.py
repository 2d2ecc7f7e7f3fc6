"""The API on the sample province, the stores that live in memory, and a clock that stands still."""

import functools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest

from api.access.keys import make_key
from api.access.settings import AccessSettings
from api.application import create
from api.live import LiveStream
from api.schemas import status as shown
from api.services import Services
from api.settings import ApiSettings
from collector.configuration import load_mappings, load_routes
from collector.mapping import Mappings
from collector.pipeline import Pipeline
from collector.routes import Routes
from collector.settings import DecodeSettings
from forecast.settings import ForecastSettings
from forecast.targets import Target
from forecast.targets import targets as targets_of
from forecast.weather_desk import WeatherDesk
from forecast.whatif_desk import WhatIf
from mainsight.alarms.retrospect import Retrospect
from mainsight.alarms.ruledesk import RuleDesk
from mainsight.alarms.rulefile import load_rules
from mainsight.alarms.rules import Rule
from mainsight.alarms.service import AlarmService
from mainsight.alarms.settings import AlarmSettings
from mainsight.app.decoding import DecodingDesk
from mainsight.core.forecasts import QUANTILES, Forecast
from mainsight.core.network import Network, Utility, with_reports
from mainsight.core.picture import Picture
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters
from mainsight.core.zonetime import HOUR_MS
from mainsight.metering.desk import MeteringDesk
from mainsight.registry.reading import load_network
from mainsight.store.live import Broadcast
from mainsight.store.memory.series import MemoryStore
from mainsight.store.memory.state import MemoryState
from mainsight.store.port import Final

NOW = 1_795_143_600_000  # 2026-11-20T03:00:00Z, ten in the morning in Bac Ninh
REGISTRY = Path(__file__).parents[2] / "registry"
DAYS = 2
LOW_PRESSURE = "qc-dma-1"


class _NoOne:
    """A notifier that is not to be called: the service's delivery task does not run here."""

    async def send(self, target: str, subject: str, body: str) -> str:
        raise AssertionError(f"{subject} was sent to {target}: {body}")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def network() -> Network:
    return with_reports(load_network(REGISTRY), 5)


@pytest.fixture(scope="session")
def targets(network: Network) -> dict[tuple[str, str], Target]:
    return {(target.id, target.quantity): target for target in targets_of(network, ForecastSettings())}


@pytest.fixture(scope="session")
def readings(network: Network) -> list[Reading]:
    return list(_readings(network))


@dataclass(frozen=True, slots=True)
class Bench:
    """The application with its parts and one key a role."""

    client: httpx.AsyncClient
    services: Services
    live: LiveStream
    network: Network
    keys: dict[str, str]

    def as_(self, role: str) -> dict[str, str]:
        """Headers of a request by a role."""
        return {"X-API-Key": self.keys[role]}


@pytest.fixture
async def bench(network: Network, targets: dict[tuple[str, str], Target], readings: list[Reading], tmp_path: Path) -> AsyncIterator[Bench]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>mainsight</title>")
    store, state, broadcast, picture = MemoryStore(), MemoryState(), Broadcast(), Picture(network)
    await store.write(readings)
    picture.update(readings)
    await store.write_final(list(_finals(network)), [])
    await store.write_forecast(list(_forecasts(network)))
    alarms = AlarmService(
        network=network,
        rules=alarm_rules(),
        store=store,
        state=state,
        broadcast=broadcast,
        notifier=_NoOne(),
        settings=AlarmSettings(catch_up_h=1),
        clock=lambda: NOW,
    )
    await alarms.start()
    await alarms.tick()
    await alarms.check_forecasts()
    keys = {}
    for role in ("viewer", "operator", "planner", "administrator"):
        keys[role], record = make_key(f"test {role}", role, NOW)
        await state.save_key(record)

    async def status() -> shown.Status:
        return _status()

    settings = ApiSettings(static=tmp_path, share_s=0, access=AccessSettings(open_reading=True, requests_per_minute=0))
    pipeline = Pipeline(network, {}, *rules(), DecodeSettings())
    decoding = DecodingDesk(state, store, pipeline, broadcast.publish, rules)
    desk = MeteringDesk(store, state, network, "Asia/Ho_Chi_Minh", lambda: NOW)
    rule_desk = RuleDesk(
        network=network,
        written=alarm_rules(),
        runbooks=REGISTRY.parent / "docs" / "runbooks",
        store=store,
        state=state,
        settings=AlarmSettings(),
        clock=lambda: NOW,
    )
    retrospect = Retrospect(state, lambda: NOW)
    what_if = WhatIf(store, lambda: WeatherDesk(store, state, Series("weather-van-trung", "temperature"), {}, False, lambda: NOW), 60)
    services = Services(
        network,
        picture,
        store,
        state,
        alarms,
        targets,
        broadcast,
        settings,
        lambda: NOW,
        status,
        desk,
        decoding,
        rule_desk,
        retrospect,
        what_if,
    )
    live = LiveStream(services)
    transport = httpx.ASGITransport(create(services, live))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Bench(client, services, live, network, keys)


# What never changes is made once: a bench a test is what the tests' time goes into.
@functools.cache
def alarm_rules() -> tuple[Rule, ...]:
    return tuple(load_rules(REGISTRY / "rules.yaml"))


@functools.cache
def rules() -> tuple[Routes, Mappings]:
    return load_routes(REGISTRY / "routes.yaml"), load_mappings(REGISTRY / "mappings.yaml")


def _readings(network: Network) -> list[Reading]:
    """Every meter has just reported, plausibly, but for one district's pressure, which is low."""
    plain = {"power": 3000.0, "reactive_power": 800.0, "flow": 60.0, "pressure": 3.0, "level": 2.5}
    found = []
    for meter in network.meters.values():
        for name in meter.quantities:
            low = meter.asset == LOW_PRESSURE and name == "pressure"
            times = range(NOW - 720_000, NOW, 5_000) if low else (NOW - 1000,)
            found += [Reading(meter.id, name, time, 0.4 if low else plain.get(name, 1.0), time + 100) for time in times]
    return found


def _finals(network: Network) -> list[Final]:
    times = np.arange(NOW - DAYS * 24 * HOUR_MS, NOW, 900_000, dtype=np.int64)
    quality = np.full(len(times), int(Quality.MEASURED), np.uint8)
    quality[10:14] = int(Quality.ESTIMATED)
    shape = 100 + np.sin(np.arange(len(times)) / 15)
    series = {
        Series(meter.id, DEMAND_QUANTITY[utility])
        for utility in Utility
        for zone in network.zones
        for meter in demand_meters(network, zone, utility)
    }
    return [Final(one, times, shape, quality, ("",) * len(times), 1, 900) for one in sorted(series)]


def _forecasts(network: Network) -> list[Forecast]:
    times = np.arange(NOW, NOW + 168 * HOUR_MS, 900_000, dtype=np.int64)
    spread = np.array(QUANTILES) - 0.5
    base = 500 + 50 * np.sin(np.arange(len(times)) / 15)
    rows = base[:, None] * (1 + 0.2 * spread[None, :])
    return [
        Forecast(zone, DEMAND_QUANTITY[utility], NOW, 900, times, rows, "seasonal-naive", "", "abc")
        for zone in network.zones
        for utility in Utility
    ]


def _status() -> shown.Status:
    return shown.Status(
        version="test",
        started_ms=NOW,
        store=shown.StoreStatus(ready=True, detail="", numbers={"readings": 5.0}),
        collector=shown.CollectorStatus(
            connected=False,
            received=3,
            committed=3,
            readings=12,
            stored=12,
            duplicates=0,
            replaced=0,
            quarantined=1,
            left_out=0,
            rejected=0,
            sparkplug_nodes=0,
            births_asked=0,
            waiting=0,
            lag_s=0.5,
        ),
        metering=shown.MeteringStatus(rules={"E2": 3}, turn_ms=NOW),
        forecasts=shown.ForecastStatus(issued=12, fallbacks=0, last_ms=NOW),
        alarms=shown.AlarmStatus(raised=1, announced=1, delivered=1, given_up=0),
        live=shown.LiveStatus(listeners=0),
        roles=[],
    )
