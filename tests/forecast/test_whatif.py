"""What a change of temperature does, on loads whose answer is known; what tenants add."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.calendar import Calendar
from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.whatif import Shape, Tenant, changed, temperature_effect, tenants_load
from mainsight.core.forecasts import Forecast
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import HOUR_MS, day_start_ms

ZONE = "Asia/Ho_Chi_Minh"
ISSUE_MS = day_start_ms(date(2026, 7, 6), ZONE)
KW_PER_K = 12.0


def warm_load(days: int = 120, step_s: int = 3600, slope: float = KW_PER_K) -> Known:
    """A park that draws `slope` kW more for every degree, on weather that wanders between about 15 and 35 degC."""
    times = np.arange(ISSUE_MS - days * 24 * HOUR_MS, ISSUE_MS, step_s * 1000)
    rng = np.random.default_rng(7)
    hours = times / HOUR_MS + 7
    knots = times[:: 48 * 3600 // step_s]
    wander = np.zeros(len(knots))
    for at in range(1, len(knots)):
        wander[at] = 0.8 * wander[at - 1] + rng.normal(0, 1.5)
    slow = np.interp(times, knots, wander)
    temperature = 25 + 4 * np.cos((hours - 14) * 2 * np.pi / 24) + slow
    work = 200.0 * ((hours % 24 >= 7) & (hours % 24 < 18))
    value = 500 + work + slope * (temperature - 25) + rng.normal(0, 5, len(times))
    ahead = np.full(168 * 3600 // step_s, 27.0)
    return Known(times, value, step_s, ISSUE_MS, Calendar(ZONE), temperature, ahead)


@pytest.mark.parametrize("step_s", [3600, 900])
@pytest.mark.parametrize("delta_k", [3.0, -2.0])
def test_the_answer_to_temperature_is_found(step_s: int, delta_k: float) -> None:
    horizon = 168 * 3600 // step_s
    found = temperature_effect(warm_load(step_s=step_s), delta_k, horizon)
    assert found.value.shape == (horizon,)
    assert found.value[24 * 3600 // step_s :].mean() == pytest.approx(KW_PER_K * delta_k, rel=0.1)
    assert (found.low <= found.value).all()
    assert (found.value <= found.high).all()
    assert found.days == 120
    assert not found.assumed
    assert found.coldest < 22
    assert found.hottest > 28
    assert found.beyond == 0.0


def test_temperatures_that_were_never_met_are_told() -> None:
    assert temperature_effect(replace(warm_load(), temperature_ahead=np.full(168, 33.0)), 12.0, 168).beyond == 1.0


def test_a_load_that_does_not_feel_it_is_not_changed() -> None:
    found = temperature_effect(warm_load(slope=0.0), 3.0, 168)
    assert abs(found.value.mean()) < 4.0, "of about 600 kW"


def test_where_no_temperature_is_forecast_the_last_days_are_assumed() -> None:
    known = replace(warm_load(), temperature_ahead=None)
    found = temperature_effect(known, 3.0, 168)
    assert found.assumed
    assert found.value[24:].mean() == pytest.approx(3 * KW_PER_K, rel=0.15)
    short = replace(warm_load(), temperature_ahead=np.full(24, 27.0))
    assert temperature_effect(short, 3.0, 168).assumed


def test_without_enough_temperature_it_says_so() -> None:
    with pytest.raises(CannotForecastError, match="no temperature is known"):
        temperature_effect(replace(warm_load(), temperature=None, temperature_ahead=None), 3.0, 168)
    with pytest.raises(CannotForecastError, match="known of 20 days; 35 are needed"):
        temperature_effect(warm_load(days=20), 3.0, 168)


def forecast(quantity: str, median: FloatArray) -> Forecast:
    times = ISSUE_MS + HOUR_MS * np.arange(len(median), dtype=np.int64)
    rows = median[:, None] + np.array([-20.0, -10.0, -5.0, 0.0, 5.0, 10.0, 20.0])
    return Forecast("park", quantity, ISSUE_MS, 3600, times, rows, "ensemble")


MEDIAN = np.tile(np.concatenate([np.full(12, 100.0), np.full(12, 200.0)]), 7)


def test_a_tenant_of_power_comes_on_its_day_with_its_peak_at_the_targets() -> None:
    base = forecast("power", MEDIAN)
    start = date(2026, 7, 8)
    load = tenants_load(base, [Tenant(5000.0, start, Shape.AS_TARGET)], ZONE)
    assert not load[:48].any()
    assert load[48:72].tolist() == [2500.0] * 12 + [5000.0] * 12
    flat = tenants_load(base, [Tenant(5000.0, start, Shape.FLAT), Tenant(-1000.0, date(2026, 7, 1), Shape.FLAT)], ZONE)
    assert set(flat[:48].tolist()) == {-1000.0}
    assert set(flat[48:].tolist()) == {4000.0}


def test_a_tenant_of_water_has_its_volume_of_a_day() -> None:
    base = forecast("flow", MEDIAN)
    for shape in Shape:
        load = tenants_load(base, [Tenant(480.0, date(2026, 7, 6), shape)], ZONE)
        assert load.reshape(7, 24).sum(axis=1) == pytest.approx([480.0] * 7)


def test_bands_move_along_and_nothing_falls_below_zero() -> None:
    base = forecast("power", MEDIAN)
    load = tenants_load(base, [Tenant(-150.0, date(2026, 7, 6), Shape.FLAT)], ZONE)
    told = changed(base, np.full(len(MEDIAN), 10.0), load)
    assert told[12].tolist() == [40.0, 50.0, 55.0, 60.0, 65.0, 70.0, 80.0]
    assert told[0].tolist() == [0.0] * 7
    assert tenants_load(base, [], ZONE).tolist() == [0.0] * len(MEDIAN)
