"""The simulated province: determinism, exact registers, balances, and shapes that an engineer would believe."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainsight.core.network import Network
from mainsight.core.readings import Series
from mainsight.simulator.days import DaysError
from mainsight.simulator.instruments import InstrumentError
from mainsight.simulator.plan import PlanError
from mainsight.simulator.settings import SimulatorSettings
from mainsight.simulator.world import BeforeEpochError, World

STEP = 900_000
DAY = 96 * STEP


def utc(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


MONDAY = utc(2026, 1, 11, 17)
"""Monday 12 January 2026, local midnight."""


def quarter_hours(start_ms: int, days: float) -> np.ndarray:
    return np.arange(start_ms, start_ms + round(days * DAY), STEP)


@given(instants=st.lists(st.integers(MONDAY, MONDAY + 3 * DAY), min_size=1, max_size=12, unique=True).map(sorted))
@settings(max_examples=15, deadline=None)
def test_values_do_not_depend_on_what_else_is_asked(world: World, instants: list[int]) -> None:
    meters = list(world.network.meters)
    together = world.series(meters, np.array(instants))
    for position, instant in enumerate(instants):
        alone = world.series(meters, np.array([instant]))
        for series, values in together.items():
            np.testing.assert_allclose(values[position], alone[series][0], rtol=1e-12, atol=1e-9, err_msg=str(series))


def test_values_do_not_depend_on_the_order_in_which_days_are_asked(network: Network, settings: SimulatorSettings, world: World) -> None:
    fresh = World(network, settings, {date(2026, 2, 15 + n): "tet" for n in range(7)})
    late = quarter_hours(MONDAY + 5 * DAY, 1)
    first_late = fresh.series(["f1-main", "tank-level"], late)
    early = quarter_hours(MONDAY, 1)
    for asked, times in ((first_late, late), (fresh.series(["f1-main", "tank-level"], early), early)):
        for series, values in asked.items():
            np.testing.assert_allclose(values, world.series([series.meter], times)[series], rtol=1e-12)


def test_another_seed_is_another_province(
    network: Network, settings: SimulatorSettings, world: World, told: Callable[..., np.ndarray]
) -> None:
    other = World(network, settings.model_copy(update={"seed": 8}), {})
    times = quarter_hours(MONDAY, 1)
    assert np.abs(told(other, "steel", "power", times) - told(world, "steel", "power", times)).max() > 50


@pytest.mark.parametrize(
    ("meter", "rate", "register"),
    [
        ("steel", "power", "energy_import"),
        ("f1-main", "power", "energy_import"),
        ("f1-main", "reactive_power", "reactive_energy_import"),
        ("pumps-board", "power", "energy_import"),
        ("pumps-main", "flow", "volume"),
        ("d1-in", "flow", "volume"),
        ("plant-out", "flow", "volume"),
    ],
)
def test_register_is_the_integral_of_its_gauge(world: World, told: Callable[..., np.ndarray], meter: str, rate: str, register: str) -> None:
    fine = np.arange(MONDAY + 8 * 3_600_000, MONDAY + 10 * 3_600_000 + 1, 1000)
    values, counted = told(world, meter, rate, fine), told(world, meter, register, fine)
    integral = np.concatenate(([0.0], np.cumsum((values[1:] + values[:-1]) / 2 / 3600)))
    assert np.abs(counted - counted[0] - integral).max() < 2e-4 * integral[-1]
    assert (np.diff(counted) >= -1e-6).all()


def test_tank_holds_what_flowed_in_less_what_flowed_out(world: World) -> None:
    times = np.arange(MONDAY, MONDAY + 4 * DAY, 313_000)
    said = world.series(["tank-level", "tank-out", "pumps-main"], times)
    stored = (said[Series("tank-level", "level")] - said[Series("tank-level", "level")][0]) * 300.0
    flowed_in = said[Series("pumps-main", "volume")]
    flowed_out = said[Series("tank-out", "volume")]
    np.testing.assert_allclose(stored, flowed_in - flowed_in[0] - (flowed_out - flowed_out[0]), atol=1e-5)
    assert np.ptp(stored) > 100, "the tank works"


def test_mains_are_the_sum_of_their_parts(world: World) -> None:
    times = quarter_hours(MONDAY, 7)
    said = world.series(list(world.network.meters), times)
    chips = said[Series("chips", "power")] * 8000
    feeder = said[Series("f1-main", "power")]
    customers = chips + said[Series("steel", "power")]
    assert (feeder >= customers).all()
    two = said[Series("f1-main", "power")] + said[Series("f2-main", "power")]
    np.testing.assert_allclose(said[Series("t1-main", "power")], two, rtol=1e-12)
    assert (said[Series("d1-in", "flow")] > said[Series("d1-chips", "flow")]).all()
    np.testing.assert_allclose(
        said[Series("plant-out", "flow")], said[Series("pumps-main", "flow")] + said[Series("d2-in", "flow")], rtol=1e-9
    )
    np.testing.assert_allclose(said[Series("tank-out", "flow")], said[Series("d1-in", "flow")], rtol=1e-12)
    assert np.abs(said[Series("f1-check", "power")] / feeder - 1).max() < 0.003


def test_power_voltage_and_current_agree(world: World) -> None:
    said = world.series(["f1-main", "gate"], quarter_hours(MONDAY, 1))
    f1 = {q: said[Series("f1-main", q)] for q in ("power", "reactive_power", "voltage", "current")}
    np.testing.assert_allclose(3**0.5 * f1["voltage"] * f1["current"] / 1000, np.hypot(f1["power"], f1["reactive_power"]), rtol=1e-9)
    gate = {q: said[Series("gate", q)] for q in ("power", "voltage", "current", "power_factor")}
    np.testing.assert_allclose(gate["voltage"] * gate["current"] * gate["power_factor"] / 1000, gate["power"], rtol=1e-9)
    assert 210 < gate["voltage"].min() < gate["voltage"].max() < 245
    assert 21_000 < f1["voltage"].min() < f1["voltage"].max() < 23_500
    assert np.corrcoef(f1["voltage"], f1["power"])[0, 1] < -0.5, "voltage sags with load"


def test_everything_is_finite_and_nothing_negative(world: World) -> None:
    for series, values in world.series(list(world.network.meters), quarter_hours(MONDAY, 14)).items():
        assert np.isfinite(values).all(), series
        assert values.min() >= 0, series


def test_no_jumps_at_the_borders_of_days(world: World) -> None:
    """UTC midnight (where days are integrated one by one) and local midnight are steps like any other."""
    times = quarter_hours(MONDAY, 10)
    for meter, quantity in (
        ("f1-main", "power"),
        ("steel", "power"),
        ("d1-in", "flow"),
        ("t1-oil", "temperature_oil"),
        ("sky", "temperature"),
    ):
        values = world.series([meter], times)[Series(meter, quantity)]
        steps = np.abs(np.diff(values))
        for hour in (0, 17):
            border = (times[1:] % DAY) == hour * 4 * STEP
            assert steps[border].max() < 1.1 * steps[~border].max(), (meter, hour)
    for border in (MONDAY, utc(2026, 1, 13), utc(2026, 1, 13, 0, 15)):
        around = world.series(list(world.network.meters), np.array([border - 1, border, border + 1]))
        for series, values in around.items():
            if "running" not in series.quantity and series.meter not in {"pumps-main", "plant-out", "pumps-board"}:
                assert np.ptp(values) <= 1e-4 * max(abs(values[1]), 1.0), series


def test_peak_is_about_as_asked(world: World) -> None:
    said = world.series(["t1-main", "t2-main"], quarter_hours(MONDAY, 12))
    active = said[Series("t1-main", "power")] + said[Series("t2-main", "power")]
    reactive = said[Series("t1-main", "reactive_power")] + said[Series("t2-main", "reactive_power")]
    assert 22_000 < np.hypot(active, reactive).max() < 27_000
    assert 0.85 < (active / np.hypot(active, reactive)).mean() < 0.97


def test_working_days_sundays_nights_and_lunch(world: World, told: Callable[..., np.ndarray]) -> None:
    shirts = told(world, "shirts", "power", quarter_hours(MONDAY, 7)).reshape(7, 96)
    assert shirts[6].mean() < 0.5 * shirts[:5].mean(), "Sunday"
    assert shirts[:5, 8:16].mean() < 0.4 * shirts[:5, 36:44].mean(), "02:00 to 04:00 against the morning"
    assert shirts[:5, 48:50].mean() < 0.92 * shirts[:5, 40:44].mean(), "lunch"
    chips = told(world, "chips", "power", quarter_hours(MONDAY, 5)).reshape(5, 96)
    assert chips[:, 8:16].mean() > 0.7 * chips[:, 36:44].mean(), "three shifts run through the night"


def test_province_closes_for_tet_and_opens_by_and_by(world: World, told: Callable[..., np.ndarray]) -> None:
    days = told(world, "f1-main", "power", quarter_hours(utc(2026, 2, 1, 17), 35)).reshape(35, 96).mean(axis=1)
    usual, closed = days[0:4].mean(), days[14:20].mean()  # Mondays to Thursdays; 16 to 21 February
    assert closed < 0.55 * usual
    assert usual > days[10] > days[11] > days[12] > closed, "12, 13 and 14 February"
    assert closed < days[20] < days[22] < days[23] < days[24], "22 February and after"
    assert days[28:32].mean() > 0.95 * usual


def test_growth_and_season(network: Network, settings: SimulatorSettings, told: Callable[..., np.ndarray]) -> None:
    flat, growing = (World(network, settings.model_copy(update={"growth_per_year": g}), {}) for g in (0.0, 0.2))
    times = quarter_hours(utc(2026, 3, 1, 17), 7)
    ratio = told(growing, "f1-main", "power", times).mean() / told(flat, "f1-main", "power", times).mean()
    assert ratio == pytest.approx(1.2 ** (62 / 365.25), abs=0.004)
    temperature = flat.temperature(quarter_hours(utc(2026, 1, 1), 365)).reshape(365, 96)
    assert temperature[180:240].mean() > temperature[:31].mean() + 9
    assert 1 < np.ptp(temperature, axis=1).mean() < 12
    assert 33 < temperature.max() < 42


def test_values_are_those_at_the_terminals_and_registers_run_on_when_a_ratio_changes(world: World, told: Callable[..., np.ndarray]) -> None:
    change = utc(2026, 1, 19, 17)
    around = np.array([change - STEP, change - 1, change, change + STEP])
    power, energy = told(world, "chips", "power", around), told(world, "chips", "energy_import", around)
    assert power[1] / power[2] == pytest.approx(2.0, rel=1e-3)
    assert energy[1] == pytest.approx(energy[2], abs=1e-4)
    assert energy[1] - energy[0] == pytest.approx((power[0] + power[1]) / 2 / 4, rel=0.03)
    assert energy[3] - energy[2] == pytest.approx((power[2] + power[3]) / 2 / 4, rel=0.03)


def test_register_rolls_over(
    network: Network, settings: SimulatorSettings, replace_in: Callable[..., Network], told: Callable[..., np.ndarray]
) -> None:
    small = World(replace_in(network, "meters", "d1-chips", register_max=200.0), settings, {})
    counted = told(small, "d1-chips", "volume", quarter_hours(MONDAY, 2))
    assert counted.max() < 200
    falls = np.diff(counted) < 0
    assert 2 <= falls.sum() <= 8
    assert (np.diff(counted)[falls] < -150).all()


def test_oil_is_warmer_under_load_and_pumps_follow_the_tank(world: World) -> None:
    times = quarter_hours(MONDAY, 7)
    said = world.series(["t1-oil", "t1-main", "tank-level", "pumps-states", "sky", "d1-in", "plant-lab"], times)
    oil = said[Series("t1-oil", "temperature_oil")]
    assert (oil > said[Series("sky", "temperature")]).all()
    assert oil.max() < 90
    assert (said[Series("t1-oil", "temperature_winding")] > oil).all()
    level = said[Series("tank-level", "level")]
    assert level.min() > 1.5
    assert level.max() <= 4.5 + 0.06 * 3.5
    states = [said[Series("pumps-states", f"pump_running_ch{n}")] for n in (1, 2, 3)]
    assert set(np.unique(states[0])) == {0.0, 1.0}
    assert (states[0] >= states[1]).all()
    assert (states[1] >= states[2]).all()
    pressure, flow = said[Series("d1-in", "pressure")], said[Series("d1-in", "flow")]
    assert (pressure > 2.0).all()
    assert (pressure < 4.6).all()
    assert np.corrcoef(pressure, flow)[0, 1] < -0.3, "head loss"
    assert 0.2 < said[Series("plant-lab", "chlorine")].min() < said[Series("plant-lab", "chlorine")].max() < 1.0


def test_transformer_that_is_not_there_yet_carries_nothing(
    network: Network, settings: SimulatorSettings, told: Callable[..., np.ndarray], replace_in: Callable[..., Network]
) -> None:
    later = World(replace_in(network, "transformers", "t2", commissioned=date(2026, 1, 14)), settings, {})
    start = utc(2026, 1, 13, 17)
    assert told(later, "t2-main", "power", [start - 1, start]) == pytest.approx([0.0, told(later, "f3-main", "power", [start])[0]])
    assert told(later, "f3-main", "voltage", [start - 1, start])[0] == 0


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"settings": {"peak_mva": {"sbu": 3.0}}}, PlanError, "peak_mva.sbu"),
        ({"holidays": {date(2026, 1, 1): "xmas"}}, DaysError, "'tet' or 'holiday'"),
        ({"meter": {"quantities": ("gas_volume",)}}, InstrumentError, "cannot give 'gas_volume'"),
        ({"meter": {"quantities": ("level",)}}, InstrumentError, "a feeder has no 'level'"),
        ({"meter": {"asset": "tank"}}, PlanError, "put it on a feeder or transformer"),
    ],
)
def test_what_cannot_be_simulated_is_told(
    network: Network, settings: SimulatorSettings, replace_in: Callable[..., Network], changes: dict, error: type[Exception], says: str
) -> None:
    asked = settings.model_copy(update=changes.get("settings", {}))
    changed = replace_in(network, "meters", "steel", **changes.get("meter", {}))
    with pytest.raises(error, match=says):
        World(changed, asked, changes.get("holidays", {}))


def test_before_the_epoch_there_is_nothing(world: World) -> None:
    with pytest.raises(BeforeEpochError, match="set an earlier epoch"):
        world.series(["steel"], np.array([utc(2025, 12, 31, 23, 59)]))
