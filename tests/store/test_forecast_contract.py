"""What every state store promises of scores, fits and weather forecasts."""

from dataclasses import replace

import numpy as np
import pytest

from mainsight.store.forecast_port import REACHES, DayScore, ForecastFit, WeatherIssue
from mainsight.store.state_port import StateStore

pytestmark = pytest.mark.anyio

NONE = (0,) * len(REACHES)


def score(day: str, block_h: int, error: float = 2.0, target: str = "park", quantity: str = "power") -> DayScore:
    return DayScore(
        target=target,
        quantity=quantity,
        day=day,
        block_h=block_h,
        n=96,
        volume=9600.0,
        error=error,
        bias=-1.5,
        square=4.0,
        pinball=0.7,
        inside=80,
        naive_n=96,
        naive_volume=9600.0,
        naive_error=3.0,
        paired_error=error,
        above=NONE,
        below=tuple(range(len(REACHES))),
        digest="abc",
        scored_ms=5,
    )


async def test_scores_of_a_day_take_the_place_of_earlier_ones(state_store: StateStore) -> None:
    first, second = score("2026-11-01", 24), score("2026-11-01", 6)
    other = [score("2026-11-02", 24), score("2026-11-01", 24, target="other"), score("2026-11-01", 24, quantity="flow")]
    await state_store.save_forecast_scores([first, second, *other])
    await state_store.save_forecast_scores([replace(first, error=9.0)])
    await state_store.save_forecast_scores([])
    assert await state_store.forecast_scores("park", "power") == [replace(first, error=9.0), other[0]]
    assert await state_store.forecast_scores(first="2026-11-02") == [other[0]]
    assert await state_store.forecast_scores(last="2026-11-01") == [other[1], other[2], replace(first, error=9.0)]
    assert await state_store.forecast_scores("nowhere") == []


async def test_the_latest_fit_of_every_target(state_store: StateStore) -> None:
    old = ForecastFit("park", "power", 1, "ensemble", None, (), "first")
    new = ForecastFit("park", "power", 3, "linear", 70, ((24, 0.9, 1.25), (168, 1.0, 1.5)), "7 days of skill below 0")
    water = ForecastFit("park", "flow", 2, "ensemble")
    for fit in (new, water, replace(old, reason="written over"), old):
        await state_store.save_forecast_fit(fit)
    assert await state_store.forecast_fits("park", "power") == [new, old]
    assert await state_store.forecast_fits("park", "power", limit=1) == [new]
    assert await state_store.latest_forecast_fits() == [water, new]


async def test_weather_stays_as_it_was_first_heard(state_store: StateStore) -> None:
    times = np.array([10, 20, 30], np.int64)
    later = WeatherIssue("service", 2, 7, times, np.array([1.5, -2.0, 3.25]))
    await state_store.save_weather(
        [later, WeatherIssue("service", 1, 9, times, np.zeros(3)), WeatherIssue("other", 1, 9, times, np.ones(3))]
    )
    await state_store.save_weather([replace(later, heard_ms=99, temperature=np.full(3, 8.0))])
    found = await state_store.weather_issues("service")
    assert [(one.issued_ms, one.heard_ms) for one in found] == [(1, 9), (2, 7)]
    assert found[1].time_ms.tolist() == [10, 20, 30]
    assert found[1].temperature.tolist() == [1.5, -2.0, 3.25]


async def test_old_scores_and_weather_are_forgotten(state_store: StateStore) -> None:
    scores = [score(day=day, block_h=block) for day in ("2026-10-30", "2026-10-31", "2026-11-01") for block in (6, 24)]
    await state_store.save_forecast_scores(scores)
    issues = [WeatherIssue("service", issued, 99, np.array([1], np.int64), np.zeros(1)) for issued in (5, 6, 7)]
    await state_store.save_weather(issues)
    assert (await state_store.expired_scores("2026-11-01"), await state_store.expired_weather(7)) == (4, 2)
    assert (await state_store.expire_scores("2026-11-01"), await state_store.expire_weather(7)) == (4, 2)
    assert await state_store.forecast_scores() == scores[4:]
    assert [one.issued_ms for one in await state_store.weather_issues("service")] == [7]
    assert (await state_store.expire_scores("2026-11-01"), await state_store.expire_weather(7)) == (0, 0)
