"""Adapters against each other and against brute force: any order, any split, any zone."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import DAY_S, grid, local_day
from mainsight.store.duckdb import DuckDbStore
from mainsight.store.duckdb.schema import migrate
from mainsight.store.memory import MemoryStore
from mainsight.store.port import Dirty, Final, Revision, TimeSeriesStore
from mainsight.store.settings import StoreSettings

T0 = 1_780_272_000_000
QUARTER = 900_000
DAY = 86_400_000
SERIES = (Series("m-1", "power"), Series("m-1", "energy_import"), Series("m-2", "power"))

readings = st.builds(
    lambda series, slot, value, lag: Reading(*series, T0 + slot * QUARTER, value, T0 + slot * QUARTER + lag),
    st.sampled_from(SERIES),
    st.integers(0, 400),
    st.sampled_from([0.0, 1.0, 2.0]),
    st.integers(0, 10_000),
)
batches = st.lists(st.lists(readings, max_size=30), max_size=6)
TO_AND_FRO = [[Reading(*SERIES[0], T0, value, T0) for value in (1.0, 0.0, 1.0, 0.0)]]
"""One point that changes its mind within one batch: what it said twice may be told once."""


def with_duckdb(use: Callable[[TimeSeriesStore], Awaitable[None]], timezone: str = "Asia/Ho_Chi_Minh") -> None:
    """Run something on a fresh DuckDB store."""

    async def run(path: Path) -> None:
        store = await DuckDbStore.open(StoreSettings(readings=path, timezone=timezone, memory_mb=256), {}.get)
        try:
            await use(store)
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.duckdb"
        path.write_bytes(empty_file(timezone))
        asyncio.run(run(path))


@cache
def empty_file(timezone: str) -> bytes:
    """A file with all tables, made once: to make it takes longer than most examples."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.duckdb"
        with duckdb.connect(path) as file:
            migrate(file, path, timezone)
        return path.read_bytes()


def once(revisions: Sequence[Revision]) -> list[Revision]:
    """Those that a store may tell once or twice, once."""
    told: dict[tuple[int, float, int], Revision] = {}
    for one in revisions:
        told.setdefault((one.time_ms, one.value, one.known_from_ms), one)
    return list(told.values())


async def content(store: TimeSeriesStore) -> object:
    """All that a store holds of the readings, in plain values."""
    raw = {
        s: [column.tolist() for column in (r.time_ms, r.value, r.arrival_ms)] for s, r in (await store.raw_many(SERIES, 0, 2 * T0)).items()
    }
    revisions = {s: once(await store.revisions(s, 0, 2 * T0)) for s in SERIES}
    changed = sorted((d.series, d.start_ms, d.end_ms) for d in await store.dirty(1000))
    return raw, revisions, changed, await store.last()


@settings(max_examples=25, deadline=None)
@given(batches)
@example(TO_AND_FRO)
def test_duckdb_holds_what_memory_holds_after_any_batches(written: list[list[Reading]]) -> None:
    async def compare(store: TimeSeriesStore) -> None:
        memory = MemoryStore()
        for batch in written:
            assert await store.write(batch) == await memory.write(batch)
        assert await content(store) == await content(memory)

    with_duckdb(compare)


@settings(max_examples=15, deadline=None)
@given(st.lists(readings, max_size=40, unique_by=lambda r: (r.series, r.time_ms)), st.randoms(use_true_random=False), st.integers(1, 15))
def test_order_splits_and_repeats_make_no_difference(rows: list[Reading], random: object, size: int) -> None:
    """The same readings in another order, in other batches, some of them twice: the same content."""

    async def compare(store: TimeSeriesStore) -> None:
        whole = MemoryStore()
        await whole.write(rows)
        again = [*rows, *rows[::3]]
        random.shuffle(again)  # type: ignore[attr-defined]
        for at in range(0, len(again), size):
            await store.write(again[at : at + size])
        assert await content(store) == await content(whole)

    with_duckdb(compare)


