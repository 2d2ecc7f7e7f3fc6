"""What every time-series store promises of final values, roll-ups and totals, whichever adapter keeps them."""

import numpy as np
import pytest

from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.store.port import Dirty, Final, TimeSeriesStore

pytestmark = pytest.mark.anyio

T0 = 1_780_272_000_000  # 2026-06-01 00:00 UTC
HOUR = 3_600_000
QUARTER = 900_000
DAY = 24 * HOUR
POWER = Series("m-1", "power")
ENERGY = Series("m-1", "energy_import")
STATE = Series("m-1", "breaker_closed")


def final(series: Series, times: list[int], values: list[float], quality: Quality = Quality.MEASURED, step_s: int = 900) -> Final:
    n = len(times)
    return Final(series, np.array(times, np.int64), np.array(values, float), np.full(n, quality, np.uint8), ("",) * n, 1, step_s)


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
