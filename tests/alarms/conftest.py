"""A small network, its rules, and a service that is moved by hand."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest

from mainsight.alarms.rules import Rule, RuleFile
from mainsight.alarms.service import AlarmService
from mainsight.alarms.settings import AlarmSettings, TargetSettings
from mainsight.core.forecasts import Forecast
from mainsight.core.network import (
    Dma,
    Feeder,
    Meter,
    Network,
    PumpStation,
    Reservoir,
    Role,
    Substation,
    SupplyOrder,
    Text,
    Transformer,
    Utility,
    WaterPlant,
    Zone,
)
from mainsight.core.presence import Presence
from mainsight.core.readings import Reading
from mainsight.core.zonetime import to_ms
from mainsight.store.live import Broadcast
from mainsight.store.memory import MemoryState, MemoryStore

HERE = (106.1, 21.2)
NOON = to_ms(datetime(2026, 3, 10, 5, tzinfo=UTC))
"""12:00 in Vietnam."""
TEXT = {"vi": "một câu", "en": "a sentence"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def text(name: str) -> Text:
    return Text(name, name)


def meter(name: str, asset: str, quantities: tuple[str, ...], **more: Any) -> Meter:
    utility = Utility.POWER if "power" in quantities else Utility.WATER
    return Meter(
        name, text(name), name, asset, more.pop("role", Role.MAIN), utility, quantities, reports_s=more.pop("reports_s", 5), **more
    )


def build_network(meters: int = 4, orders: Sequence[SupplyOrder] = ()) -> Network:
    """One park: two 63 MVA transformers, a feeder on each, water down to one district, and customers' meters."""
    customers = [meter(f"c{n}", "f1", ("power",), role=Role.SUB) for n in range(meters)]
    mains = [
        meter("m-t1", "t1", ("power", "reactive_power")),
        meter("m-t2", "t2", ("power", "reactive_power")),
        meter("m-f1", "f1", ("power", "reactive_power", "breaker_closed")),
        meter("m-f2", "f2", ("power", "reactive_power")),
        meter("m-d1", "d1", ("flow",)),
        meter("s-d1", "d1", ("pressure",), role=Role.SENSOR),
        meter("s-r1", "r1", ("level",), role=Role.SENSOR),
    ]
    return Network(
        id="province",
        name=Text("Tỉnh", "Province"),
        as_of=date(2026, 1, 1),
        zones={"qc": Zone("qc", Text("Quang Châu", "Quang Chau"), "Asia/Ho_Chi_Minh", "VN", HERE)},
        substations={"s1": Substation("s1", text("S1"), HERE, "qc")},
        transformers={t: Transformer(t, text(t.upper()), "s1", 63.0, 110.0, 22.0) for t in ("t1", "t2")},
        feeders={f: Feeder(f, text(f.upper()), t, "qc", 22.0, 12.0) for f, t in (("f1", "t1"), ("f2", "t2"))},
        water_plants={"w1": WaterPlant("w1", text("W1"), HERE, (500.0, 500.0))},
        pump_stations={"p1": PumpStation("p1", text("P1"), HERE, "w1", (400.0, 400.0), "f1")},
        reservoirs={"r1": Reservoir("r1", text("R1"), HERE, "p1", 800.0, 1.0, 5.0)},
        dmas={"d1": Dma("d1", text("D1"), "qc", "r1", 600.0, 2.0, 6.0, 12.0, 40)},
        meters={m.id: m for m in [*mains, *customers]},
        supply_orders={order.id: order for order in orders},
        planning_power_factor=1.0,
    )


def rules(*raw: dict[str, Any]) -> tuple[Rule, ...]:
    """Rules with what every one needs filled in."""
    common = {
        "name": TEXT,
        "priority": "medium",
        "cause": TEXT,
        "consequence": TEXT,
        "response": TEXT,
        "respond_within_min": 10,
        "runbook": "feeder-load.md",
    }
    return RuleFile.model_validate({"rules": [common | one for one in raw]}).rules