def brute_force(values: dict[int, float], starts: list[int], ends: list[int], expected: list[int], *, register: bool) -> list[list[float]]:
    """Value, low, high and completeness of each interval, by plain loops."""
    rows = []
    for start, end, count in zip(starts, ends, expected, strict=True):
        inside = [value for at, value in sorted(values.items()) if start <= at < end]
        if not inside:
            rows.append([np.nan, np.nan, np.nan, 0.0])
            continue
        value = sum(inside) if register else sum(inside) / len(inside)
        rows.append([value, min(inside), max(inside), len(inside) / count])
    return rows


# Days of 23 and 25 h in Paris and (by half an hour) on Lord Howe Island; a zone off the hour; the sample province's own.
ZONES = [("Europe/Paris", 1_774_656_000_000), ("Europe/Paris", 1_792_800_000_000), ("Australia/Lord_Howe", 1_775_200_000_000)]
ZONES += [("Asia/Kathmandu", T0), ("Asia/Ho_Chi_Minh", T0)]


writes = st.lists(st.dictionaries(st.integers(0, 96 * 3), st.floats(0, 1000), max_size=60), min_size=1, max_size=3)
removals = st.tuples(st.integers(0, 200), st.integers(0, 96))


@pytest.mark.parametrize(("timezone", "origin"), ZONES)
@settings(max_examples=4, deadline=None)
@given(writes, removals)
def test_roll_ups_are_those_of_brute_force_after_late_data(
    timezone: str, origin: int, written: list[dict[int, float]], removed: tuple[int, int]
) -> None:
    with_duckdb(lambda store: check_roll_ups(store, timezone, origin // DAY * DAY, written, removed), timezone)


async def check_roll_ups(
    store: TimeSeriesStore, timezone: str, origin: int, written: list[dict[int, float]], removed: tuple[int, int]
) -> None:
    """Write final values by slots from `origin`, remove a run of slots (first, count), and compare with brute force.

    DuckDB's roll-ups are rounded to nine decimals, so that they pack.
    """
    power, energy = SERIES[0], SERIES[1]
    held: dict[int, float] = {}
    for write in written:
        given_now = {origin + slot * QUARTER: value for slot, value in sorted(write.items())}
        held |= given_now
        columns = np.array(list(given_now), np.int64), np.array(list(given_now.values()))
        made = [Final(s, *columns, np.full(len(given_now), 3, np.uint8), ("",) * len(given_now), 1, 900) for s in (power, energy)]
        await store.write_final(made, [])
    gone = origin + removed[0] * QUARTER, origin + (removed[0] + removed[1]) * QUARTER
    held = {at: value for at, value in held.items() if not gone[0] <= at < gone[1]}
    await store.write_final([], [Dirty(power, *gone), Dirty(energy, *gone)])
    for step in (900, 3600, DAY_S):
        starts = grid(origin, origin + 4 * DAY, step, timezone).tolist()
        last = grid(starts[-1], starts[-1] + 30 * 3_600_000, step, timezone).tolist()
        ends = [*starts[1:], last[1] if step == DAY_S else starts[-1] + step * 1000]
        expected = [(end - start) // QUARTER for start, end in zip(starts, ends, strict=True)]
        found = await store.intervals([power, energy], origin, origin + 4 * DAY, step)
        for series in (power, energy):
            one = found[series]
            assert one.start_ms.tolist() == starts
            rows = np.column_stack([one.value, one.low, one.high, one.completeness])
            np.testing.assert_allclose(rows, brute_force(held, starts, ends, expected, register=series is energy), rtol=1e-9, atol=1e-8)


def test_the_zones_tried_have_long_and_short_days() -> None:
    """The data above would prove nothing if its days were all of 24 h."""
    lengths = set()
    for timezone, origin in ZONES:
        days = grid(origin // DAY * DAY, origin // DAY * DAY + 5 * DAY, DAY_S, timezone)
        lengths |= set((np.diff(days) / 3_600_000).tolist())
        assert local_day(int(days[0]), timezone) <= local_day(origin, timezone)
    assert lengths == {23.0, 24.0, 24.5, 25.0}
