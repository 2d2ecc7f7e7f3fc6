"""What every time-series store promises of readings and of what they change, whichever adapter keeps it."""

import numpy as np
import pytest

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


def reading(at_ms: int, value: float, series: Series = POWER, lag_ms: int = 2_000, flags: int = 0) -> Reading:
    return Reading(*series, at_ms, value, at_ms + lag_ms, flags)


def final(series: Series, times: list[int], values: list[float]) -> Final:
    n = len(times)
    return Final(series, np.array(times, np.int64), np.array(values, float), np.full(n, Quality.MEASURED, np.uint8), ("",) * n, 1, 900)


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


async def test_a_healthy_store_says_so(series_store: TimeSeriesStore) -> None:
    await series_store.write([reading(T0, 1.0)])
    health = await series_store.health()
    assert health.ready
    assert health.numbers["series"] == 1
    assert health.numbers["dirty"] == 1


async def test_marked_stretches_are_told_like_changed_ones(series_store: TimeSeriesStore) -> None:
    await series_store.mark([Dirty(POWER, T0, T0 + DAY)])
    told = await series_store.dirty(10)
    assert [(one.series, one.start_ms, one.end_ms) for one in told] == [(POWER, T0, T0 + DAY)]
    await series_store.write_final([], told)
    assert await series_store.dirty(10) == []
