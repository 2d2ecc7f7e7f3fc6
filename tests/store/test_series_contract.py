"""What every time-series store promises, whichever adapter keeps it."""

import numpy as np
import pytest

from mainsight.core.forecasts import Forecast, ForecastIssue
from mainsight.core.quality import Quality
from mainsight.core.readings import Flag, Reading, Series
from mainsight.store.port import Dirty, Final, Revision, TimeSeriesStore

pytestmark = pytest.mark.anyio

T0 = 1_780_272_000_000  # 2026-06-01 00:00 UTC
HOUR = 3_600_000
QUARTER = 900_000
DAY = 24 * HOUR
POWER = Series("m-1", "power")
ENERGY = Series("m-1", "energy_import")
STATE = Series("m-1", "breaker_closed")


def reading(at_ms: int, value: float, series: Series = POWER, lag_ms: int = 2_000, flags: int = 0) -> Reading:
    return Reading(*series, at_ms, value, at_ms + lag_ms, flags)


def final(series: Series, times: list[int], values: list[float], quality: Quality = Quality.MEASURED, step_s: int = 900) -> Final:
    n = len(times)
    return Final(series, np.array(times, np.int64), np.array(values, float), np.full(n, quality, np.uint8), ("",) * n, 1, step_s)


async def values(store: TimeSeriesStore, series: Series, start: int, end: int) -> dict[int, float]:
    raw = await store.raw(series, start, end)
    return dict(zip(raw.time_ms.tolist(), raw.value.tolist(), strict=True))


async def test_readings_come_back_in_order_of_time_in_a_half_open_range(series_store: TimeSeriesStore) -> None:
    rows = [reading(T0 + 60_000 * n, float(n), lag_ms=7_400, flags=Flag.DEVICE) for n in (3, 1, 4, 0, 2)]
    assert (await series_store.write(rows)).stored == 5
    raw = await series_store.raw(POWER, T0 + 60_000, T0 + 4 * 60_000)
    assert raw.time_ms.tolist() == [T0 + 60_000 * n for n in (1, 2, 3)]
    assert raw.value.tolist() == [1.0, 2.0, 3.0]
    assert (raw.arrival_ms - raw.time_ms).tolist() == [7_000] * 3
    assert raw.flags.tolist() == [Flag.DEVICE] * 3


async def test_times_keep_their_milliseconds(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0 + 1, 1.0), reading(T0 + 2, 2.0)])
    assert await values(series_store, POWER, T0, T0 + 10) == {T0 + 1: 1.0, T0 + 2: 2.0}


async def test_writing_again_stores_nothing(series_store: TimeSeriesStore) -> None:
    rows = [reading(T0 + QUARTER * n, float(n)) for n in range(10)]
    await series_store.write(rows)
    again = await series_store.write(rows)
    assert (again.stored, again.duplicates, again.replaced) == (0, 10, 0)
    assert len(await values(series_store, POWER, T0, T0 + DAY)) == 10


async def test_a_batch_may_hold_the_same_reading_twice(series_store: TimeSeriesStore) -> None:
    result = await series_store.write([reading(T0, 1.0), reading(T0, 1.0)])
    assert (result.stored, result.duplicates, result.replaced) == (1, 1, 0)


async def test_another_value_replaces_and_the_old_one_is_kept(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0, 1.0)])
    result = await series_store.write([reading(T0, 2.0, lag_ms=60_000)])
    assert (result.stored, result.duplicates, result.replaced) == (0, 0, 1)
    assert await values(series_store, POWER, T0, T0 + 1) == {T0: 2.0}
    assert await series_store.revisions(POWER, T0, T0 + 1) == [Revision(T0, 1.0, T0 + 2_000, T0 + 60_000)]


async def test_conflicts_inside_a_batch_end_with_the_last_received(series_store: TimeSeriesStore) -> None:
    result = await series_store.write([reading(T0, 1.0), reading(T0, 2.0), reading(T0, 1.0), reading(T0 + 1, 5.0)])
    assert (result.stored, result.duplicates, result.replaced) == (2, 0, 2)
    assert await values(series_store, POWER, T0, T0 + 10) == {T0: 1.0, T0 + 1: 5.0}
    assert [r.value for r in await series_store.revisions(POWER, T0, T0 + 1)] == [1.0, 2.0]