PRESSURE = {
    "id": "pressure-low",
    "kind": "limit",
    "watches": {"kind": "dma"},
    "measure": "pressure",
    "side": "low",
    "threshold": "pressure_min_bar",
    "deadband": 0.2,
}
FORECAST = {"id": "forecast", "kind": "forecast", "watches": {"kind": "zone"}, "utility": "power"}
SILENCE = {"id": "silence-meter", "kind": "silence", "watches": {"kind": "meter"}, "priority": "low"}
SILENCE_ZONE = {
    "id": "silence-zone",
    "kind": "silence",
    "watches": {"kind": "zone"},
    "share": 0.5,
    "inhibits": ["silence"],
}


def reading(name: str, quantity: str, at_ms: int, value: float, arrival_ms: int | None = None) -> Reading:
    return Reading(name, quantity, at_ms, value, at_ms if arrival_ms is None else arrival_ms)


def forecast(issue_ms: int, p50: Iterable[float], spread: float = 0.05, start_ms: int | None = None, target: str = "qc") -> Forecast:
    """Quarter-hourly forecast of power, kW; quantiles lie at fixed shares of the spread around P50."""
    middle = np.array(list(p50))
    shares = np.array([-1.6, -1.28, -0.67, 0.0, 0.67, 1.28, 1.6]) * spread
    time_ms = (issue_ms if start_ms is None else start_ms) + np.arange(len(middle), dtype=np.int64) * 900_000
    return Forecast(target, "power", issue_ms, 900, time_ms, middle[:, None] * (1 + shares), "test")


@dataclass
class RecordingNotifier:
    """Keeps what it is given."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, target: str, subject: str, body: str) -> str:
        self.sent.append((target, subject, body))
        self.told.set()
        return "taken"


@dataclass
class Bench:
    """A service on memory stores with a clock that is moved by hand; `restart` builds it anew on the same stores."""

    network: Network
    rules: tuple[Rule, ...]
    settings: AlarmSettings = field(default_factory=lambda: AlarmSettings(targets=(TARGET,)))
    now_ms: int = NOON
    store: MemoryStore = field(default_factory=MemoryStore)
    state: MemoryState = field(default_factory=MemoryState)
    broadcast: Broadcast = field(default_factory=Broadcast)
    notifier: RecordingNotifier = field(default_factory=RecordingNotifier)
    presence: Presence = field(default_factory=Presence)
    service: AlarmService = field(init=False)

    def __post_init__(self) -> None:
        self.service = self.build()

    def build(self) -> AlarmService:
        return AlarmService(
            network=self.network,
            rules=self.rules,
            store=self.store,
            state=self.state,
            broadcast=self.broadcast,
            notifier=self.notifier,
            settings=self.settings,
            clock=lambda: self.now_ms,
            presence=self.presence,
        )

    async def restart(self) -> None:
        self.service = self.build()
        await self.service.start()

    async def take(self, *readings: Reading) -> None:
        """Commit readings and let the service judge them."""
        await self.store.write(readings)
        await self.service.judge(readings)

    async def pass_s(self, seconds: int, feed: Callable[[int], Iterable[Reading]] = lambda _: ()) -> None:
        """Let time pass second by second, with the readings that a feed gives for each, and deliver."""
        for _ in range(seconds):
            self.now_ms += 1000
            if batch := list(feed(self.now_ms)):
                await self.take(*batch)
            await self.service.tick()
            await self.service.deliver_due()

    def shown(self, rule: str, asset: str) -> str:
        return self.service.view(rule, asset).state

    async def history(self, rule: str, asset: str) -> list[tuple[int, str, str, bool]]:
        found = await self.state.transitions(rule=rule, asset=asset)
        return [(t.event_ms, t.before, t.after, t.announced) for t in sorted(found, key=lambda t: (t.event_ms, t.known_ms))]


TARGET = TargetSettings(name="on-call", url="json://127.0.0.1", language="en")
