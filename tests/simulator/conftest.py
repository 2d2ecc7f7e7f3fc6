"""A small province: two parks on one substation, a tank behind pumps on a feeder, a district on pumps of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.network import (
    Dma,
    Feeder,
    Meter,
    Network,
    PumpStation,
    Ratio,
    Reservoir,
    Role,
    Substation,
    Text,
    Transformer,
    Utility,
    WaterPlant,
    Zone,
)
from mainsight.core.readings import Series
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.world import World

ZONE = "Asia/Ho_Chi_Minh"
STEP = 900_000


def text(word: str) -> Text:
    return Text(word, word)


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


def meter(name: str, asset: str, role: Role, utility: Utility, *quantities: str, **more: object) -> Meter:
    return Meter(name, text(name), name.upper(), asset, role, utility, quantities, **more)


def by_id(*assets: object) -> dict:
    return {asset.id: asset for asset in assets}


POWER = ("power", "reactive_power", "voltage", "current", "energy_import", "reactive_energy_import")
METERS = (
    meter("t1-main", "t1", Role.MAIN, Utility.POWER, *POWER),
    meter("t1-oil", "t1", Role.SENSOR, Utility.POWER, "temperature_oil", "temperature_winding", "tap_position"),
    meter("t2-main", "t2", Role.MAIN, Utility.POWER, *POWER),
    meter("f1-main", "f1", Role.MAIN, Utility.POWER, *POWER, "breaker_closed", "frequency"),
    meter("f1-check", "f1", Role.CHECK, Utility.POWER, "power", "energy_import"),
    meter("f2-main", "f2", Role.MAIN, Utility.POWER, *POWER, "breaker_closed"),
    meter("f3-main", "f3", Role.MAIN, Utility.POWER, *POWER, "breaker_closed"),
    meter(
        "chips", "f1", Role.SUB, Utility.POWER, "power", "energy_import", sector="electronics", contracted=3000.0,
        ratios=(Ratio(date(2020, 1, 1), 8000.0), Ratio(date(2026, 1, 20), 16000.0)),
    ),
    meter(
        "steel", "f1", Role.SUB, Utility.POWER, "power", "reactive_power", "energy_import", sector="metal", contracted=1500.0,
        protocol="thingsboard",
    ),
    meter("shirts", "f2", Role.SUB, Utility.POWER, "power", "energy_import", sector="textile", contracted=900.0),
    meter(
        "gate", "f2", Role.SUB, Utility.POWER, "power", "voltage", "current", "power_factor", "energy_import", sector="commercial",
        contracted=3.0, protocol="tasmota",
    ),
    meter("pumps-main", "pumps", Role.MAIN, Utility.WATER, "flow", "volume", "pressure", protocol="line_protocol"),
    meter("pumps-states", "pumps", Role.SENSOR, Utility.WATER, "pump_running_ch1", "pump_running_ch2", "pump_running_ch3"),
    meter(
        "pumps-board", "pumps", Role.MAIN, Utility.POWER, "power", "voltage_l1", "voltage_l2", "voltage_l3", "current_l1", "energy_import",
        protocol="shelly_gen2",
    ),
    meter("tank-level", "tank", Role.SENSOR, Utility.WATER, "level"),
    meter("tank-out", "tank", Role.MAIN, Utility.WATER, "flow", "volume"),
    meter("plant-out", "plant", Role.MAIN, Utility.WATER, "flow", "volume", "pressure"),
    meter("plant-lab", "plant", Role.SENSOR, Utility.WATER, "chlorine", "turbidity", "ph", "temperature"),
    meter("d1-in", "d1", Role.MAIN, Utility.WATER, "flow", "volume", "pressure"),
    meter("d2-in", "d2", Role.MAIN, Utility.WATER, "flow", "volume", "pressure"),
    meter("d1-chips", "d1", Role.SUB, Utility.WATER, "flow", "volume", sector="electronics", contracted=25.0, register_max=1_000_000.0),
    meter("sky", "park", Role.SENSOR, Utility.POWER, "temperature", "rain", "irradiance"),
)  # fmt: skip


@pytest.fixture(scope="session")
def network() -> Network:
    here = (106.1, 21.2)
    transformers = [Transformer(f"t{n}", text(f"t{n}"), "sub", 40.0, 110.0, 22.0) for n in (1, 2)]
    feeders = [Feeder(f"f{n}", text(f"f{n}"), "t1" if n < 3 else "t2", "park", 22.0, 12.0) for n in (1, 2, 3)]
    return Network(
        "small",
        text("small"),
        date(2026, 1, 1),
        by_id(Zone("park", text("park"), ZONE, "VN", here)),
        by_id(Substation("sub", text("sub"), here, "park")),
        by_id(*transformers),
        by_id(*feeders),
        by_id(WaterPlant("plant", text("plant"), here, (400.0, 400.0))),
        by_id(
            PumpStation("pumps", text("pumps"), here, "plant", (120.0, 120.0, 120.0), "f2"),
            PumpStation("lift", text("lift"), here, "plant", (150.0, 150.0), "f3"),
        ),
        by_id(Reservoir("tank", text("tank"), here, "pumps", 300.0, 1.0, 4.5)),
        by_id(
            Dma("d1", text("d1"), "park", "tank", 300.0, 2.0, 4.5, 7.0, 40),
            Dma("d2", text("d2"), "park", "lift", 150.0, 2.0, 4.5, 4.0, 20),
        ),
        by_id(*METERS),
    )


@pytest.fixture(scope="session")
def settings() -> SimulatorSettings:
    return SimulatorSettings(seed=7, epoch=date(2026, 1, 1), peaks_on=date(2026, 1, 1), peak_mva={"sub": 24.0})


@pytest.fixture(scope="session")
def world(network: Network, settings: SimulatorSettings) -> World:
    return World(network, settings, {date(2026, 2, 15 + n): "tet" for n in range(7)})


@pytest.fixture
def replace_in() -> Callable[..., Network]:
    def change(network: Network, group: str, asset_id: str, **changes: object) -> Network:
        assets = dict(getattr(network, group))
        assets[asset_id] = replace(assets[asset_id], **changes)
        return replace(network, **{group: assets})

    return change


@pytest.fixture(scope="session")
def told() -> Callable[..., FloatArray]:
    """What one series of a world says."""

    def tell(world: World, meter_id: str, quantity: str, time_ms: IntArray | list[int]) -> FloatArray:
        return world.series([meter_id], np.asarray(time_ms, dtype=np.int64))[Series(meter_id, quantity)]

    return tell


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