async def test_late_and_new_readings_in_one_batch(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0 + 30 * DAY, 9.0)])
    rows = [reading(T0 + n * DAY, float(n)) for n in (12, 3, 29, 31)]
    assert (await series_store.write([*rows, reading(T0 + 30 * DAY, 9.0)])).stored == 4
    assert await values(series_store, POWER, T0, T0 + 40 * DAY) == {T0 + n * DAY: float(n) for n in (3, 12, 29, 31)} | {T0 + 30 * DAY: 9.0}


async def test_poison_is_named_and_the_rest_is_stored(series_store: TimeSeriesStore) -> None:
    bad = [
        reading(T0, float("nan")),
        reading(T0, float("inf")),
        reading(-5, 1.0, lag_ms=10),
        reading(10**17, 1.0),
        reading(10**30, 1.0),
        reading(T0, 1.0, Series("m-1", "colour")),
    ]
    result = await series_store.write([bad[0], reading(T0, 1.0), *bad[1:]])
    assert result.stored == 1
    assert [p.reading for p in result.poison][1:] == bad[1:]
    assert all(p.reason for p in result.poison)
    assert "vocabulary" in result.poison[-1].reason


async def test_an_empty_batch_is_nothing(series_store: TimeSeriesStore) -> None:
    assert (await series_store.write([])).stored == 0
    assert await series_store.dirty(10) == []


async def test_raw_many_leaves_out_series_without_readings(series_store: TimeSeriesStore) -> None:
    other = Series("m-2", "flow")
    await series_store.write([reading(T0, 1.0), reading(T0, 2.0, other), reading(T0 + DAY, 3.0, ENERGY)])
    found = await series_store.raw_many([POWER, other, ENERGY, Series("nobody", "power")], T0, T0 + HOUR)
    assert {series: raw.value.tolist() for series, raw in found.items()} == {POWER: [1.0], other: [2.0]}
    assert len((await series_store.raw(Series("nobody", "power"), T0, T0 + HOUR)).time_ms) == 0


async def test_last_is_by_device_time_not_by_arrival(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0 + HOUR, 2.0), reading(T0, 5.0, ENERGY)])
    await series_store.write([reading(T0, 1.0)])
    last = await series_store.last()
    assert {series: (r.time_ms, r.value) for series, r in last.items()} == {POWER: (T0 + HOUR, 2.0), ENERGY: (T0, 5.0)}
    await series_store.write([reading(T0 + HOUR, 3.0)])
    only = await series_store.last([POWER, Series("nobody", "power")])
    assert {series: r.value for series, r in only.items()} == {POWER: 3.0}


async def test_changes_are_told_as_merged_stretches_of_quarter_hours(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0 + HOUR + 5, 1.0)])
    await series_store.write([reading(T0 + QUARTER * n + 7, 1.0, ENERGY) for n in range(8)])
    await series_store.write([reading(T0 + HOUR + QUARTER, 1.0)])
    told = await series_store.dirty(10)
    assert [(d.series, d.start_ms, d.end_ms) for d in told] == [
        (POWER, T0 + HOUR, T0 + HOUR + 2 * QUARTER),
        (ENERGY, T0, T0 + 2 * HOUR),
    ]
    await series_store.write([reading(T0 + 6 * HOUR, 1.0), reading(T0 + 13 * HOUR, 1.0)])
    assert [(d.start_ms, d.end_ms) for d in await series_store.dirty(10) if d.series == POWER] == [
        (T0 + HOUR, T0 + 6 * HOUR + QUARTER),
        (T0 + 13 * HOUR, T0 + 13 * HOUR + QUARTER),
    ]
    assert [d.series for d in await series_store.dirty(1)] == [POWER]


async def test_only_what_lies_before_an_instant_is_told_when_asked(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0 + QUARTER * n, 1.0) for n in range(4)])
    told = await series_store.dirty(10, before_ms=T0 + 2 * QUARTER)
    assert [(d.start_ms, d.end_ms) for d in told] == [(T0, T0 + 2 * QUARTER)]
    assert await series_store.dirty(10, before_ms=T0) == []


