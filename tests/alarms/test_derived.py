"""Rates, quality, temperatures and hours of water: worked by hand, in any order of arrival, over a restart."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.alarms.past import Past
from mainsight.alarms.replay import replay
from mainsight.alarms.settings import AlarmSettings
from mainsight.core.forecasts import Forecast
from mainsight.core.kpi import Cooling, heat, steady_state, thermal_model
from mainsight.core.network import Network, Ratio, Role
from mainsight.core.readings import Flag, Reading
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS
from mainsight.store.alarm_port import Transition

from .conftest import NOON, Bench, build_network, meter, reading, rules

QUARTER = 15 * MINUTE_MS
START = NOON - NOON % QUARTER
RATE = {
    "id": "level-falls",
    "kind": "rate",
    "watches": {"kind": "reservoir"},
    "measure": "level",
    "direction": "fall",
    "threshold": 0.3,
    "over_min": 30,
    "deadband": 0.1,
}
STATIC = {"id": "stuck", "kind": "quality", "watches": {"kind": "meter", "assets": ["c0"]}, "check": "static", "over_h": 2}
MISSING = {
    "id": "gaps",
    "kind": "quality",
    "watches": {"kind": "meter", "assets": ["c0"]},
    "check": "missing",
    "over_h": 2,
    "limit_percent": 30,
    "deadband": 10,
}
DRIFT = {
    "id": "drift",
    "kind": "quality",
    "watches": {"kind": "feeder", "assets": ["f1"]},
    "check": "drift",
    "over_h": 1,
    "limit_percent": 10,
}
HOT = {"id": "hot", "kind": "thermal", "watches": {"kind": "transformer", "assets": ["t1"]}, "threshold": 120, "deadband": 5}
TANK = {"id": "storage", "kind": "storage", "watches": {"kind": "reservoir"}, "hours": 4, "deadband": 1}


def told(network: Network, raw: dict[str, Any], readings: Sequence[Reading]) -> list[tuple[float, str, float | None]]:
    """Minutes after the start, state and value of what a replay gives."""
    found = replay(network, rules(raw), AlarmSettings(), Past.of(readings)).transitions
    return [((t.event_ms - START) / MINUTE_MS, t.after, None if t.value is None else round(t.value, 3)) for t in found]


def every(step_ms: int, values: Sequence[float], name: str = "s-r1", quantity: str = "level") -> list[Reading]:
    return [reading(name, quantity, START + n * step_ms, value) for n, value in enumerate(values)]


def slow(network: Network) -> Network:
    """The same network, its meters heard from each quarter of an hour."""
    return replace(network, meters={m.id: replace(m, reports_s=900) for m in network.meters.values()})


def test_a_level_that_falls_too_fast_and_slows_down() -> None:
    # Against 30 min before: -0.1 m/h at 30 min, then 0.2/0.5 h = 0.4 > 0.3; it clears below 0.2: 0.05/0.5 h = 0.1.
    levels = [4.0, 3.975, 3.95, 3.775, 3.6, 3.55, 3.5, 3.5]
    assert told(slow(build_network(0)), RATE, every(QUARTER, levels)) == [(45, "UNACK", 0.4), (105, "RTNUN", 0.1)]


def test_a_rate_over_a_gap_is_not_known_and_clears_nothing() -> None:
    readings = every(QUARTER, [4.0, 3.8, 3.6])
    later = [reading("s-r1", "level", START + 3 * HOUR_MS, 3.6), reading("s-r1", "level", START + 3 * HOUR_MS + QUARTER, 3.6)]
    assert told(slow(build_network(0)), RATE, [*readings, *later]) == [(30, "UNACK", 0.8)]


def test_either_direction_counts() -> None:
    both = RATE | {"direction": "either"}
    assert told(slow(build_network(0)), both, every(QUARTER, [3.0, 3.1, 3.5]))[0] == (30, "UNACK", 1.0)
    assert told(slow(build_network(0)), RATE, every(QUARTER, [3.0, 3.1, 3.5])) == []


def test_a_register_that_stands_still_while_something_is_drawn() -> None:
    values = [5.0, 6.0, *[7.0] * 10, 8.0]
    # It moved last at 30 min; more than two hours later is 165 min. The change at 180 min ends it.
    assert told(slow(build_network(1)), STATIC, every(QUARTER, values, "c0", "power")) == [(165, "UNACK", 2.25), (180, "RTNUN", 0.0)]


def test_nothing_drawn_is_not_stuck_and_a_tolerance_is_no_move() -> None:
    network = slow(build_network(1))
    assert told(network, STATIC, every(QUARTER, [0.0] * 20, "c0", "power")) == []
    wobbling = [7.0, 7.05] * 6
    assert told(network, STATIC, every(QUARTER, wobbling, "c0", "power")) == []
    assert told(network, STATIC | {"tolerance": 0.1}, every(QUARTER, wobbling, "c0", "power")) == [(135, "UNACK", 2.25)]


def test_missing_intervals_of_two_hours() -> None:
    # Eight intervals. 0..8 are there, 9..11 are not: with interval 12's reading, the boundaries at 10, 11 and 12 are judged;
    # three of eight are 37.5 % at 12 x 15 min = 180. It clears below 20 %: one of eight, when 9 and 10 have left (19 x 15).
    present = [*range(9), *range(12, 24)]
    readings = [reading("c0", "power", START + n * QUARTER, 5.0) for n in present]
    assert told(slow(build_network(1)), MISSING, readings) == [(180, "UNACK", 37.5), (285, "RTNUN", 12.5)]


def test_before_the_stretch_is_known_nothing_is_missing() -> None:
    readings = [reading("c0", "power", START + n * QUARTER, 5.0) for n in (0, 6)]
    assert told(slow(build_network(1)), MISSING, readings) == []


def test_suspect_is_outside_the_limits_or_doubted_by_the_device() -> None:
    network = slow(build_network(1))
    limited = replace(network.meters["c0"], limits={"power": (0.0, 10.0)})
    network = replace(network, meters=network.meters | {"c0": limited})
    suspect = MISSING | {"check": "suspect", "id": "suspect"}
    values = [5.0] * 8 + [50.0] * 3 + [5.0]
    assert told(network, suspect, every(QUARTER, values, "c0", "power")) == [(165, "UNACK", 37.5)]
    doubted = [
        r._replace(flags=int(Flag.DEVICE)) if n in {8, 9, 10} else r for n, r in enumerate(every(QUARTER, [5.0] * 12, "c0", "power"))
    ]
    assert told(network, suspect, doubted) == [(165, "UNACK", 37.5)]
    assert told(network, suspect | {"check": "doubtful"}, doubted) == [(165, "UNACK", 37.5)]


def test_main_and_sub_meters_that_drift_apart() -> None:
    network = slow(build_network(2))
    readings: list[Reading] = []
    for n in range(13):
        lost = 40.0 if n >= 8 else 0.0
        readings += [
            reading("m-f1", "power", START + n * QUARTER, 200.0),
            reading("c0", "power", START + n * QUARTER, 100.0),
            reading("c1", "power", START + n * QUARTER, 100.0 - lost),
        ]
    # Over four intervals: one of them 40 of 800 short is 5 %, two 10 % (not above), three 15 % at the boundary of the eleventh.
    assert told(network, DRIFT, readings) == [(165, "UNACK", 15.0)]


def test_drift_applies_ratios_and_needs_meters_on_both_sides() -> None:
    network = slow(build_network(1))
    by_ratio = replace(network.meters["c0"], ratios=(Ratio(network.as_of, 40.0),))
    network = replace(network, meters=network.meters | {"c0": by_ratio})
    readings = [
        r
        for n in range(9)
        for r in (reading("m-f1", "power", START + n * QUARTER, 200.0), reading("c0", "power", START + n * QUARTER, 5.0))
    ]
    assert told(network, DRIFT, readings) == []
    assert told(network, DRIFT | {"watches": {"kind": "feeder", "assets": ["f2"]}}, readings) == []


def test_drift_against_the_check_meter() -> None:
    network = build_network(0)
    check = meter("k-f1", "f1", ("power",), role=Role.CHECK)
    network = slow(replace(network, meters=network.meters | {"k-f1": check}))
    readings = [
        r
        for n in range(9)
        for r in (reading("m-f1", "power", START + n * QUARTER, 200.0), reading("k-f1", "power", START + n * QUARTER, 150.0))
    ]
    assert told(network, DRIFT | {"against": "check"}, readings)[0] == (30, "UNACK", 25.0), "half of the intervals are enough"


def test_a_transformer_heats_up_by_the_standard_s_equations() -> None:
    network, model = slow(build_network(0)), thermal_model(Cooling.ONAN, {})
    readings: list[Reading] = []
    for n in range(40):
        readings += [
            reading("m-t1", "power", START + n * QUARTER, 63_000.0 * (1.4 if n >= 4 else 0.7)),
            reading("m-t1", "reactive_power", START + n * QUARTER, 0.0),
        ]
    state, expected = steady_state(model, 0.7, 30.0), []
    for n in range(1, 40):
        state = heat(model, state, 1.4 if n > 4 else 0.7, 30.0, 15.0)
        expected.append((15 * n, state.hot_spot))
    when, hot = next((at, value) for at, value in expected if value > 120)
    found = told(network, HOT | {"measure": "hot_spot", "ambient_c": 30.0}, readings)
    assert found == [(when, "UNACK", pytest.approx(hot, abs=0.001))]


def test_a_measured_ambient_goes_before_the_assumed_one() -> None:
    network = slow(build_network(0))
    weather = meter("wx", "qc", ("temperature",), role=Role.SENSOR, reports_s=900)
    network = replace(network, meters=network.meters | {"wx": weather})
    load = every(QUARTER, [63_000.0] * 4, "m-t1", "power")
    still = every(QUARTER, [0.0] * 4, "m-t1", "reactive_power")
    rule = HOT | {"measure": "top_oil", "threshold": 105, "ambient_c": 30.0}
    assert told(network, rule, [*load, *still]) == []
    assert told(network, rule, [*every(QUARTER, [46.0] * 4, "wx", "temperature"), *load, *still]) == [(0, "UNACK", 106.0)]


def test_loss_of_life_is_normal_at_98_degrees() -> None:
    network = slow(build_network(0))
    flat = {"top_oil_rise": 50.0, "gradient": 13.0, "hot_spot_factor": 1.0}
    # Rated load for ever at 35 degC: hot-spot 98 degC, an hour of life an hour.
    readings = every(QUARTER, [63_000.0] * 110, "m-t1", "power")
    readings += every(QUARTER, [0.0] * 110, "m-t1", "reactive_power")
    rule = HOT | {"measure": "loss_of_life", "threshold": 12, "deadband": 1, "nameplate": flat, "ambient_c": 35.0}
    assert told(network, rule, readings) == [(735, "UNACK", 12.25)], "just over twelve hours"


def test_hours_of_water_at_the_present_flow_when_nothing_forecasts() -> None:
    # 800 m2: at 5 m 3,200 m3 usable; districts draw 400 m3/h and nothing flows in: 8 h. At 2.875 m: 1,500 m3, 3.75 h < 4 h.
    network = slow(build_network(0))
    readings = [
        r
        for n, level in enumerate([5.0, 4.0, 3.0, 2.875, 2.9, 4.0])
        for r in (reading("m-d1", "flow", START + n * QUARTER, 400.0), reading("s-r1", "level", START + n * QUARTER + 1000, level))
    ]
    assert [(round(at), state, value) for at, state, value in told(network, TANK, readings)] == [(45, "UNACK", 3.75), (75, "RTNUN", 6.0)]


pytestmark = pytest.mark.anyio


async def test_hours_of_water_at_p90_of_the_forecast_path() -> None:
    made = Bench(slow(build_network(0)), rules(TANK))
    times = START + np.arange(96, dtype=np.int64) * QUARTER
    middle = np.full(96, 300.0)
    spread = np.array([-80, -60, -30, 0, 30, 60, 80.0])
    await made.store.write_forecast([Forecast("qc", "flow", START, 900, times, middle[:, None] + spread, "test")])
    made.now_ms = START
    await made.service.check_forecasts()
    await made.take(reading("s-r1", "level", START, 2.9))
    # 1,520 m3 at 300 m3/h are 5.07 h, at each step's P90 of 360 m3/h 4.22 h; the path's P90 lies between: 4.30 h,
    # where 300 t + 60 sqrt(2 x 36 (t/6 - 1 + exp(-t/6))) = 1,520.
    view = made.service.view("storage", "r1")
    assert view.value == pytest.approx(4.30, abs=0.01)
    assert view.state == "NORM"


def shuffled(readings: Sequence[Reading], seed: int, window: int) -> list[Reading]:
    """Readings in an order in which none comes later than so many places."""
    rng = random.Random(seed)
    return [r for _, _, r in sorted((n + rng.uniform(0, window), n, r) for n, r in enumerate(readings))]


CASES: list[tuple[dict[str, Any], str, str]] = [
    (RATE, "s-r1", "level"),
    (STATIC | {"over_h": 0.05}, "c0", "power"),
    (HOT | {"measure": "hot_spot", "threshold": 100}, "m-t1", "power"),
]


@given(
    st.sampled_from(CASES),
    st.lists(st.sampled_from([0.0, 1.0, 1.5, 2.0, 60_000.0, 90_000.0]), min_size=5, max_size=60),
    st.integers(0, 10_000),
)
def test_order_of_arrival_and_duplicates_do_not_matter(case: tuple[dict[str, Any], str, str], values: list[float], seed: int) -> None:
    raw, name, quantity = case
    fast = raw | ({"over_min": 1} if raw is RATE else {})
    readings = every(10_000, values, name, quantity)
    arrived = shuffled([*readings, *readings[::3]], seed, 8)
    found = []
    for order in (readings, arrived):
        made = Bench(build_network(1), rules(fast))
        engine = made.service._engine
        for one in order:
            engine.observe([one], START + 700_000)
        (record,) = (engine.record(key) for key in engine.points)
        found.append((record.condition, record.since_ms, record.data.get("held")))
    assert found[0] == found[1]


async def test_a_restart_goes_on_where_it_was() -> None:
    """Temperature and rate are the same as without the restart, from what is stored and the readings since."""
    values = [40_000.0 + 300.0 * n for n in range(120)]
    readings = [
        r
        for n, v in enumerate(values)
        for r in (
            reading("m-t1", "power", START + n * MINUTE_MS, v),
            reading("m-t1", "reactive_power", START + n * MINUTE_MS, 0.0),
            reading("s-r1", "level", START + n * MINUTE_MS, 4 - n / 60),
        )
    ]
    both = rules(HOT | {"measure": "hot_spot"}, RATE)
    shown = []
    for restarts in ((), (30, 31, 90)):
        made = Bench(build_network(0), both)
        await made.service.start()
        for n in range(120):
            made.now_ms = START + n * MINUTE_MS
            await made.take(*readings[3 * n : 3 * n + 3])
            await made.service.tick()
            if n in restarts:
                await made.restart()
        shown.append([(v.rule, v.state, v.since_ms, None if v.value is None else round(v.value, 6)) for v in made.service.views()])
        transitions: list[Transition] = await made.state.transitions()
        shown[-1].append(("", str(len(transitions)), 0, None))
    assert shown[0] == shown[1]
    assert not any(value is not None and math.isnan(value) for *_, value in shown[0])
