"""Metering at work on a store."""

import asyncio
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mainsight.core.network import Feeder, Meter, Network, Role, Substation, Text, Transformer, Utility, Zone
from mainsight.core.readings import Reading, Series
from mainsight.metering.service import Metering
from mainsight.metering.settings import MeteringSettings
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.port import StoreUnavailableError

T0 = 1_780_272_000_000
QUARTER = 900_000
HOUR = 4 * QUARTER
DAY = 24 * HOUR
SERIES = (Series("m-1", "power"), Series("m-1", "energy_import"), Series("m-1", "breaker_closed"))
METER = Meter("m-1", Text("", ""), "d", "f-1", Role.MAIN, Utility.POWER, tuple(s.quantity for s in SERIES), register_max=1000.0)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


def network() -> Network:
    nothing: dict[str, object] = {}
    zone = Zone("z-1", Text("", ""), "Asia/Ho_Chi_Minh", "VN", (106.0, 21.0))
    substation = Substation("s-1", Text("", ""), (106.0, 21.0), "z-1")
    transformer = Transformer("t-1", Text("", ""), "s-1", 40.0, 110.0, 22.0)
    feeder = Feeder("f-1", Text("", ""), "t-1", "z-1", 22.0, 20.0)
    groups = [{"z-1": zone}, {"s-1": substation}, {"t-1": transformer}, {"f-1": feeder}, *[nothing] * 4]
    return Network("n", Text("", ""), date(2026, 6, 1), *groups, {METER.id: METER})  # type: ignore[arg-type]


def service(store: MemoryStore, clock: Clock, **changes: int) -> Metering:
    return Metering(store, MemoryState(), network(), clock, MeteringSettings(**changes))  # type: ignore[arg-type]


async def drain(metering: Metering) -> None:
    for _ in range(50):
        if not await metering.turn():
            return
    pytest.fail("final values never settle")


async def finals(store: MemoryStore, end_ms: int) -> dict[Series, list[tuple[float, int]]]:
    found = await store.intervals(SERIES, T0 - DAY, end_ms, 900)
    return {s: list(zip(np.nan_to_num(one.value, nan=-1.0).tolist(), one.quality.tolist(), strict=True)) for s, one in found.items()}


@pytest.mark.anyio
async def test_an_interval_is_computed_once_it_is_over_and_the_grace_has_passed() -> None:
    store, clock = MemoryStore(), Clock(T0 + QUARTER + 44_000)
    metering = service(store, clock)
    await store.write([Reading(*SERIES[0], T0, 5.0, T0), Reading(*SERIES[0], T0 + QUARTER, 6.0, T0)])
    assert await metering.turn() == 0
    clock.now_ms += 1_000
    assert await metering.turn() == 1
    assert await metering.turn() == 0
    power = (await store.intervals(SERIES[:1], T0, T0 + HOUR, 900))[SERIES[0]]
    np.testing.assert_array_equal(power.value, [5.0, np.nan, np.nan, np.nan])
    assert metering.stats.values == 1


@pytest.mark.anyio
async def test_a_registers_late_border_completes_the_interval_before() -> None:
    store, clock = MemoryStore(), Clock(T0 + QUARTER + 50_000)
    metering = service(store, clock)
    await store.write([Reading(*SERIES[1], T0, 5.0, T0)])
    await drain(metering)
    await store.write([Reading(*SERIES[1], T0 + QUARTER, 7.0, T0)])
    clock.now_ms += QUARTER
    await drain(metering)
    energy = (await store.intervals(SERIES[1:2], T0, T0 + 2 * QUARTER, 900))[SERIES[1]]
    np.testing.assert_array_equal(energy.value, [2.0, np.nan])


@pytest.mark.anyio
async def test_a_gap_of_two_days_in_a_register_is_closed_by_the_reading_after_it() -> None:
    store, clock = MemoryStore(), Clock(T0 + 10 * DAY)
    metering = service(store, clock)
    await store.write([Reading(*SERIES[1], T0 + k * QUARTER, float(k), T0) for k in range(8)])
    await drain(metering)
    after = 8 + 2 * 96
    await store.write([Reading(*SERIES[1], T0 + k * QUARTER, float(k), T0) for k in range(after, after + 8)])
    await drain(metering)
    energy = (await store.intervals(SERIES[1:2], T0, T0 + (after + 7) * QUARTER, 900))[SERIES[1]]
    np.testing.assert_allclose(energy.value, 1.0)


