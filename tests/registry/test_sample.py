"""The sample province: whole, plausible, and what the README and the demonstration say it is."""

from collections import Counter
from pathlib import Path

import pytest

from mainsight.core.capacity import capacity
from mainsight.core.network import PROTOCOLS, Network, Role, Utility
from mainsight.core.topology import demand_meters, meters_on, supply_of
from mainsight.core.zonetime import day_start_ms
from mainsight.registry.reading import load_network

SAMPLE = Path(__file__).resolve().parents[2] / "registry"


@pytest.fixture(scope="module")
def sample() -> Network:
    return load_network(SAMPLE)


def at_ms(sample: Network) -> int:
    return day_start_ms(sample.as_of, "Asia/Ho_Chi_Minh")


def test_six_parks_with_about_250_meters(sample: Network) -> None:
    assert list(sample.zones) == ["quang-chau", "dinh-tram", "van-trung", "song-khe-noi-hoang", "hoa-phu", "viet-han"]
    assert 240 <= len(sample.meters) <= 260
    assert len(sample.water_plants) == 2
    assert all(5 <= sum(f.zone == zone for f in sample.feeders.values()) <= 8 for zone in sample.zones)


def test_sourced_ratings(sample: Network) -> None:
    assert capacity(sample, "quang-chau", Utility.POWER, at_ms(sample)).rated == 189
    assert [t.rated_mva for t in sample.transformers.values() if t.substation == "dt-sub"] == [63, 63]


@pytest.mark.parametrize("utility", list(Utility))
def test_every_zone_can_be_balanced(sample: Network, utility: Utility) -> None:
    for zone in sample.zones:
        assert demand_meters(sample, zone, utility)
        assert supply_of(sample, zone, utility)
        found = capacity(sample, zone, utility, at_ms(sample))
        assert found.firm is not None
        assert 0 < found.limit <= found.rated


def test_every_feeder_transformer_and_district_has_its_main_meter(sample: Network) -> None:
    for asset in (*sample.feeders, *sample.transformers, *sample.dmas, *sample.pump_stations, *sample.water_plants):
        assert meters_on(sample, asset, Role.MAIN), asset
    for tank in sample.reservoirs:
        assert "level" in meters_on(sample, tank, Role.SENSOR)[0].quantities


def test_contracts_leave_feeders_and_mains_room_for_customers_without_meters(sample: Network) -> None:
    for feeder in sample.feeders.values():
        share = sum(m.contracted or 0 for m in meters_on(sample, feeder.id, Role.SUB)) / (feeder.rated_mva * 1000 * 0.94)
        assert 0.3 < share < 0.7, (feeder.id, share)
    for dma in sample.dmas.values():
        share = sum(m.contracted or 0 for m in meters_on(sample, dma.id, Role.SUB)) / dma.capacity_m3_per_h
        assert 0.2 < share < 0.6, (dma.id, share)


def test_all_protocols_are_spoken(sample: Network) -> None:
    spoken = Counter(meter.protocol for meter in sample.meters.values())
    assert set(spoken) == set(PROTOCOLS)
    assert 15 <= spoken["line_protocol"] <= 25
    assert 15 <= spoken["thingsboard"] <= 25


def test_one_ratio_changes_on_a_date(sample: Network) -> None:
    assert sum(len(meter.ratios) > 1 for meter in sample.meters.values()) == 1
    assert sum(bool(meter.ratios) for meter in sample.meters.values()) >= 5


def test_shapes_lie_where_their_zones_are(sample: Network) -> None:
    for zone in sample.zones.values():
        ring = zone.boundary[0]
        west, east = min(x for x, _ in ring), max(x for x, _ in ring)
        south, north = min(y for _, y in ring), max(y for _, y in ring)
        assert west < zone.position[0] < east
        assert south < zone.position[1] < north
    assert all(len(feeder.path) > 1 for feeder in sample.feeders.values())
    assert all(dma.boundary for dma in sample.dmas.values())


def test_customers_are_named_by_trade_and_plot(sample: Network) -> None:
    tenants = [m for m in sample.meters.values() if m.role is Role.SUB and m.protocol != "tasmota"]
    assert all(m.customer is not None and "plot CN-" in m.customer.en and m.sector for m in tenants)
