"""The live picture: sums, staleness, hysteresis, and headroom worked by hand."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.core.network import Network, Ratio, SupplyOrder, Text, Utility
from mainsight.core.picture import LoadState, Picture, next_state
from mainsight.core.presence import Presence
from mainsight.core.readings import Reading
from mainsight.core.zonetime import to_ms

NOW = to_ms(datetime(2026, 12, 1, 3, tzinfo=UTC))


def said(meter: str, quantity: str, value: float, age_s: int = 0) -> Reading:
    return Reading(meter, quantity, NOW - age_s * 1000, value, NOW)


def north(power_kw: float, reactive_kvar: float = 0.0, age_s: int = 0) -> list[Reading]:
    """Readings of the northern feeders, the load split evenly."""
    return [
        said(meter, quantity, value / 2, age_s)
        for meter in ("m-n-f1", "m-n-f2")
        for quantity, value in (("power", power_kw), ("reactive_power", reactive_kvar))
    ]


def test_update_names_the_asset_and_what_is_above_it(network: Network) -> None:
    picture = Picture(network)
    assert picture.update([said("m-n-f1", "power", 1)]) == {"n-f1", "n-sub", "north"}
    assert picture.update([said("m-s-dma", "flow", 1)]) == {"s-dma", "south"}
    assert picture.update([said("m-plant", "flow", 1)]) == {"plant"}
    assert picture.update([said("stranger", "power", 1)]) == set()


def test_late_readings_do_not_take_the_place_of_newer_ones(network: Network) -> None:
    picture = Picture(network)
    picture.update([said("m-tank", "level", 3.0)])
    assert picture.update([said("m-tank", "level", 2.0, age_s=60)]) == set()
    assert picture.last("m-tank", "level").value == 3.0
    assert picture.value("tank", "level").value == 3.0


def test_zone_is_the_sum_of_its_feeders_with_the_oldest_time(network: Network) -> None:
    picture = Picture(network)
    picture.update([said("m-n-f1", "power", 8000, age_s=5), said("m-n-f1-a", "power", 2000)])
    assert picture.value("north", "power") is None, "one feeder was never heard: a part is not the whole"
    picture.update([said("m-n-f2", "power", 4000)])
    total = picture.value("north", "power")
    assert (total.value, total.at_ms) == (12000, NOW - 5000)


def test_ratio_in_force_on_the_readings_day_applies_to_power_but_not_to_voltage(
    network: Network, replace_in: Callable[..., Network]
) -> None:
    ratios = (Ratio(date(2020, 1, 1), 100), Ratio(date(2026, 12, 1), 120))
    picture = Picture(replace_in(network, "meters", "m-n-f1", ratios=ratios))
    picture.update([said("m-n-f1", "power", 10, age_s=11 * 3600), said("m-n-f1", "voltage", 22000)])
    assert picture.value("n-f1", "power").value == 1000
    picture.update([said("m-n-f1", "power", 10)])
    assert picture.value("n-f1", "power").value == 1200
    assert picture.value("n-f1", "voltage").value == 22000


def test_a_factor_that_is_entered_scales_what_was_heard_before(network: Network) -> None:
    picture = Picture(network)
    picture.update(north(10_000))
    assert picture.enter({"m-n-f1": [(NOW - 3_600_000, 2.0)]}) == {"n-f1", "n-sub", "north"}
    assert (picture.value("n-f1", "power").value, picture.value("north", "power").value) == (10_000, 15_000)
    assert picture.enter({}) == {"n-f1", "n-sub", "north"}
    assert picture.value("north", "power").value == 10_000


def test_load_of_a_zone(network: Network) -> None:
    picture = Picture(network)
    picture.update(north(120_000, 50_000))
    load = picture.load("north", Utility.POWER, NOW)
    assert load.value == 120_000
    assert load.apparent_mva == pytest.approx(130)
    assert load.utilisation == pytest.approx(130 / 189)
    assert load.headroom_n0 == pytest.approx(189 - 130)
    assert load.headroom_n1 == pytest.approx(171.2 - 130)
    assert (load.state, load.stale, load.unit, load.quantity) == (LoadState.NORMAL, False, "kW", "power")


def test_transfer_shrinks_with_the_neighbours_load(network: Network) -> None:
    picture = Picture(network)
    picture.update([*north(120_000, 50_000), said("m-s-t1", "power", 30_000), said("m-s-t1", "reactive_power", 0)])
    assert picture.load("north", Utility.POWER, NOW).capacity.firm == pytest.approx(151.2 + 10)


def test_meter_without_reactive_power_counts_with_its_active_power(network: Network) -> None:
    picture = Picture(network)
    picture.update([said("m-s-f1", "power", 12_000)])
    assert picture.load("s-f1", Utility.POWER, NOW).apparent_mva == pytest.approx(12)


def test_load_of_water(network: Network) -> None:
    picture = Picture(network)
    picture.update([said("m-n-dma", "flow", 285)])
    load = picture.load("north", Utility.WATER, NOW)
    assert (load.value, load.unit, load.apparent_mva, load.state) == (285, "m3/h", None, LoadState.HIGH)
    assert load.headroom_n1 == pytest.approx(15)


def test_silence_makes_the_state_unknown_after_three_intervals(network: Network) -> None:
    picture = Picture(network)
    picture.update(north(180_000))
    states = [picture.load("north", Utility.POWER, NOW + 1000 * s).state for s in (180, 181)]
    assert states == [LoadState.OVER, LoadState.UNKNOWN]
    late = picture.load("north", Utility.POWER, NOW + 181_000)
    assert late.stale
    assert late.value == 180_000, "the last value stays visible"


def test_a_meter_that_is_gone_is_stale_and_silent_at_once_until_it_is_back(network: Network) -> None:
    presence = Presence()
    picture = Picture(network, presence)
    picture.update(north(180_000))
    meter = "m-n-f1"
    presence.leave(meter, NOW)
    presence.leave(meter, NOW + 9)
    assert presence.gone == {meter: NOW}, "told again, the first time holds"
    gone = picture.load("north", Utility.POWER, NOW)
    assert (gone.stale, gone.state, gone.value) == (True, LoadState.UNKNOWN, 180_000)
    assert picture.is_silent(meter, NOW)
    presence.back(meter)
    assert not picture.load("north", Utility.POWER, NOW).stale
    assert not picture.is_silent(meter, NOW)


def test_never_heard_is_unknown(network: Network) -> None:
    load = Picture(network).load("north", Utility.POWER, NOW)
    assert (load.value, load.state, load.stale, load.headroom_n0) == (None, LoadState.UNKNOWN, True, None)
    assert load.capacity.rated == pytest.approx(189)


def test_a_meter_is_silent_after_three_intervals_but_never_within_five_minutes(
    network: Network, replace_in: Callable[..., Network]
) -> None:
    slow = replace_in(network, "meters", "m-tank", reports_s=900)
    picture = Picture(slow)
    assert picture.is_silent("m-tank", NOW), "never heard"
    picture.update([said("m-tank", "level", 3.0), said("m-n-f1", "voltage", 22e3, age_s=40), said("m-n-f1", "power", 1, age_s=90)])
    assert [picture.is_silent("m-tank", NOW + s * 1000) for s in (2700, 2701)] == [False, True]
    assert picture.heard_ms("m-n-f1") == NOW - 40_000, "any quantity counts"
    assert [picture.is_silent("m-n-f1", NOW - 40_000 + s * 1000) for s in (181, 300, 301)] == [False, False, True]
    assert picture.heard_ms("m-n-f2") is None


def test_touched_by_agrees_with_update(network: Network) -> None:
    picture = Picture(network)
    assert picture.touched_by("m-n-f1") == picture.update([said("m-n-f1", "power", 1)])
    assert picture.touched_by("stranger") == frozenset()


def test_state_has_hysteresis_between_calls(network: Network) -> None:
    picture = Picture(network)
    seen = []
    for share in (0.89, 0.91, 0.88, 0.86, 1.01, 0.98, 0.96):
        picture.update([said("m-n-f1", "power", share * 15_000), said("m-n-f1", "reactive_power", 0)])
        seen.append(picture.load("n-f1", Utility.POWER, NOW).state.value)
    assert seen == ["normal", "high", "high", "normal", "over", "over", "high"]


def test_order_caps_headroom_and_state_at_the_present_power_factor(network: Network) -> None:
    start, end = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    cap = SupplyOrder("cap", ("north",), Utility.POWER, 100, start, end, Text("", ""))
    picture = Picture(replace(network, supply_orders={"cap": cap}))
    picture.update(north(96_000, 72_000))  # power factor 0.8: 120 MVA, and 100 MW are 125 MVA
    load = picture.load("north", Utility.POWER, NOW)
    assert load.headroom_n0 == pytest.approx(5)
    assert load.headroom_n1 == pytest.approx(5)
    assert load.state is LoadState.HIGH
    assert load.capacity.order == 100


def test_power_factor(network: Network) -> None:
    picture = Picture(network)
    assert picture.power_factor("n-f1") is None
    picture.update([said("m-n-f1", "power", 3), said("m-n-f1", "reactive_power", -4)])
    assert picture.power_factor("n-f1") == pytest.approx(0.6)


@given(st.lists(st.floats(0, 2), max_size=30))
def test_state_is_never_better_than_the_load_allows(shares: list[float]) -> None:
    state = LoadState.UNKNOWN
    for share in shares:
        state = next_state(state, share)
        assert share < 1.0 or state is LoadState.OVER
        assert share < 0.9 or state is not LoadState.NORMAL
        assert share >= 0.97 or state is not LoadState.OVER
        assert share >= 0.87 or state is LoadState.NORMAL


def test_state_of_nothing_is_unknown() -> None:
    assert next_state(LoadState.OVER, math.nan) is LoadState.UNKNOWN
