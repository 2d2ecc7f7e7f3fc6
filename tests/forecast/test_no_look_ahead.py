"""The permanent leak test: what happens after the issue must not change what was said at it."""

from collections.abc import Callable

import numpy as np
import pytest

from forecast.backtest import Plan, Weather, known_at
from forecast.calendar import Calendar
from forecast.errors import DataError
from forecast.known import Known
from forecast.models.catalogue import MODELS
from forecast.series import CsvSeries
from mainsight.core.zonetime import HOUR_MS

DAY = 24


def scrambled_after(series: CsvSeries, origin_ms: int) -> CsvSeries:
    future = series.start_ms >= origin_ms
    value = np.where(future, np.random.default_rng(7).permutation(series.value) * 3, series.value)
    assert series.temperature is not None
    temperature = np.where(future, -40.0, series.temperature)
    return CsvSeries(series.start_ms, value, temperature, series.step_s)


@pytest.mark.parametrize("name", MODELS)
def test_scrambled_future_gives_the_same_forecast(name: str, make_known: Callable[..., Known]) -> None:
    whole = make_known(days=70)
    value = whole.value.copy()
    value[-20 * DAY : -19 * DAY + 6] = np.nan
    value[-14 * DAY - 3 : -14 * DAY + 3] = np.nan
    temperature = 25 + 5 * np.sin(np.arange(len(value)) / 40)
    series = CsvSeries(whole.start_ms, value, temperature, whole.step_s)
    origin_ms = whole.issue_ms - 14 * DAY * HOUR_MS
    plan = Plan((name,), horizon=168, origins=1, weather=Weather.NONE)
    said = [
        MODELS[name].fit(known_at(one, origin_ms, whole.calendar, plan)).predict(168).quantiles
        for one in (series, scrambled_after(series, origin_ms))
    ]
    assert np.array_equal(said[0], said[1])


def test_history_past_the_issue_is_refused() -> None:
    with pytest.raises(DataError, match="look-ahead"):
        Known(np.array([0, HOUR_MS]), np.array([1.0, 2.0]), 3600, HOUR_MS, Calendar())


def test_actual_weather_is_told_only_when_asked_for(make_known: Callable[..., Known]) -> None:
    whole = make_known(days=30)
    series = CsvSeries(whole.start_ms, whole.value, np.full(len(whole.value), 20.0), 3600)
    origin_ms = whole.issue_ms - 48 * HOUR_MS
    told = {weather: known_at(series, origin_ms, whole.calendar, Plan(("x",), 24, 1, weather)).temperature_ahead for weather in Weather}
    assert told[Weather.NONE] is None
    assert told[Weather.ACTUAL] is not None
    assert len(told[Weather.ACTUAL]) == 24
