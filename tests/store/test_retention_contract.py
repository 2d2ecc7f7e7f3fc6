"""What every store promises of minutes, and of what is left when a level has been taken away."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from mainsight.core.forecasts import Forecast
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import day_start_ms, local_day
from mainsight.store.port import Dirty, Final, Level, Minutes, StoreError, TimeSeriesStore
from tests.store.conftest import STORES

pytestmark = pytest.mark.anyio

T0 = 1_780_272_000_000
MINUTE, QUARTER, HOUR, DAY = 60_000, 900_000, 3_600_000, 86_400_000
MIDNIGHT = day_start_ms(local_day(T0 + 5 * DAY, "Asia/Ho_Chi_Minh"), "Asia/Ho_Chi_Minh")
POWER, ENERGY, OTHER = Series("m-1", "power"), Series("m-1", "energy_import"), Series("m-2", "power")


WITHOUT_DELETE = "influxdb-3-requests"


@pytest.fixture(params=[name for name in STORES if name != WITHOUT_DELETE])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TimeSeriesStore]:
    async with STORES[request.param](tmp_path, request) as opened:
        yield opened


def reading(at_ms: int, value: float, series: Series = POWER) -> Reading:
    return Reading(*series, at_ms, value, at_ms + 1000)


def final(series: Series, start_ms: int, values: list[float], quality: Quality = Quality.MEASURED) -> Final:
    n = len(values)
    times = start_ms + np.arange(n, dtype=np.int64) * QUARTER
    return Final(series, times, np.array(values), np.full(n, quality, np.uint8), ("",) * n, 1, 900)


def by_minute(series: Series, start_ms: int, values: list[float]) -> Minutes:
    return Minutes(series, np.array([start_ms], np.int64), np.array([values]))


async def values(store: TimeSeriesStore, series: Series, start_ms: int, end_ms: int, step_s: int) -> list[float]:
    found: list[float] = (await store.intervals([series], start_ms, end_ms, step_s))[series].value.tolist()
    return found


async def emptied(store: TimeSeriesStore, level: Level, before_ms: int) -> int:
    rows = 0
    while gone := await store.expire(level, before_ms):
        rows += gone
    return rows


async def test_minutes_are_shown_where_they_are_kept_and_quarter_hours_share_theirs_elsewhere(series_store: TimeSeriesStore) -> None:
    own = [float(n) for n in range(14)] + [np.nan]
    finals = [final(POWER, T0, [6.5, 100.0]), final(ENERGY, T0, [15.0, 30.0])]
    await series_store.write_final(finals, [], [by_minute(POWER, T0, own)])
    found = (await series_store.intervals([POWER], T0 - MINUTE, T0 + 2 * QUARTER, 60))[POWER]
    np.testing.assert_array_equal(found.value, [np.nan, *own, *[100.0] * 15])
    assert found.completeness.tolist() == [0.0, *[1.0] * 14, 0.0, *[1.0] * 15]
    assert set(found.quality[1:15].tolist()) == {Quality.MEASURED}
    assert await values(series_store, ENERGY, T0, T0 + QUARTER, 60) == [1.0] * 15
    assert await values(series_store, POWER, T0 + 5 * MINUTE + 1, T0 + 6 * MINUTE, 60) == [5.0]
    total = await series_store.total({POWER: 2.0, ENERGY: 1.0}, T0 + QUARTER, T0 + QUARTER + 3 * MINUTE, 60)
    assert total.value.tolist() == [202.0] * 3


async def test_minutes_are_replaced_quarter_hour_by_quarter_hour(series_store: TimeSeriesStore) -> None:
    await series_store.write_final(
        [final(POWER, T0, [1.0, 1.0])], [], [by_minute(POWER, T0, [1.0] * 15), by_minute(POWER, T0 + QUARTER, [2.0] * 15)]
    )
    await series_store.write_final([], [], [by_minute(POWER, T0, [3.0] * 10 + [np.nan] * 5)])
    found = await values(series_store, POWER, T0, T0 + 2 * QUARTER, 60)
    np.testing.assert_array_equal(found, [3.0] * 10 + [np.nan] * 5 + [2.0] * 15)


async def test_an_edited_quarter_hour_hides_its_minutes(series_store: TimeSeriesStore) -> None:
    await series_store.write_final([final(POWER, T0, [5.0], Quality.EDITED)], [], [by_minute(POWER, T0, [1.0] * 15)])
    assert await values(series_store, POWER, T0, T0 + QUARTER, 60) == [5.0] * 15
    await series_store.write_final([], [Dirty(POWER, T0, T0 + QUARTER)])
    assert np.isnan(await values(series_store, POWER, T0, T0 + QUARTER, 60)).all()


async def test_old_readings_go_but_the_last_day_of_each_series_stays(store: TimeSeriesStore) -> None:
    often = [reading(MIDNIGHT - 4 * DAY + n * HOUR, float(n)) for n in range(24 * 5)]
    seldom = [reading(MIDNIGHT - 4 * DAY, 7.0, ENERGY), reading(MIDNIGHT + HOUR, 9.0, ENERGY)]
    await store.write([*often, *seldom])
    await store.write([reading(often[0].time_ms, 99.0)])
    await store.write_final([], await store.dirty(10))
    before = await store.kept_from()
    due = await store.expired(Level.RAW, MIDNIGHT)
    gone = await emptied(store, Level.RAW, MIDNIGHT)
    utc_day = (MIDNIGHT - HOUR) // DAY * DAY
    assert (before, due) == ({}, gone)
    assert gone == (utc_day - (MIDNIGHT - 4 * DAY)) // HOUR
    assert await store.kept_from() == {Level.RAW: MIDNIGHT}
    assert (await store.raw(POWER, 0, 2 * T0)).time_ms[0] == utc_day
    assert (await store.raw(ENERGY, 0, 2 * T0)).value.tolist() == [7.0, 9.0]
    assert await store.revisions(POWER, 0, 2 * T0) == []
    assert (await store.last([ENERGY]))[ENERGY].value == 9.0
    assert (await emptied(store, Level.RAW, MIDNIGHT), await store.expired(Level.RAW, MIDNIGHT)) == (0, 0)


async def test_what_comes_late_stays_until_its_final_values_are_computed(store: TimeSeriesStore) -> None:
    for series in (POWER, OTHER):
        await store.write([reading(MIDNIGHT - 4 * DAY + n * HOUR, 1.0, series) for n in range(24 * 5)])
    await store.write_final([], await store.dirty(10))
    await store.write([reading(MIDNIGHT - 4 * DAY + 1, 2.0)])
    assert await emptied(store, Level.RAW, MIDNIGHT) > 0
    assert len((await store.raw(POWER, 0, MIDNIGHT)).time_ms) == 24 * 4 + 1
    assert len((await store.raw(OTHER, 0, MIDNIGHT)).time_ms) < 24
    await store.write_final([], await store.dirty(10))
    assert await emptied(store, Level.RAW, MIDNIGHT) > 0
    assert len((await store.raw(POWER, 0, MIDNIGHT)).time_ms) < 24


async def test_coarser_levels_outlive_finer_ones_and_late_values(store: TimeSeriesStore) -> None:
    start = MIDNIGHT - 2 * DAY
    await store.write_final([final(ENERGY, start, [1.0] * 96 * 4)], [], [by_minute(ENERGY, start, [1.0] * 15)])
    assert await emptied(store, Level.MINUTE, MIDNIGHT) == 15
    assert await store.expired(Level.QUARTER, MIDNIGHT) == await emptied(store, Level.QUARTER, MIDNIGHT) > 0
    assert np.isnan(await values(store, ENERGY, start, MIDNIGHT, 900)).all()
    late = [final(ENERGY, MIDNIGHT - HOUR, [50.0] * 8)]
    await store.write_final(late, [Dirty(ENERGY, start, MIDNIGHT + HOUR)], [by_minute(ENERGY, MIDNIGHT - QUARTER, [9.0] * 15)])
    assert np.isnan(await values(store, ENERGY, start, MIDNIGHT, 900)).all()
    assert await values(store, ENERGY, MIDNIGHT, MIDNIGHT + HOUR, 900) == [50.0] * 4
    hours = await values(store, ENERGY, start, MIDNIGHT + HOUR, 3600)
    assert hours == [*[4.0] * 48, 200.0]
    zone = await store.total({ENERGY: 1.0}, start, MIDNIGHT + HOUR, 3600)
    assert zone.value.tolist() == hours
    assert await values(store, ENERGY, start, MIDNIGHT, 86_400) == [96.0, 96.0]
    await emptied(store, Level.HOUR, MIDNIGHT - DAY)
    hours = await values(store, ENERGY, start, MIDNIGHT, 3600)
    np.testing.assert_array_equal(hours, [*[np.nan] * 24, *[4.0] * 24])
    assert await emptied(store, Level.DAY, MIDNIGHT - DAY) == 1
    np.testing.assert_array_equal(await values(store, ENERGY, start, MIDNIGHT, 86_400), [np.nan, 96.0])


async def test_readings_older_than_final_values_are_refused(store: TimeSeriesStore) -> None:
    await store.expire(Level.QUARTER, MIDNIGHT)
    result = await store.write([reading(MIDNIGHT - 1, 1.0), reading(MIDNIGHT, 2.0)])
    assert (result.stored, [one.reading.time_ms for one in result.poison]) == (1, [MIDNIGHT - 1])
    assert "kept no longer" in result.poison[0].reason
    assert (await store.raw(POWER, 0, 2 * T0)).value.tolist() == [2.0]


async def test_a_server_that_cannot_delete_says_so_and_loses_nothing(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    async with STORES[WITHOUT_DELETE](tmp_path, request) as store:
        await store.write([reading(T0, 1.0)])
        with pytest.raises(StoreError, match="cannot delete by time: leave store"):
            await store.expire(Level.RAW, MIDNIGHT)
        assert await store.kept_from() == {}


async def test_old_forecasts_go_with_their_issues_and_later_ones_stay_whole(store: TimeSeriesStore) -> None:
    def issued(at_ms: int) -> Forecast:
        times = at_ms + HOUR * np.arange(24, dtype=np.int64)
        return Forecast("zone-1", "power", at_ms, 3600, times, at_ms / DAY + np.arange(24.0)[:, None] + np.arange(7.0), "naive")

    await store.write_forecast([issued(MIDNIGHT - n * DAY) for n in (3, 2, 1, 0)])
    due = await store.expired(Level.FORECAST, MIDNIGHT - DAY)
    assert due == await emptied(store, Level.FORECAST, MIDNIGHT - DAY) > 0
    assert (await store.kept_from())[Level.FORECAST] == MIDNIGHT - DAY
    assert await store.forecast("zone-1", "power", MIDNIGHT - DAY - 1) is None
    assert [one.issue_ms for one in await store.forecast_issues("zone-1", "power", 0, MIDNIGHT + DAY)] == [MIDNIGHT - DAY, MIDNIGHT]
    stayed = await store.forecast("zone-1", "power", MIDNIGHT - 1)
    assert stayed is not None
    np.testing.assert_array_equal(stayed.quantiles, issued(MIDNIGHT - DAY).quantiles)
    ahead = await store.forecasts_at_lead("zone-1", "power", 5, 0, MIDNIGHT + DAY)
    assert ahead is not None
    assert ahead.time_ms.tolist() == [MIDNIGHT - DAY + 4 * HOUR, MIDNIGHT + 4 * HOUR]
    await store.write_forecast([issued(MIDNIGHT + DAY)])
    assert await emptied(store, Level.FORECAST, MIDNIGHT - DAY) == 0
    assert await store.expired(Level.FORECAST, MIDNIGHT) > 0
