"""A small province to reason about: two zones that can help each other, one plant, two districts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from mainsight.core.network import (
    Dma,
    Feeder,
    Meter,
    Network,
    PumpStation,
    Reservoir,
    Role,
    SeasonalRating,
    Substation,
    Text,
    Transfer,
    Transformer,
    Utility,
    WaterPlant,
    Zone,
)

HERE = (106.1, 21.2)


def text(name: str) -> Text:
    return Text(vi=name, en=name)


def meter(meter_id: str, asset: str, *quantities: str, role: Role = Role.MAIN, utility: Utility = Utility.POWER) -> Meter:
    return Meter(meter_id, text(meter_id), f"dev-{meter_id}", asset, role, utility, quantities, reports_s=60)


@pytest.fixture
def network() -> Network:
    """North: 3 x 63 MVA with 20 MVA from south; south: one transformer of 40 MVA with 10 MVA from north."""
    summer = (SeasonalRating((5, 1), (8, 31), 0.9),)
    transformers = [
        Transformer("n-t1", text("T1"), "n-sub", 63, 110, 22, emergency_factor=1.2, seasons=summer),
        Transformer("n-t2", text("T2"), "n-sub", 63, 110, 22, emergency_factor=1.2, seasons=summer),
        Transformer("n-t3", text("T3"), "n-sub", 63, 110, 22, emergency_factor=1.2, seasons=summer, commissioned=date(2025, 6, 1)),
        Transformer("s-t1", text("T1"), "s-sub", 40, 110, 22),
    ]
    meters = [
        meter("m-n-t1", "n-t1", "power", "reactive_power"),
        meter("m-n-t2", "n-t2", "power", "reactive_power"),
        meter("m-n-t3", "n-t3", "power", "reactive_power"),
        meter("m-s-t1", "s-t1", "power", "reactive_power"),
        meter("m-n-f1", "n-f1", "power", "reactive_power", "voltage"),
        meter("m-n-f2", "n-f2", "power", "reactive_power", "voltage"),
        meter("m-s-f1", "s-f1", "power"),
        meter("m-n-f1-a", "n-f1", "power", role=Role.SUB),
        meter("m-n-dma", "n-dma", "flow", "pressure", utility=Utility.WATER),
        meter("m-s-dma", "s-dma", "flow", utility=Utility.WATER),
        meter("m-tank", "tank", "level", role=Role.SENSOR, utility=Utility.WATER),
        meter("m-plant", "plant", "flow", utility=Utility.WATER),
        meter("m-pumps", "pumps", "flow", utility=Utility.WATER),
        meter("m-pumps-board", "pumps", "power"),
    ]
    return Network(
        id="province",
        name=text("Province"),
        as_of=date(2026, 11, 1),
        zones={z: Zone(z, text(z), "Asia/Ho_Chi_Minh", "VN", HERE) for z in ("north", "south")},
        substations={
            "n-sub": Substation("n-sub", text("N"), HERE, "north", (Transfer("s-sub", 20, 15),)),
            "s-sub": Substation("s-sub", text("S"), HERE, "south", (Transfer("n-sub", 10, 15),)),
        },
        transformers={t.id: t for t in transformers},
        feeders={
            "n-f1": Feeder("n-f1", text("F1"), "n-t1", "north", 22, 15),
            "n-f2": Feeder("n-f2", text("F2"), "n-t2", "north", 22, 15),
            "s-f1": Feeder("s-f1", text("F1"), "s-t1", "south", 22, 15),
        },
        water_plants={"plant": WaterPlant("plant", text("Plant"), HERE, (500, 500, 500))},
        pump_stations={"pumps": PumpStation("pumps", text("Pumps"), HERE, "plant", (200, 200, 100), feeder="n-f1")},
        reservoirs={"tank": Reservoir("tank", text("Tank"), HERE, "pumps", 1000, 1, 4)},
        dmas={
            "n-dma": Dma("n-dma", text("N"), "north", "tank", 300, 2, 5, 12, 40),
            "s-dma": Dma("s-dma", text("S"), "south", "plant", 600, 2, 5, 20, 60),
        },
        meters={m.id: m for m in meters},
    )


@pytest.fixture
def replace_in() -> Callable[..., Network]:
    """Give a network with some attributes of one of its parts changed."""

    def change(network: Network, kind: str, part_id: str, **changes: object) -> Network:
        group = getattr(network, kind)
        return replace(network, **{kind: group | {part_id: replace(group[part_id], **changes)}})

    return change
