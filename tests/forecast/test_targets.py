"""What is forecast of a network, and how its series are made."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forecast.demand import demand
from forecast.settings import ForecastSettings, ZoneDays
from forecast.targets import GROSS_POWER, Target, targets
from mainsight.core.network import Meter, Network, Role, Text, Utility
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS
from mainsight.registry.reading import load_network
from mainsight.store.memory import MemoryStore
from mainsight.store.port import Final

pytestmark = pytest.mark.anyio

START_MS = 1_772_413_200_000


@pytest.fixture(scope="module")
def network() -> Network:
    return load_network(Path(__file__).parents[2] / "registry")


def by_key(found: tuple[Target, ...]) -> dict[tuple[str, str], Target]:
    return {(one.id, one.quantity): one for one in found}


def with_meters(network: Network, *meters: Meter) -> Network:
    return replace(network, meters=network.meters | {meter.id: meter for meter in meters})


def test_zones_come_first_and_assets_as_the_settings_name_them(network: Network) -> None:
    found = targets(network, ForecastSettings())
    zones, province, assets = found[:12], found[12:14], found[14:]
    assert {one.id for one in zones} == set(network.zones)
    assert [(one.id, one.quantity, one.model) for one in province] == [(network.id, "power", "ensemble"), (network.id, "flow", "ensemble")]
    assert set(province[0].gauges) == {one for zone in zones if zone.quantity == "power" for one in zone.gauges}
    assert {one.model for one in zones} == {"ensemble"}
    assert [one.id for one in assets] == [*network.substations, *network.transformers, *network.feeders, *network.dmas]
    assert {one.model for one in assets} == {"linear"}
    few = targets(network, ForecastSettings(assets=("dma",), assets_model="ensemble"))
    assert [(one.id, one.quantity, one.model) for one in few[14:]] == [(dma, "flow", "ensemble") for dma in network.dmas]
    assert targets(network, ForecastSettings(assets=())) == (*zones, *province)


def test_assets_follow_the_days_of_their_zone(network: Network) -> None:
    shut = date(2026, 8, 3)
    found = by_key(targets(network, ForecastSettings(zones={"quang-chau": ZoneDays(closures=(shut,))})))
    assert found["qc-471", "power"].calendar.closures == {shut}
    assert found["qc-dma-1", "flow"].calendar.closures == {shut}
    assert not found["van-trung", "power"].calendar.closures


@pytest.mark.parametrize(("interval_s", "step_s"), [(300, 900), (900, 900), (1800, 1800), (3600, 3600), (86_400, 3600)])
def test_step_is_the_finest_that_all_meters_have(network: Network, interval_s: int, step_s: int) -> None:
    [main] = [meter for meter in network.meters.values() if meter.asset == "qc-471" and meter.role is Role.MAIN]
    found = by_key(targets(with_meters(network, replace(main, interval_s=interval_s)), ForecastSettings()))
    assert found["qc-471", "power"].step_s == step_s


def solar(asset: str, *quantities: str) -> Meter:
    return Meter("solar", Text("mái nhà", "roof"), "solar", asset, Role.GENERATION, Utility.POWER, quantities)


@pytest.mark.parametrize(
    ("quantities", "series", "gauge"),
    [
        (("power_export", "power"), "power_export", True),
        (("power", "energy_import"), "power", True),
        (("energy_export", "energy_import"), "energy_export", False),
        (("energy_import",), "energy_import", False),
    ],
)
def test_gross_demand_adds_what_is_generated_behind_the_meters(
    network: Network, quantities: tuple[str, ...], series: str, gauge: bool
) -> None:
    found = by_key(targets(with_meters(network, solar("qc-471", *quantities)), ForecastSettings()))
    gross = {of for of, quantity in found if quantity == GROSS_POWER}
    assert gross == {"quang-chau", "qc-471", network.feeders["qc-471"].transformer, network.transformers["qc-t1"].substation}
    net, target = found["qc-471", "power"], found["qc-471", GROSS_POWER]
    added = (Series("solar", series),)
    assert target.gauges == net.gauges + (added if gauge else ())
    assert target.registers == net.registers + (() if gauge else added)


def test_power_follows_the_tariff_of_its_zone_and_water_none(network: Network) -> None:
    found = by_key(targets(network, ForecastSettings()))
    tariff = network.zones["quang-chau"].tariff
    assert tariff is not None
    assert found["quang-chau", "power"].calendar.tariff == found["qc-471", "power"].calendar.tariff == tariff
    assert found["quang-chau", "flow"].calendar.tariff is None


async def test_half_hours_are_means_of_quarters(network: Network) -> None:
    """A gauge's mean, a register's increments as power; a missing quarter leaves its half hour out."""
    power = Target(
        "a",
        "power",
        1800,
        (Series("g", "power"),),
        (Series("r", "energy_import"),),
        targets(network, ForecastSettings())[0].calendar,
        "linear",
    )
    store = MemoryStore()
    time_ms = START_MS + 900_000 * np.arange(8)
    for series, value in ((power.gauges[0], [10.0, 20, 30, 40, 50, 60, 70, 80]), (power.registers[0], [1.0] * 8)):
        quality = np.full(8, Quality.MEASURED, np.uint8)
        await store.write_final([Final(series, time_ms, np.array(value), quality, ("",) * 8, 1, 900)], [])
    found = await demand(store, power, START_MS, START_MS + 3 * HOUR_MS)
    assert found.start_ms.tolist() == [START_MS + 1_800_000 * n for n in range(6)]
    assert found.value[:4].tolist() == [19.0, 39.0, 59.0, 79.0]
    assert np.isnan(found.value[4:]).all()
    assert found.measured.tolist() == [True] * 4 + [False] * 2