@pytest.mark.anyio
async def test_a_late_reading_of_another_value_moves_final_values_and_roll_ups() -> None:
    store, clock = MemoryStore(), Clock(T0 + DAY)
    metering = service(store, clock)
    await store.write([Reading(*SERIES[0], T0 + k * QUARTER, 10.0, T0) for k in range(8)])
    await drain(metering)
    await store.write([Reading(*SERIES[0], T0 + QUARTER, 50.0, T0 + DAY)])
    await drain(metering)
    hours = (await store.intervals(SERIES[:1], T0, T0 + 2 * HOUR, 3600))[SERIES[0]]
    assert hours.value.tolist() == [20.0, 10.0]


@pytest.mark.anyio
async def test_readings_of_a_meter_that_is_not_registered_are_treated_plainly() -> None:
    store, clock = MemoryStore(), Clock(T0 + DAY)
    stranger = Series("other", "power")
    await store.write([Reading(*stranger, T0, -3.0, T0)])
    await drain(service(store, clock))
    assert (await store.intervals([stranger], T0, T0 + QUARTER, 900))[stranger].value.tolist() == [-3.0]


@pytest.mark.anyio
async def test_the_service_goes_on_when_the_store_comes_back() -> None:
    store, clock = MemoryStore(), Clock(T0 + DAY)
    refusals = iter([True, False])
    real = store.write_final
    settled = asyncio.Event()

    async def failing(*args: object) -> None:
        if next(refusals, False):
            raise StoreUnavailableError("full")
        await real(*args)  # type: ignore[arg-type]
        settled.set()

    store.write_final = failing  # type: ignore[method-assign]
    metering = Metering(store, MemoryState(), network(), clock, MeteringSettings(every_s=0.001))
    await store.write([Reading(*SERIES[0], T0, 5.0, T0)])
    running = asyncio.create_task(metering.run())
    await asyncio.wait_for(settled.wait(), 10)
    running.cancel()
    assert metering.stats.failures == 1
    assert (await store.intervals(SERIES[:1], T0, T0 + QUARTER, 900))[SERIES[0]].value.tolist() == [5.0]


SLOTS = st.integers(0, 30) | st.integers(0, 4 * 96 - 1)
READINGS = st.lists(
    st.tuples(st.sampled_from(SERIES), SLOTS, st.integers(0, 2), st.sampled_from([0.0, 1.0, 2.0, 500.0])),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(READINGS, st.lists(st.integers(1, 20), min_size=1, max_size=5), st.integers(1, 5))
def test_final_values_do_not_depend_on_the_order_in_which_readings_came(
    rows: list[tuple[Series, int, int, float]], sizes: list[int], stretches: int
) -> None:
    """Late data, in whatever batches, ends in the same final values as data in time."""
    chosen = {(series, slot): (slot * QUARTER + third * 300_000, extra) for series, slot, third, extra in rows}
    readings = [
        Reading(*series, T0 + at, float(extra > 1) if series == SERIES[2] else (at / HOUR + extra) % 1000.0, T0)
        for (series, _), (at, extra) in chosen.items()
    ]

    async def compare() -> None:
        clock = Clock(T0 + 5 * DAY)
        piecewise, whole = MemoryStore(), MemoryStore()
        metering = service(piecewise, clock, stretches=stretches)
        at = 0
        for size in [*sizes, len(readings)]:
            await piecewise.write(readings[at : at + size])
            await drain(metering)
            at += size
        await whole.write(sorted(readings, key=lambda r: r.time_ms))
        await drain(service(whole, clock))
        assert await finals(piecewise, T0 + 5 * DAY) == await finals(whole, T0 + 5 * DAY)

    asyncio.run(compare())
