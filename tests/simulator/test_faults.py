"""Faults: clear errors, what they do to the world and to meters, and their ground truth."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from mainsight.core.network import Network
from mainsight.core.readings import Series
from mainsight.simulator.faults import FOREVER_MS, Fault, FaultError, FaultKind, FaultPlan
from mainsight.simulator.random_faults import random_plan
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.truth import affected, write_truth
from mainsight.simulator.world import World

MINUTE = 60_000
HOUR = 60 * MINUTE
NOON = int(datetime(2026, 1, 14, 5, tzinfo=UTC).timestamp() * 1000)
"""Wednesday, 12:00 local time."""


def faulty(
    world: World, kind: FaultKind, at: str, start_ms: int, end_ms: int = FOREVER_MS, quantity: str | None = None, **parameters: float
) -> World:
    return world.with_faults(FaultPlan.of(world.network, [Fault("x", kind, at, start_ms, end_ms, quantity, parameters)]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "not a list"),
        ("- [1", "not YAML"),
        ("- 3", "not a mapping"),
        ("- {kind: meter_silent, at: steel}", "start is missing"),
        ("- {kind: meter_slient, at: steel, start: 2026-01-14T12:00:00Z}", "did you mean meter_silent?"),
        ("- {kind: meter_silent, at: stel, start: 2026-01-14T12:00:00Z}", "no meter 'stel'; did you mean steel?"),
        ("- {kind: feeder_trip, at: steel, start: 2026-01-14T12:00:00Z}", "happens to a feeder, but 'steel' is a meter"),
        ("- {id: a, kind: spike, at: gate, start: 2026-01-14T12:00:00Z, end: 2026-01-14T12:00:00Z}", "fault a: it ends before it starts"),
        ("- {kind: spike, at: steel, start: 2026-01-14T12:00:00}", "has no time zone"),
        ("- {kind: spike, at: steel, start: noon}", "is not a time"),
        ("- {kind: spike, at: steel, begin: 2026-01-14T12:00:00Z, start: 2026-01-14T12:00:00Z}", "key 'begin' is not known"),
        ("- {kind: spike, at: steel, start: 2026-01-14T12:00:00Z, parameters: {height: 2}}", "no parameter 'height'; it has: factor"),
        ("- {kind: spike, at: steel, start: 2026-01-14T12:00:00Z, parameters: {factor: high}}", "not a number"),
        ("- {kind: spike, at: steel, start: 2026-01-14T12:00:00Z, parameters: {factor: -1}}", "must be positive"),
        ("- {kind: spike, at: steel, quantity: level, start: 2026-01-14T12:00:00Z}", "has no quantity 'level'"),
        ("- {kind: register_reset, at: steel, quantity: power, start: 2026-01-14T12:00:00Z}", "is not a register"),
        ("- {kind: meter_silent, at: steel, quantity: power, start: 2026-01-14T12:00:00Z}", "leave quantity out"),
        (
            "- {id: a, kind: spike, at: gate, start: 2026-01-14T12:00:00Z}\n" * 2,
            "used twice",
        ),
    ],
)
def test_plans_that_make_no_sense_are_told(network: Network, text: str, says: str) -> None:
    with pytest.raises(FaultError, match=says.replace("?", r"\?")):
        FaultPlan.parse(network, text)


def test_plan_is_read_from_yaml_and_json(network: Network, tmp_path: Path) -> None:
    yaml = """
    - kind: main_burst
      at: d1
      start: 2026-01-14T12:00:00+07:00
      end: "2026-01-14T06:00:00Z"
      parameters: {flow_m3_per_h: 60}
    """
    plan = FaultPlan.parse(network, yaml)
    assert plan.faults == (Fault("main_burst-1", FaultKind.MAIN_BURST, "d1", NOON, NOON + HOUR, None, {"flow_m3_per_h": 60}),)
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([{"kind": "meter_silent", "at": "steel", "start": "2026-01-14T05:00:00Z"}]))
    assert FaultPlan.read(network, path).faults[0].end_ms == FOREVER_MS
    path.write_text("[{}]")
    with pytest.raises(FaultError, match=r"faults\.json: fault number 1: kind is missing"):
        FaultPlan.read(network, path)


def test_trip_takes_down_what_hangs_below_to_the_millisecond(world: World, told: Callable[..., np.ndarray]) -> None:
    start, end = NOON + 7 * MINUTE, NOON + 51 * MINUTE
    dark = faulty(world, FaultKind.FEEDER_TRIP, "f1", start, end)
    times = np.array([start - 1, start, end - 1, end])
    assert (told(dark, "steel", "power", times) > 0).tolist() == [True, False, False, True]
    assert (told(dark, "f1-main", "breaker_closed", times) > 0).tolist() == [True, False, False, True]
    assert told(dark, "f1-main", "voltage", times)[1] == 0
    np.testing.assert_allclose(told(dark, "t1-main", "power", times)[1:3], told(dark, "f2-main", "power", times)[1:3])
    np.testing.assert_allclose(told(dark, "t2-main", "power", times), told(world, "t2-main", "power", times))
    lost = told(world, "f1-main", "energy_import", times) - told(dark, "f1-main", "energy_import", times)
    during = told(world, "f1-main", "energy_import", np.array([start, end]))
    assert lost == pytest.approx([0, 0, during[1] - during[0], during[1] - during[0]], abs=0.05)


def test_trip_of_the_pumps_feeder_empties_the_tank_and_lowers_pressure(world: World, told: Callable[..., np.ndarray]) -> None:
    dark = faulty(world, FaultKind.FEEDER_TRIP, "f2", NOON, NOON + 6 * HOUR)
    times = np.arange(NOON - HOUR, NOON + 18 * HOUR, 5 * MINUTE)
    during = (times >= NOON) & (times < NOON + 6 * HOUR)
    level, usual = told(dark, "tank-level", "level", times), told(world, "tank-level", "level", times)
    assert (np.diff(level[during]) <= 0).all()
    assert level[during].min() < usual[during].min() - 0.5
    assert level[-1] > level[during].min() + 0.5, "it fills again"
    assert (told(dark, "pumps-main", "flow", times)[during] == 0).all()
    assert (told(dark, "pumps-states", "pump_running_ch1", times)[during] == 0).all()
    assert (told(dark, "pumps-board", "power", times)[during] == 0).all()
    last = times == NOON + 5 * HOUR + 55 * MINUTE
    assert told(dark, "d1-in", "pressure", times)[last] < told(world, "d1-in", "pressure", times)[last] - 0.03


def test_tank_without_pumps_runs_dry_never_below_its_outlet(world: World) -> None:
    stopped = faulty(world, FaultKind.PUMP_STOP, "pumps", NOON, NOON + 40 * HOUR)
    times = np.arange(NOON, NOON + 50 * HOUR, 5 * MINUTE)
    said = stopped.series(["tank-level", "tank-out", "pumps-main", "d1-in", "d1-chips"], times)
    level = said[Series("tank-level", "level")]
    assert 0.2 < level.min() < 0.3
    assert level[-1] > 0.5, "it fills again"
    dry = (times > NOON + 36 * HOUR) & (times < NOON + 40 * HOUR)
    assert said[Series("d1-in", "flow")][dry].max() < 1
    assert said[Series("d1-in", "pressure")][dry].max() < 0.5
    assert (said[Series("d1-in", "flow")] >= said[Series("d1-chips", "flow")]).all()
    stored = (level - level[0]) * 300.0
    moved = [said[Series(m, "volume")] - said[Series(m, "volume")][0] for m in ("pumps-main", "tank-out")]
    np.testing.assert_allclose(stored, moved[0] - moved[1], atol=1e-5)


def test_stop_of_pumps_without_a_tank_cuts_the_district_off_at_once(world: World, told: Callable[..., np.ndarray]) -> None:
    stopped = faulty(world, FaultKind.PUMP_STOP, "lift", NOON, NOON + HOUR)
    times = np.array([NOON - 1, NOON, NOON + HOUR - 1, NOON + HOUR])
    for quantity in ("flow", "pressure"):
        assert (told(stopped, "d2-in", quantity, times) > 0).tolist() == [True, False, False, True]


def test_burst_raises_flow_and_lowers_pressure(world: World, told: Callable[..., np.ndarray]) -> None:
    burst = faulty(world, FaultKind.MAIN_BURST, "d1", NOON, NOON + 3 * HOUR, flow_m3_per_h=60)
    times = np.array([NOON - 1, NOON, NOON + HOUR, NOON + 3 * HOUR])
    more = told(burst, "d1-in", "flow", times) - told(world, "d1-in", "flow", times)
    assert more[:2] == pytest.approx([0, 60])
    assert more[2] == pytest.approx(60, abs=4), "leakage falls a little with the pressure"
    assert told(burst, "d1-in", "pressure", times)[1] < told(world, "d1-in", "pressure", times)[1] - 0.3
    assert told(burst, "d1-chips", "flow", times) == pytest.approx(told(world, "d1-chips", "flow", times))
    counted = told(burst, "d1-in", "volume", times) - told(world, "d1-in", "volume", times)
    assert counted[3] - counted[1] == pytest.approx(180, abs=8)


def test_faults_put_in_later_give_the_same_world_as_faults_from_the_start(
    network: Network, settings: SimulatorSettings, world: World
) -> None:
    plan = FaultPlan.of(network, [Fault("x", FaultKind.PUMP_STOP, "pumps", NOON, NOON + 5 * HOUR)])
    later, fresh = world.with_faults(plan), World(network, settings, {date(2026, 2, 15 + n): "tet" for n in range(7)}, plan)
    times = np.arange(NOON - HOUR, NOON + 30 * HOUR, HOUR // 4)
    meters = list(network.meters)
    said = fresh.series(meters, times)
    for series, values in later.series(meters, times).items():
        np.testing.assert_allclose(values, said[series], rtol=1e-12, atol=1e-9, err_msg=str(series))
    before = later.with_faults(FaultPlan()).series(meters, times)
    for series, values in world.series(meters, times).items():
        np.testing.assert_allclose(before[series], values, rtol=1e-12, atol=1e-9)


def test_meter_faults(world: World, told: Callable[..., np.ndarray]) -> None:
    times = np.array([NOON - HOUR, NOON, NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR])
    end = NOON + 2 * HOUR
    power, energy = told(world, "steel", "power", times), told(world, "steel", "energy_import", times)

    silent = faulty(world, FaultKind.METER_SILENT, "steel", NOON, end)
    assert np.isnan(told(silent, "steel", "power", times)).tolist() == [False, True, True, False, False]
    stuck = faulty(world, FaultKind.METER_STUCK, "steel", NOON, end)
    assert told(stuck, "steel", "power", times) == pytest.approx([power[0], power[1], power[1], power[3], power[4]])
    assert told(stuck, "steel", "energy_import", times) == pytest.approx([energy[0], energy[1], energy[1], energy[3], energy[4]])
    one = faulty(world, FaultKind.METER_STUCK, "steel", NOON, end, quantity="power")
    assert told(one, "steel", "energy_import", times) == pytest.approx(energy)
    spike = faulty(world, FaultKind.SPIKE, "steel", NOON, end, factor=5)
    assert told(spike, "steel", "power", times) == pytest.approx(power * [1, 5, 5, 1, 1])
    assert told(spike, "steel", "energy_import", times) == pytest.approx(energy)
    reset = faulty(world, FaultKind.REGISTER_RESET, "steel", NOON)
    assert told(reset, "steel", "energy_import", times) == pytest.approx([energy[0], *(energy[1:] - energy[1])], abs=1e-6)
    dip = faulty(world, FaultKind.REGISTER_RESET, "steel", NOON, end)
    assert told(dip, "steel", "energy_import", times)[3:] == pytest.approx(energy[3:])
    ratio = faulty(world, FaultKind.WRONG_RATIO, "steel", NOON, end, factor=0.5)
    assert told(ratio, "steel", "power", times) == pytest.approx(power * [1, 0.5, 0.5, 1, 1])
    lost = energy - told(ratio, "steel", "energy_import", times)
    half = (energy[3] - energy[1]) / 2
    assert lost == pytest.approx([0, 0, (energy[2] - energy[1]) / 2, half, half], abs=1e-6)
    voltage = faulty(world, FaultKind.WRONG_RATIO, "gate", NOON, end, factor=0.5)
    assert told(voltage, "gate", "voltage", times) == pytest.approx(told(world, "gate", "voltage", times)), "a ratio is not for volts"
    drift = faulty(world, FaultKind.CLOCK_DRIFT, "steel", NOON, end, offset_s=30, s_per_day=240)
    assert (drift.stamps("steel", times) - times).tolist() == [0, 30_000, 40_000, 0, 0]
    assert drift.stamps("chips", times).tolist() == times.tolist()
    assert told(drift, "chips", "power", times) == pytest.approx(told(world, "chips", "power", times)), "nobody else is touched"


def test_series_that_a_fault_changes_are_named(network: Network, world: World) -> None:
    """Whatever the world shows to differ is named, but for faint second-hand effects (voltage, oil, draws far above)."""
    times = np.arange(NOON, NOON + 5 * HOUR, HOUR // 4)
    usual = world.series(list(network.meters), times)
    for kind, at in ((FaultKind.FEEDER_TRIP, "f2"), (FaultKind.MAIN_BURST, "d1"), (FaultKind.PUMP_STOP, "lift")):
        fault = Fault("x", kind, at, NOON, NOON + 5 * HOUR)
        named = set(affected(network, fault))
        said = world.with_faults(FaultPlan.of(network, [fault])).series(list(network.meters), times)
        differ = {s for s, values in said.items() if np.abs(values - usual[s]).max() > 0.05 * np.abs(usual[s]).max()}
        second_hand = {"temperature_oil", "temperature_winding", "tap_position", "current", "pressure", "level"}
        unnamed = {s for s in differ - named if s.quantity not in second_hand and not s.quantity.startswith("pump_running")}
        assert not unnamed, (kind, unnamed)
        assert named & differ
    spike = Fault("x", FaultKind.SPIKE, "steel", NOON, NOON + HOUR)
    assert affected(network, spike) == (Series("steel", "power"), Series("steel", "reactive_power"))


def test_truth_is_written_whole(network: Network, tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text("an older run\n")
    plan = FaultPlan.of(
        network, [Fault("a", FaultKind.SPIKE, "steel", NOON, NOON + HOUR), Fault("b", FaultKind.METER_SILENT, "gate", NOON)]
    )
    write_truth(path, network, plan)
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert first == {
        "id": "a",
        "kind": "spike",
        "at": "steel",
        "quantity": None,
        "start": "2026-01-14T05:00:00Z",
        "end": "2026-01-14T06:00:00Z",
        "parameters": {"factor": 6.0},
        "series": [["steel", "power"], ["steel", "reactive_power"]],
    }
    assert second["end"] is None
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError, match="missing"):
        write_truth(tmp_path / "missing" / "truth.jsonl", network, plan)
    assert path.read_text().count("\n") == 2


def test_random_plans_follow_seed_and_rates(network: Network) -> None:
    rates = dict.fromkeys(FaultKind, 20.0)
    week = (NOON, NOON + 7 * 24 * HOUR)
    plan = random_plan(network, 3, *week, rates)
    assert plan == random_plan(network, 3, *week, rates)
    assert plan != random_plan(network, 4, *week, rates)
    counts = {kind: sum(fault.kind is kind for fault in plan.faults) for kind in FaultKind}
    assert all(6 <= count <= 40 for count in counts.values()), counts
    assert all(week[0] <= fault.start_ms < week[1] for fault in plan.faults)
    assert not random_plan(network, 3, *week, {}).faults
    with pytest.raises(FaultError, match="cannot be negative"):
        random_plan(network, 3, *week, {FaultKind.SPIKE: -1})
