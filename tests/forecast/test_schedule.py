"""The service, on the memory store with a clock in our hand."""

from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from forecast.accuracy import accuracy
from forecast.calendar import Calendar
from forecast.pool import process_pool
from forecast.schedule import ForecastService, next_round_ms
from forecast.settings import ForecastSettings
from forecast.targets import Target
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS
from mainsight.store.memory import MemoryStore
from mainsight.store.port import Final

pytestmark = pytest.mark.anyio

QUARTER_MS = 15 * MINUTE_MS
NOW_MS = 1_772_413_200_000
"""2026-03-02 08:00 in Viet Nam, a Monday."""
CALENDAR = Calendar("Asia/Ho_Chi_Minh", "VN")
POWER = Target("park", "power", 900, (Series("m1", "power"), Series("m2", "power")), (), CALENDAR)
WATER = Target("park", "flow", 3600, (), (Series("w1", "volume"),), CALENDAR)
SETTINGS = ForecastSettings(model="typical-day", history_days=28)


class Dead(Executor):
    """Its processes were killed."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ARG002 - the base class's
        message = "a child process terminated abruptly"
        raise BrokenExecutor(message)


@dataclass
class Bench:
    """A service with its parts."""

    pools: Iterator[Executor]
    store: MemoryStore = field(default_factory=MemoryStore)
    now_ms: int = NOW_MS
    settings: ForecastSettings = SETTINGS

    def service(self, *targets: Target) -> ForecastService:
        return ForecastService(self.store, targets, lambda: next(self.pools), self.settings, lambda: self.now_ms)

    async def measure(self, meter: str, quantity: str, start_ms: int, end_ms: int, step_s: int = 900) -> None:
        time_ms = np.arange(start_ms, end_ms, step_s * 1000)
        value = shape(time_ms)
        quality = np.full(len(value), Quality.MEASURED, np.uint8)
        await self.store.write_final([Final(Series(meter, quantity), time_ms, value, quality, ("",) * len(value), 1, step_s)], [])


def shape(time_ms: np.ndarray) -> np.ndarray:
    hours = (time_ms / HOUR_MS + 7) % 24
    return 100 + 50.0 * ((hours >= 7) & (hours < 18))


@pytest.fixture
async def bench(here: Executor) -> Bench:
    made = Bench(iter([here]))
    for meter in ("m1", "m2"):
        await made.measure(meter, "power", NOW_MS - 42 * 24 * HOUR_MS, NOW_MS)
    await made.measure("w1", "volume", NOW_MS - 42 * 24 * HOUR_MS, NOW_MS, 3600)
    return made


async def test_issues_every_target_and_keeps_it(bench: Bench) -> None:
    bench.now_ms = NOW_MS + 5 * MINUTE_MS
    done = await bench.service(POWER, WATER).issue()
    assert not done.failed
    assert not any(one.provisional for one in done.issued)
    kept = await bench.store.forecast("park", "power")
    assert kept is not None
    assert (kept.issue_ms, kept.step_s, kept.model, kept.fallback) == (NOW_MS, 900, "typical-day", "")
    assert kept.time_ms[0] == NOW_MS
    assert len(kept.time_ms) == 168 * 4
    assert kept.quantiles[:, 3] == pytest.approx(2 * shape(kept.time_ms))
    assert len(kept.inputs) == 16


async def test_registers_are_forecast_as_flow(bench: Bench) -> None:
    """Increments of an hour are m3/h."""
    await bench.service(WATER).issue()
    kept = await bench.store.forecast("park", "flow")
    assert kept is not None
    assert (kept.step_s, len(kept.time_ms)) == (3600, 168)
    assert kept.quantiles[:, 3] == pytest.approx(shape(kept.time_ms))


async def test_issues_again_only_where_data_changed_and_keeps_the_past(bench: Bench) -> None:
    service = bench.service(POWER, WATER)
    await service.issue()
    bench.now_ms += HOUR_MS
    await bench.measure("m1", "power", NOW_MS, bench.now_ms)
    await bench.measure("m2", "power", NOW_MS, bench.now_ms)
    done = await service.issue()
    assert [one.quantity for one in done.issued] == ["power"]
    assert done.unchanged == (WATER,)
    assert service.numbers == {"issued": 3, "fallbacks": 0, "failed": 0, "last_ms": bench.now_ms}
    first = await bench.store.forecast("park", "power", issued_by_ms=NOW_MS)
    assert first is not None
    assert first.issue_ms == NOW_MS


async def test_a_silent_meter_does_not_pull_the_forecast_down(bench: Bench) -> None:
    later = NOW_MS + 30 * MINUTE_MS
    await bench.measure("m1", "power", NOW_MS, later)
    bench.now_ms = later
    await bench.service(POWER).issue()
    kept = await bench.store.forecast("park", "power")
    assert kept is not None
    assert kept.quantiles[:, 3] == pytest.approx(2 * shape(kept.time_ms))


async def test_dead_fitting_processes_are_marked_and_replaced(bench: Bench, here: Executor) -> None:
    bench.pools = iter([Dead(), here])
    service = bench.service(POWER)
    done = await service.issue()
    assert (done.issued[0].model, done.issued[0].fallback) == ("seasonal-naive", "fitting processes died")
    assert done.issued[0].provisional
    bench.now_ms += QUARTER_MS
    await bench.measure("m1", "power", NOW_MS, bench.now_ms)
    assert (await service.issue()).issued[0].model == "typical-day"


async def test_nothing_known_is_reported_and_tried_again(bench: Bench) -> None:
    service = bench.service(Target("park", "power", 900, (Series("new", "power"),), (), CALENDAR))
    for _ in range(2):
        done = await service.issue()
        assert "no value" in done.failed["park", "power"]
    assert service.numbers["failed"] == 2


async def test_real_processes_give_the_same_forecast_in_any_number(bench: Bench) -> None:
    bench.settings = ForecastSettings(model="harmonic-ar", history_days=42)
    said = []
    for workers in (1, 2):
        with process_pool(workers) as pool:
            bench.pools = iter([pool])
            said.append((await bench.service(POWER, WATER).issue()).issued)
    for one, two in zip(*said, strict=True):
        assert np.array_equal(one.quantiles, two.quantiles)
        assert one.inputs == two.inputs


async def test_accuracy_by_lead_time(bench: Bench) -> None:
    """Demand rises by a tenth after the issue: the forecast, and last week, are short by a tenth over eleven."""
    await bench.service(POWER).issue()
    end_ms = NOW_MS + 24 * HOUR_MS
    time_ms = np.arange(NOW_MS, end_ms, QUARTER_MS)
    quality = np.full(len(time_ms), Quality.MEASURED, np.uint8)
    finals = [Final(one, time_ms, 1.1 * shape(time_ms), quality, ("",) * len(time_ms), 1, 900) for one in POWER.gauges]
    await bench.store.write_final(finals, [])
    found = {one.lead_h: one for one in await accuracy(bench.store, POWER, NOW_MS, end_ms)}
    assert set(found) == {1, 2, 4, 6, 12, 24}
    assert found[1].n == 4
    assert found[24].wape == pytest.approx(1 / 11)
    assert found[24].wape_naive == pytest.approx(1 / 11)
    assert found[24].coverage == 0.0


@pytest.mark.parametrize(("now_min", "next_min"), [(0, 2), (1.9, 2), (2, 62), (30, 62), (61, 62), (62.5, 122)])
async def test_rounds_follow_the_hour_once_it_has_settled(now_min: float, next_min: int) -> None:
    settings = ForecastSettings(every_s=3600, settle_s=120)
    assert next_round_ms(int(NOW_MS + now_min * MINUTE_MS), settings) == NOW_MS + next_min * MINUTE_MS
