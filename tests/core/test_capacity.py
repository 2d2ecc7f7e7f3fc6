"""Rated, firm and ordered capacity, worked by hand on the small province of conftest."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mainsight.core.capacity import NoCapacityError, capacities, capacity, transfer_available
from mainsight.core.network import Network, SupplyOrder, Text, Transfer, Utility
from mainsight.core.zonetime import HOUR_MS, to_ms

WINTER = to_ms(datetime(2026, 12, 1, tzinfo=UTC))
SUMMER = to_ms(datetime(2026, 6, 15, tzinfo=UTC))


def order(order_id: str, zones: tuple[str, ...], quota: float, utility: Utility = Utility.POWER) -> SupplyOrder:
    start, end = datetime(2026, 6, 15, 6, tzinfo=UTC), datetime(2026, 6, 15, 12, tzinfo=UTC)
    return SupplyOrder(order_id, zones, utility, quota, start, end, Text("thiếu nguồn", "shortage"))


def test_zone_loses_its_largest_transformer_and_gains_the_transfer(network: Network) -> None:
    # 3 x 63 MVA, emergency factor 1.2: (3 - 1) x 75.6 + 20 = 171.2 MVA
    found = capacity(network, "north", Utility.POWER, WINTER)
    assert found.rated == pytest.approx(189)
    assert found.firm == pytest.approx(171.2)
    assert found.limit == found.firm
    assert (found.unit, found.order, found.binding) == ("MVA", None, "n-t1")


def test_season_lowers_both(network: Network) -> None:
    found = capacity(network, "n-sub", Utility.POWER, SUMMER)
    assert found.rated == pytest.approx(189 * 0.9)
    assert found.firm == pytest.approx(2 * 75.6 * 0.9 + 20)


def test_season_begins_on_the_local_day(network: Network) -> None:
    # 30 April 17:00 UTC is 1 May 00:00 in Viet Nam
    midnight = to_ms(datetime(2026, 4, 30, 17, tzinfo=UTC))
    assert capacity(network, "n-t1", Utility.POWER, midnight - 1).rated == pytest.approx(63)
    assert capacity(network, "n-t1", Utility.POWER, midnight).rated == pytest.approx(56.7)


def test_transformer_counts_from_its_commissioning(network: Network) -> None:
    before = to_ms(datetime(2025, 3, 1, tzinfo=UTC))
    assert capacity(network, "north", Utility.POWER, before).rated == pytest.approx(126)


def test_one_transformer_is_firm_only_by_transfer_but_judged_by_its_rating(network: Network) -> None:
    found = capacity(network, "south", Utility.POWER, WINTER)
    assert (found.rated, found.firm, found.limit) == (40, 10, 40)


def test_firm_above_rated_does_not_raise_the_limit(network: Network, replace_in: Callable[..., Network]) -> None:
    generous = replace_in(network, "substations", "n-sub", transfers=(Transfer("s-sub", 90, 15),))
    found = capacity(generous, "north", Utility.POWER, WINTER)
    assert found.firm > found.rated
    assert found.limit == found.rated


@pytest.mark.parametrize(("spare", "transfer"), [(None, 20), (float("nan"), 20), (12.5, 12.5), (-4, 0), (100, 20)])
def test_transfer_is_limited_by_live_headroom(network: Network, spare: float | None, transfer: float) -> None:
    found = capacity(network, "north", Utility.POWER, WINTER, lambda _neighbour: spare)
    assert found.firm == pytest.approx(151.2 + transfer)


def test_two_transfers_from_one_neighbour_share_its_headroom() -> None:
    transfers = [Transfer("a", 10, 5), Transfer("a", 10, 60), Transfer("b", 10, 5)]
    assert transfer_available(transfers, {"a": 12.0, "b": 50.0}.get) == pytest.approx(12 + 10)


def test_transfers_inside_a_zone_are_not_counted_on_top(network: Network, replace_in: Callable[..., Network]) -> None:
    merged = replace_in(network, "substations", "s-sub", zone="north")
    found = capacity(merged, "north", Utility.POWER, WINTER)
    # losing a 75.6 MVA unit of the northern substation is worse than losing the 40 MVA of the southern one
    assert found.rated == pytest.approx(229)
    assert found.firm == pytest.approx(2 * 75.6 + 40)


def test_feeder_and_transformer_have_no_n_1_of_their_own(network: Network) -> None:
    feeder = capacity(network, "n-f1", Utility.POWER, WINTER)
    assert (feeder.rated, feeder.firm, feeder.limit, feeder.binding) == (15, None, 15, "n-f1")
    assert capacity(network, "n-t1", Utility.POWER, WINTER).firm is None


def test_zone_without_transformers_carries_nothing(network: Network) -> None:
    bare = replace(network, transformers={})
    found = capacity(bare, "north", Utility.POWER, WINTER)
    assert (found.rated, found.firm) == (0, None)


def test_water_plant_and_pumps_lose_their_largest_unit(network: Network) -> None:
    pumps = capacity(network, "pumps", Utility.WATER, WINTER)
    assert (pumps.rated, pumps.firm, pumps.unit) == (500, 300, "m3/h")
    plant = capacity(network, "plant", Utility.WATER, WINTER)
    assert (plant.rated, plant.firm) == (1500, 1000)


def test_zone_water_is_the_lesser_of_mains_and_sources(network: Network, replace_in: Callable[..., Network]) -> None:
    found = capacity(network, "north", Utility.WATER, WINTER)
    # mains 300; pumps 500, 300 after the loss of one; the plant's 1,000 after the loss of a line exceed all mains
    assert (found.rated, found.firm, found.binding) == (300, 300, "pumps")
    weak = replace_in(network, "pump_stations", "pumps", pumps_m3_per_h=(200, 200))
    found = capacity(weak, "north", Utility.WATER, WINTER)
    assert (found.rated, found.firm, found.binding) == (300, 200, "pumps")


def test_shared_plant_is_shared_out_in_proportion_to_the_mains(network: Network, replace_in: Callable[..., Network]) -> None:
    short = replace_in(network, "water_plants", "plant", lines_m3_per_h=(300, 300))
    north, south = (capacity(short, zone, Utility.WATER, WINTER) for zone in ("north", "south"))
    assert (north.rated, south.rated) == (pytest.approx(200), pytest.approx(400))
    assert (north.firm, south.firm) == (pytest.approx(100), pytest.approx(200))


def test_single_pump_leaves_nothing_firm_and_is_judged_by_its_rating(network: Network, replace_in: Callable[..., Network]) -> None:
    single = replace_in(network, "pump_stations", "pumps", pumps_m3_per_h=(250,))
    found = capacity(single, "north", Utility.WATER, WINTER)
    assert (found.rated, found.firm, found.limit) == (250, 0, 250)


def test_order_is_in_force_from_its_start_to_before_its_end(network: Network) -> None:
    capped = replace(network, supply_orders={"cap": order("cap", ("north",), 40)})
    start, end = to_ms(datetime(2026, 6, 15, 6, tzinfo=UTC)), to_ms(datetime(2026, 6, 15, 12, tzinfo=UTC))
    assert [capacity(capped, "north", Utility.POWER, t).order for t in (start - 1, start, end - 1, end)] == [None, 40, 40, None]
    assert capacity(capped, "north", Utility.POWER, start).binding == "cap"
    assert capacity(capped, "south", Utility.POWER, start).order is None
    assert capacity(capped, "north", Utility.WATER, start).order is None


def test_joint_order_is_shared_by_rated_capacity_and_the_least_counts(network: Network) -> None:
    orders = {"joint": order("joint", ("north", "south"), 100), "own": order("own", ("south",), 30)}
    capped = replace(network, supply_orders=orders)
    at = to_ms(datetime(2026, 6, 15, 8, tzinfo=UTC))
    assert capacity(capped, "north", Utility.POWER, at).order == pytest.approx(100 * 170.1 / 210.1)
    assert capacity(capped, "south", Utility.POWER, at).order == pytest.approx(100 * 40 / 210.1)


@pytest.mark.parametrize(("asset", "utility"), [("tank", Utility.WATER), ("n-f1", Utility.WATER), ("plant", Utility.POWER)])
def test_asking_for_the_wrong_utility_is_an_error(network: Network, asset: str, utility: Utility) -> None:
    with pytest.raises(NoCapacityError, match=asset):
        capacity(network, asset, utility, WINTER)


@pytest.mark.parametrize("utility", list(Utility))
def test_unknown_asset_is_an_error(network: Network, utility: Utility) -> None:
    with pytest.raises(KeyError):
        capacity(network, "nowhere", utility, WINTER)


@pytest.mark.parametrize("utility", Utility)
def test_capacity_at_many_instants_is_that_at_each(network: Network, utility: Utility) -> None:
    capped = replace(network, supply_orders={"joint": order("joint", ("north", "south"), 100, utility)})
    hours = [SUMMER + hour * HOUR_MS for hour in (*range(-60, 60), *range(-12_000, 12_000, 211))]
    assert capacities(capped, "north", utility, hours) == [capacity(capped, "north", utility, at) for at in hours]