async def test_duplicates_change_nothing_and_are_not_dirty(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0, 1.0)])
    await series_store.write_final([], await series_store.dirty(10))
    await series_store.write([reading(T0, 1.0)])
    assert await series_store.dirty(10) == []
    await series_store.write([reading(T0, 2.0)])
    assert len(await series_store.dirty(10)) == 1


async def test_done_forgets_a_part_and_keeps_the_rest(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0 + QUARTER * n, 1.0) for n in range(64)])
    mark = (await series_store.dirty(1))[0].mark
    await series_store.write_final([], [Dirty(POWER, T0 + QUARTER, T0 + 10 * HOUR, mark)])
    told = await series_store.dirty(10)
    assert [(d.start_ms, d.end_ms) for d in told] == [(T0, T0 + QUARTER), (T0 + 10 * HOUR, T0 + 16 * HOUR)]


async def test_a_reading_that_comes_while_finals_are_computed_stays_dirty(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0, 1.0)])
    told = await series_store.dirty(10)
    await series_store.write([reading(T0 + 60_000, 2.0)])
    await series_store.write_final([final(POWER, [T0], [1.0])], told)
    assert [(d.start_ms, d.end_ms) for d in await series_store.dirty(10)] == [(T0, T0 + QUARTER)]


async def test_finals_roll_up_by_kind(series_store: TimeSeriesStore) -> None:
    times = [T0 + QUARTER * n for n in range(4)]
    rising = [1.0, 2.0, 3.0, 6.0]
    await series_store.write_final([final(POWER, times, rising), final(ENERGY, times, rising), final(STATE, times, [1, 1, 0, 1])], [])
    found = await series_store.intervals([POWER, ENERGY, STATE], T0, T0 + HOUR, 3600)
    assert found[POWER].value.tolist() == [3.0]
    assert found[ENERGY].value.tolist() == [12.0]
    assert found[STATE].value.tolist() == [1.0]
    assert (found[POWER].low.tolist(), found[POWER].high.tolist()) == ([1.0], [6.0])
    assert found[STATE].low.tolist() == [0.0]
    assert found[POWER].completeness.tolist() == [1.0]
    assert found[POWER].quality.tolist() == [Quality.MEASURED]


async def test_gaps_show_in_completeness_and_as_nan(series_store: TimeSeriesStore) -> None:
    await series_store.write_final([final(POWER, [T0, T0 + QUARTER, T0 + 2 * HOUR], [1.0, 3.0, 7.0])], [])
    hours = (await series_store.intervals([POWER], T0, T0 + 3 * HOUR, 3600))[POWER]
    np.testing.assert_array_equal(hours.value, [2.0, np.nan, 7.0])
    assert hours.completeness.tolist() == [0.5, 0.0, 0.25]
    assert hours.quality.tolist() == [Quality.MEASURED, Quality.MISSING, Quality.MEASURED]
    quarters = (await series_store.intervals([POWER], T0, T0 + HOUR, 900))[POWER]
    np.testing.assert_array_equal(quarters.value, [1.0, 3.0, np.nan, np.nan])
    assert quarters.completeness.tolist() == [1.0, 1.0, 0.0, 0.0]


async def test_the_lowest_quality_is_told(series_store: TimeSeriesStore) -> None:
    await series_store.write_final([final(POWER, [T0], [1.0], Quality.ESTIMATED), final(POWER, [T0 + QUARTER], [1.0], Quality.EDITED)], [])
    hours = (await series_store.intervals([POWER], T0, T0 + HOUR, 3600))[POWER]
    assert hours.quality.tolist() == [Quality.ESTIMATED]


async def test_days_are_the_zones_own(series_store: TimeSeriesStore) -> None:
    midnight = T0 + 17 * HOUR  # 00:00 on 2 June in Ho Chi Minh City
    await series_store.write_final([final(ENERGY, [midnight - QUARTER, midnight], [1.0, 10.0])], [])
    days = (await series_store.intervals([ENERGY], midnight - HOUR, midnight + HOUR, 86_400))[ENERGY]
    assert days.start_ms.tolist() == [midnight - DAY, midnight]
    assert days.value.tolist() == [1.0, 10.0]
    assert days.completeness.tolist() == [1 / 96, 1 / 96]


