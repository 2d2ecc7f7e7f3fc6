"""What every time-series store promises of forecasts, whichever adapter keeps them."""

import numpy as np
import pytest

from mainsight.core.forecasts import Forecast, ForecastIssue
from mainsight.store.port import TimeSeriesStore

pytestmark = pytest.mark.anyio

T0 = 1_780_272_000_000  # 2026-06-01 00:00 UTC
HOUR = 3_600_000
DAY = 24 * HOUR


def forecast(issue_ms: int, level: float, steps: int = 4, target: str = "zone-1", model: str = "naive") -> Forecast:
    times = issue_ms + HOUR * np.arange(steps, dtype=np.int64)
    quantiles = level + np.arange(steps)[:, None] * 100 + np.arange(7.0)
    return Forecast(target, "power", issue_ms, 3600, times, quantiles, model, "too few days", "abc", f'it\'s "{level}", from {model}')


async def test_forecasts_are_kept_by_issue(series_store: TimeSeriesStore) -> None:
    await series_store.write_forecast([forecast(T0, 0.0), forecast(T0 + HOUR, 1.0), forecast(T0, 5.0, target="zone-2")])
    newest = await series_store.forecast("zone-1", "power")
    assert newest is not None
    assert newest.issue_ms == T0 + HOUR
    np.testing.assert_array_equal(newest.quantiles, forecast(T0 + HOUR, 1.0).quantiles)
    assert newest.time_ms.tolist() == [T0 + HOUR * n for n in (1, 2, 3, 4)]
    assert (newest.model, newest.fallback, newest.inputs, newest.step_s) == ("naive", "too few days", "abc", 3600)
    older = await series_store.forecast("zone-1", "power", issued_by_ms=T0 + HOUR - 1)
    assert older is not None
    assert older.issue_ms == T0
    assert await series_store.forecast("zone-1", "power", issued_by_ms=T0 - 1) is None
    assert await series_store.forecast("zone-3", "power") is None


async def test_issues_are_listed_in_order(series_store: TimeSeriesStore) -> None:
    await series_store.write_forecast(
        [forecast(T0 + HOUR, 1.0), forecast(T0, 0.0), forecast(T0 + 2 * HOUR, 2.0), forecast(T0, 5.0, target="zone-2")]
    )
    await series_store.write_forecast([forecast(T0, 9.0, model="other")])
    found = await series_store.forecast_issues("zone-1", "power", T0, T0 + 2 * HOUR)
    assert found == [
        ForecastIssue(T0, "other", "too few days", 'it\'s "9.0", from other'),
        ForecastIssue(T0 + HOUR, "naive", "too few days", 'it\'s "1.0", from naive'),
    ]
    newest = await series_store.forecast("zone-1", "power")
    assert newest is not None
    assert newest.remarks == 'it\'s "2.0", from naive'
    assert await series_store.forecast_issues("zone-1", "flow", T0, T0 + DAY) == []


async def test_the_same_issue_again_overwrites(series_store: TimeSeriesStore) -> None:
    await series_store.write_forecast([forecast(T0, 0.0, steps=6)])
    await series_store.write_forecast([forecast(T0, 9.0, model="other")])
    found = await series_store.forecast("zone-1", "power")
    assert found is not None
    assert found.model == "other"
    np.testing.assert_array_equal(found.quantiles, forecast(T0, 9.0).quantiles)


async def test_forecasts_by_lead(series_store: TimeSeriesStore) -> None:
    await series_store.write_forecast([forecast(T0 + HOUR * n, float(n)) for n in range(5)])
    found = await series_store.forecasts_at_lead("zone-1", "power", 2, T0 + 2 * HOUR, T0 + 4 * HOUR)
    assert found is not None
    assert found.issue_ms == 0
    assert found.time_ms.tolist() == [T0 + 2 * HOUR, T0 + 3 * HOUR]
    assert found.quantiles[:, 0].tolist() == [101.0, 102.0]
    assert await series_store.forecasts_at_lead("zone-1", "power", 9, T0, T0 + DAY) is None


async def test_forecasts_of_an_instant_by_all_issues(series_store: TimeSeriesStore) -> None:
    await series_store.write_forecast([forecast(T0, 7.0, steps=6), forecast(T0, 9.0, target="zone-2")])
    await series_store.write_forecast([forecast(T0 + HOUR * n, float(n)) for n in range(3)])
    found = await series_store.forecast_rows("zone-1", "power", T0 + 3 * HOUR, T0 + 5 * HOUR)
    assert found is not None
    assert found.step_s == 3600
    assert [(time - T0) // HOUR for time in found.time_ms.tolist()] == [3, 3, 3, 4, 4]
    assert [(issue - T0) // HOUR for issue in found.issue_ms.tolist()] == [0, 1, 2, 1, 2]
    assert found.quantiles[:, 0].tolist() == [300.0, 201.0, 102.0, 301.0, 202.0]
    assert await series_store.forecast_rows("zone-1", "power", T0 + DAY, T0 + 2 * DAY) is None
    assert await series_store.forecast_rows("zone-1", "flow", T0, T0 + DAY) is None
