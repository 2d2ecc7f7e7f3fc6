"""Who feeds whom on the small province."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mainsight.core import topology
from mainsight.core.network import Network, Role, Utility


def test_upstream_goes_by_water_and_by_power(network: Network) -> None:
    assert topology.upstream(network, "n-f1") == ("n-t1", "n-sub")
    assert topology.upstream(network, "n-dma") == ("tank", "pumps", "plant", "n-f1", "n-t1", "n-sub")
    assert topology.upstream(network, "m-s-dma") == ("s-dma", "plant")
    assert topology.upstream(network, "north") == ()


def test_what_is_not_there_is_an_error(network: Network) -> None:
    for ask in (topology.upstream, topology.sources):
        with pytest.raises(KeyError):
            ask(network, "nowhere")
    with pytest.raises(KeyError):
        topology.demand_meters(network, "nowhere", Utility.POWER)


def test_a_loop_is_found_and_told_along_its_way(network: Network, replace_in: Callable[..., Network]) -> None:
    assert topology.find_loop(network) == ()
    circular = replace_in(network, "pump_stations", "pumps", source="tank")
    assert topology.find_loop(circular) == ("pumps", "tank", "pumps")
    itself = replace_in(network, "pump_stations", "pumps", source="pumps")
    assert topology.find_loop(itself) == ("pumps", "pumps")


def test_two_ways_to_one_source_are_not_a_loop() -> None:
    feeds = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}
    assert topology.find_loop_in(feeds, lambda name: feeds[name]) == ()


def test_meters_by_role(network: Network) -> None:
    assert [m.id for m in topology.meters_on(network, "n-f1", Role.MAIN)] == ["m-n-f1"]
    assert [m.id for m in topology.meters_on(network, "n-f1", Role.SUB)] == ["m-n-f1-a"]


def test_demand_is_metered_at_feeders_transformers_and_inlets(network: Network) -> None:
    def ids(asset: str, utility: Utility) -> list[str]:
        return [meter.id for meter in topology.demand_meters(network, asset, utility)]

    assert ids("north", Utility.POWER) == ["m-n-f1", "m-n-f2"]
    assert ids("n-sub", Utility.POWER) == ["m-n-t1", "m-n-t2", "m-n-t3"]
    assert ids("north", Utility.WATER) == ["m-n-dma"]
    assert ids("plant", Utility.WATER) == ["m-plant"]
    assert ids("pumps", Utility.WATER) == ["m-pumps"]
    assert ids("pumps", Utility.POWER) == ["m-pumps-board"]


def test_supply_of_a_zone(network: Network) -> None:
    assert topology.supply_of(network, "north", Utility.POWER) == ("n-sub",)
    assert topology.supply_of(network, "south", Utility.WATER) == ("plant",)


@pytest.mark.parametrize(
    ("asset", "zone"),
    [
        ("north", "north"),
        ("n-t1", "north"),
        ("s-f1", "south"),
        ("m-n-f1-a", "north"),
        ("pumps", "north"),
        ("tank", "north"),
        ("plant", None),
    ],
)
def test_zone_of_an_asset(network: Network, asset: str, zone: str | None) -> None:
    assert topology.zone_of(network, asset) == zone


def test_network_finds_assets_by_id(network: Network) -> None:
    assert network.asset("tank").id == "tank"
    assert (network.kind("pumps"), network.kind("m-tank")) == ("pump_station", "meter")
    assert len(list(network.assets())) == 2 + 2 + 4 + 3 + 1 + 1 + 1 + 2
    assert list(replace(network, meters={}).assets()) == list(network.assets())
    for ask in (network.asset, network.kind):
        with pytest.raises(KeyError):
            ask("nowhere")