async def test_late_finals_move_the_roll_ups(series_store: TimeSeriesStore) -> None:
    await series_store.write_final([final(ENERGY, [T0 + QUARTER * n for n in (0, 1, 3)], [1.0, 2.0, 4.0])], [])
    await series_store.write_final([final(ENERGY, [T0 + 2 * QUARTER, T0 + 3 * QUARTER], [30.0, 40.0])], [])
    hours = (await series_store.intervals([ENERGY], T0, T0 + HOUR, 3600))[ENERGY]
    assert (hours.value.tolist(), hours.completeness.tolist()) == ([73.0], [1.0])
    days = (await series_store.intervals([ENERGY], T0, T0 + HOUR, 86_400))[ENERGY]
    assert days.value.tolist() == [73.0]


async def test_finals_that_are_not_written_again_are_removed(series_store: TimeSeriesStore) -> None:
    times = [T0 + QUARTER * n for n in range(8)]
    await series_store.write_final([final(ENERGY, times, [1.0] * 8)], [])
    await series_store.write_final([final(ENERGY, [T0], [5.0])], [Dirty(ENERGY, T0, T0 + HOUR)])
    hours = (await series_store.intervals([ENERGY], T0, T0 + 2 * HOUR, 3600))[ENERGY]
    assert (hours.value.tolist(), hours.completeness.tolist()) == ([5.0, 4.0], [0.25, 1.0])
    await series_store.write_final([], [Dirty(ENERGY, T0, T0 + 2 * HOUR)])
    assert np.isnan((await series_store.intervals([ENERGY], T0, T0 + 2 * HOUR, 3600))[ENERGY].value).all()


async def test_finals_of_longer_steps_are_shared_out(series_store: TimeSeriesStore) -> None:
    await series_store.write_final([final(ENERGY, [T0], [8.0], step_s=3600), final(POWER, [T0], [8.0], step_s=3600)], [])
    found = await series_store.intervals([ENERGY, POWER], T0, T0 + HOUR, 900)
    assert found[ENERGY].value.tolist() == [2.0] * 4
    assert found[POWER].value.tolist() == [8.0] * 4


@pytest.mark.parametrize(
    "wrong",
    [
        final(POWER, [T0 + 1], [1.0]),
        final(POWER, [T0], [1.0], step_s=60),
        final(POWER, [T0], [float("nan")]),
        final(Series("m-1", "colour"), [T0], [1.0]),
    ],
)
async def test_finals_off_the_grid_are_refused_whole(series_store: TimeSeriesStore, wrong: Final) -> None:
    with pytest.raises(ValueError, match=r"must be finite|not a multiple|unknown quantity"):
        await series_store.write_final([final(ENERGY, [T0], [1.0]), wrong], [])
    assert np.isnan((await series_store.intervals([ENERGY], T0, T0 + HOUR, 3600))[ENERGY].value).all()


async def test_ranges_that_only_touch_intervals_give_them_whole(series_store: TimeSeriesStore) -> None:
    await series_store.write_final([final(ENERGY, [T0 + QUARTER * n for n in range(8)], [1.0] * 8)], [])
    hours = (await series_store.intervals([ENERGY], T0 + 5, T0 + HOUR + 5, 3600))[ENERGY]
    assert (hours.start_ms.tolist(), hours.value.tolist()) == ([T0, T0 + HOUR], [4.0, 4.0])


async def test_unknown_series_are_all_missing_and_unknown_steps_refused(series_store: TimeSeriesStore) -> None:
    nobody = Series("nobody", "power")
    found = await series_store.intervals([nobody], T0, T0 + 2 * HOUR, 3600)
    assert np.isnan(found[nobody].value).all()
    assert found[nobody].quality.tolist() == [Quality.MISSING] * 2
    for step_s in (60, 3600):
        assert len((await series_store.intervals([nobody], T0, T0, step_s))[nobody]) == 0
    with pytest.raises(ValueError, match="not kept"):
        await series_store.intervals([nobody], T0, T0 + HOUR, 300)


