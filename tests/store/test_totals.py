"""Totals over zones that are asked for in part: the same as adding up series by series, whichever way they are made."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainsight.core.intervals import Intervals
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.store.duckdb import DuckDbStore, totals
from mainsight.store.port import Final
from mainsight.store.rollup import Grid, add_up
from mainsight.store.settings import StoreSettings

T0 = 1_780_272_000_000
HOUR, QUARTER = 3_600_000, 900_000
HOURS = 48
TIMEZONE = "Asia/Ho_Chi_Minh"
METERS = [f"{zone}-{n}" for zone in ("a", "b", "c") for n in range(6)]
SERIES = [Series(meter, quantity) for meter in METERS for quantity in ("power", "energy_import", "breaker_closed")]


def made() -> Iterator[Final]:
    """Gaps of quarter hours and of hours, all qualities; some meters are estimated or edited throughout, one is out of all bounds."""
    random = np.random.default_rng(5)
    for place, series in enumerate(SERIES):
        there = random.random(4 * HOURS) < 0.8
        there[random.integers(0, HOURS) * 4 :][:8] = False
        times = T0 + np.flatnonzero(there) * QUARTER
        values = random.normal(500, 300, len(times)).round(1)
        quality = random.choice([1, 2, 3, 4], len(times), p=[0.02, 0.02, 0.94, 0.02]).astype(np.uint8)
        if place % 7 == 0:
            quality[:] = random.choice([Quality.ESTIMATED, Quality.EDITED])
        if series.quantity == "energy_import" and series.meter[0] == "a":
            quality[:] = Quality.MEASURED if series.meter == "a-1" else Quality.EDITED
        if series == Series("c-0", "power"):
            values[::5] = 1e17
        yield Final(series, times, values, quality, ("",) * len(times), 1, 900)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all of that."""

    async def make(path: Path) -> None:
        store = await open_store(path)
        await store.write_final(list(made()), [])
        await store.close()

    path = tmp_path_factory.mktemp("totals") / "r.duckdb"
    asyncio.run(make(path))
    return path


async def open_store(path: Path) -> DuckDbStore:
    return await DuckDbStore.open(StoreSettings(readings=path, timezone=TIMEZONE, memory_mb=256), lambda meter: meter[0])


async def check(path: Path, asks: Sequence[dict[Series, float]], first: int, last: int) -> None:
    """Compare with adding up by the definition, in numpy."""
    start, end = T0 + first * HOUR, T0 + last * HOUR
    store = await open_store(path)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(totals, "_WORTH_ROWS", 0)
            for weights in asks:
                own = await store.intervals(list(weights), start, end, 3600)
                plain = add_up(((own[one], weight) for one, weight in weights.items()), Grid.of(start, end, 3600, TIMEZONE))
                same(await store.total(weights, start, end, 3600), plain)
    finally:
        await store.close()


def same(found: Intervals, plain: Intervals) -> None:
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(getattr(found, name), getattr(plain, name), rtol=1e-9, atol=1e-6, err_msg=name)
    np.testing.assert_array_equal(found.quality, plain.quality)
    np.testing.assert_allclose(found.completeness, plain.completeness)


some = st.dictionaries(st.sampled_from(SERIES), st.just(1.0), min_size=1)
left_out = st.sets(st.sampled_from(SERIES), max_size=8)
others = st.dictionaries(st.sampled_from(SERIES), st.sampled_from([-1.0, 0.0, 0.5, 3.0]), max_size=4)
nearly_all = st.builds(
    lambda out, other, weight: {one: weight for one in SERIES if one not in out} | other, left_out, others, st.sampled_from([-2.0, 1.0])
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(some, nearly_all), min_size=4, max_size=8), st.integers(0, 20), st.integers(21, HOURS + 2))
def test_a_total_is_that_of_its_series_whatever_is_left_out(path: Path, asks: list[dict[Series, float]], first: int, last: int) -> None:
    asyncio.run(check(path, [one | {Series("nobody", "power"): 2.0} for one in asks], first, last))


def test_what_is_taken_off_must_leave_the_digits_of_the_rest(path: Path) -> None:
    """A meter that tells 1e17 is left out: taken off from its zone's sum it would take all digits of the others along."""
    asyncio.run(check(path, [{one: 1.0 for one in SERIES if one.quantity == "power" and one.meter != "c-0"}], 0, HOURS))


def test_quality_is_that_of_the_rest(path: Path) -> None:
    """All but one are edited, and the one is left out."""
    asyncio.run(check(path, [{Series(f"a-{n}", "energy_import"): 1.0 for n in (0, 2, 3, 4, 5)}], 0, HOURS))


def test_a_zone_asked_for_nearly_whole_is_not_read_series_by_series(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else all the above would prove nothing about taking off."""
    seen: list[int] = []
    sums = totals._sums

    def counted(*args: object, **more: bool) -> object:
        seen.append(len(args[3][0]))  # type: ignore[index]
        return sums(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(totals, "_sums", counted)
    asyncio.run(check(path, [{one: 1.0 for one in SERIES if one.quantity == "power" and one.meter != "b-3"}], 0, HOURS))
    assert seen == [1, 0]