async def test_totals_add_up_what_is_there(series_store: TimeSeriesStore) -> None:
    other, nobody = Series("m-2", "power"), Series("nobody", "power")
    await series_store.write_final(
        [
            final(POWER, [T0 + QUARTER * n for n in range(4)], [1.0, 2.0, 3.0, 4.0]),
            final(other, [T0 + QUARTER * n for n in range(2)], [10.0, 20.0], Quality.ESTIMATED),
        ],
        [],
    )
    total = await series_store.total({POWER: 1.0, other: 2.0, nobody: 1.0}, T0, T0 + 2 * HOUR, 3600)
    np.testing.assert_allclose(total.value, [2.5 + 30.0, np.nan])
    np.testing.assert_allclose(total.low, [1.0 + 20.0, np.nan])
    np.testing.assert_allclose(total.high, [4.0 + 40.0, np.nan])
    np.testing.assert_allclose(total.completeness, [(1.0 + 0.5) / 3, 0.0])
    assert total.quality.tolist() == [Quality.ESTIMATED, Quality.MISSING]
    minus = await series_store.total({POWER: -1.0}, T0, T0 + HOUR, 3600)
    assert (minus.low.tolist(), minus.high.tolist()) == ([-4.0], [-1.0])
    assert np.isnan((await series_store.total({}, T0, T0 + HOUR, 3600)).value).all()


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


async def test_a_healthy_store_says_so(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0, 1.0)])
    health = await series_store.health()
    assert health.ready
    assert health.numbers["series"] == 1
    assert health.numbers["dirty"] == 1


async def test_finals_come_back_with_quality_rule_and_version(series_store: TimeSeriesStore) -> None:
    one = Final(POWER, np.array([T0, T0 + QUARTER]), np.array([5.0, 6.5]), np.array([3, 1], np.uint8), ("", "E2"), 2, 900)
    await series_store.write_final([one, final(ENERGY, [T0 + HOUR], [1.0])], [])
    found = await series_store.final([POWER, ENERGY, STATE], T0, T0 + HOUR)
    assert set(found) == {POWER}
    told = found[POWER]
    assert (told.time_ms.tolist(), told.value.tolist()) == ([T0, T0 + QUARTER], [5.0, 6.5])
    assert (told.quality.tolist(), told.rule, told.version.tolist()) == ([3, 1], ("", "E2"), [2, 2])
    await series_store.write_final([], [Dirty(POWER, T0, T0 + QUARTER)])
    assert (await series_store.final([POWER], T0, T0 + HOUR))[POWER].time_ms.tolist() == [T0 + QUARTER]


async def test_marked_stretches_are_told_like_changed_ones(series_store: TimeSeriesStore) -> None:
    await series_store.mark([Dirty(POWER, T0, T0 + DAY)])
    told = await series_store.dirty(10)
    assert [(one.series, one.start_ms, one.end_ms) for one in told] == [(POWER, T0, T0 + DAY)]
    await series_store.write_final([], told)
    assert await series_store.dirty(10) == []


async def test_a_total_of_hours_follows_late_values_of_whole_zones(series_store: TimeSeriesStore) -> None:
    """Whether a zone is asked for whole, with another or in part, its hours are the sum of its series', after corrections too."""
    zone = [Series(f"m-{n}", "power") for n in range(3)]
    times = T0 + np.arange(8) * QUARTER
    quality, rule = np.full(8, Quality.MEASURED, np.uint8), ("",) * 8
    await series_store.write_final([Final(s, times, np.arange(8.0) + n, quality, rule, 1, 900) for n, s in enumerate(zone)], [])
    await series_store.write_final([Final(zone[0], times[2:3], np.array([42.0]), quality[:1], ("",), 1, 900)], [])
    await series_store.write_final([], [Dirty(zone[1], T0 + 4 * QUARTER, T0 + 8 * QUARTER)])
    for weights in (dict.fromkeys(zone, 2.0), {zone[0]: 1.0, zone[1]: 1.0, zone[2]: -1.0}, dict.fromkeys(zone[:2], 1.0)):
        rows = await series_store.intervals(list(weights), T0, T0 + 8 * QUARTER, 3600)
        total = await series_store.total(weights, T0, T0 + 8 * QUARTER, 3600)
        expected = np.nansum([weight * rows[one].value for one, weight in weights.items()], axis=0)
        assert total.value.tolist() == pytest.approx(expected.tolist())
        assert total.completeness.tolist() == pytest.approx([1.0, 1 - 1 / len(weights)])
        assert (total.low <= total.value).all()
        assert (total.value <= total.high).all()
