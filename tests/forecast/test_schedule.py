"""The service, on the memory store with a clock in our hand."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any

import numpy as np
import pytest

from forecast.accuracy import accuracy
from forecast.calendar import Calendar
from forecast.executor import OneProcess, Workers
from forecast.pool import process_pool
from forecast.reconciler import Reconciler
from forecast.schedule import ForecastService, next_round_ms
from forecast.scorer import Scorer
from forecast.settings import ForecastSettings
from forecast.targets import Target
from forecast.weather_desk import WeatherDesk
from mainsight.core.forecasts import Forecast
from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS
from mainsight.store.forecast_port import DayScore, ForecastFit
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.port import Final, StoreUnavailableError

pytestmark = pytest.mark.anyio

QUARTER_MS = 15 * MINUTE_MS
NOW_MS = 1_772_413_200_000
"""2026-03-02 08:00 in Viet Nam, a Monday."""
CALENDAR = Calendar("Asia/Ho_Chi_Minh", "VN")
MODEL = "typical-day"
POWER = Target("park", "power", 900, (Series("m1", "power"), Series("m2", "power")), (), CALENDAR, MODEL)
WATER = Target("park", "flow", 3600, (), (Series("w1", "volume"),), CALENDAR, MODEL)
SETTINGS = ForecastSettings(history_days=28)


class Dead(Executor):
    """Its processes were killed."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ARG002 - the base class's
        message = "a child process terminated abruptly"
        raise BrokenExecutor(message)


class Telling(MemoryState):
    """Tells when two days were scored."""

    def __init__(self) -> None:
        super().__init__()
        self.scored = asyncio.Event()
        self.days: set[str] = set()

    async def save_forecast_scores(self, scores: Sequence[DayScore]) -> None:
        await super().save_forecast_scores(scores)
        self.days |= {one.day for one in scores}
        if len(self.days) == 2:
            self.scored.set()


@dataclass
class Bench:
    """A service with its parts."""

    pools: Iterator[Workers]
    store: MemoryStore = field(default_factory=MemoryStore)
    state: MemoryState = field(default_factory=MemoryState)
    now_ms: int = NOW_MS
    settings: ForecastSettings = SETTINGS

    def service(self, *targets: Target) -> ForecastService:
        def clock() -> int:
            return self.now_ms

        scorer = Scorer(self.store, self.state, self.settings.drift, clock)
        weather = WeatherDesk(self.store, self.state, None, {}, True, clock)
        return ForecastService(
            self.store, targets, lambda: next(self.pools), scorer, weather, Reconciler(self.store, self.state), self.settings, clock
        )

    async def measure_all(self) -> None:
        for meter in ("m1", "m2"):
            await self.measure(meter, "power", NOW_MS - 42 * 24 * HOUR_MS, NOW_MS)
        await self.measure("w1", "volume", NOW_MS - 42 * 24 * HOUR_MS, NOW_MS, 3600)

    async def measure(self, meter: str, quantity: str, start_ms: int, end_ms: int, step_s: int = 900) -> None:
        time_ms = np.arange(start_ms, end_ms, step_s * 1000)
        value = shape(time_ms)
        quality = np.full(len(value), Quality.MEASURED, np.uint8)
        await self.store.write_final([Final(Series(meter, quantity), time_ms, value, quality, ("",) * len(value), 1, step_s)], [])


def shape(time_ms: np.ndarray) -> np.ndarray:
    hours = (time_ms / HOUR_MS + 7) % 24
    return 100 + 50.0 * ((hours >= 7) & (hours < 18))


@pytest.fixture
async def bench(here: Workers) -> Bench:
    made = Bench(iter([here]))
    await made.measure_all()
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
    assert done.unchanged == [WATER]
    assert service.numbers == {"issued": 3, "fallbacks": 0, "failed": 0, "last_ms": bench.now_ms, "round_done": 2}
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


async def test_dead_fitting_processes_are_marked_and_replaced(bench: Bench, here: Workers) -> None:
    bench.pools = iter([Dead(), here])
    service = bench.service(POWER)
    done = await service.issue()
    assert (done.issued[0].model, done.issued[0].fallback) == ("seasonal-naive", "fitting processes died")
    assert done.issued[0].provisional
    bench.now_ms += QUARTER_MS
    await bench.measure("m1", "power", NOW_MS, bench.now_ms)
    assert (await service.issue()).issued[0].model == "typical-day"


async def test_what_was_said_before_a_restart_is_not_computed_again(bench: Bench) -> None:
    """A new process, as after a kill in the middle of a round: one target had been forecast, the other had not."""
    await bench.service(POWER).issue()
    bench.pools = repeat(OneProcess())
    done = await bench.service(POWER, WATER).issue()
    assert (done.unchanged, [one.quantity for one in done.issued]) == ([POWER], ["flow"])
    assert (await bench.service(replace(POWER, model="seasonal-naive")).issue()).issued


async def test_a_round_keeps_what_is_done_when_the_store_fails(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    service = bench.service(POWER, WATER)
    monkeypatch.setattr(bench.store, "write_forecast", refuse_flow(bench.store))
    with pytest.raises(StoreUnavailableError):
        await service.issue()
    monkeypatch.undo()
    done = await service.issue()
    assert (done.unchanged, [one.quantity for one in done.issued]) == ([POWER], ["flow"])


def refuse_flow(store: MemoryStore) -> Callable[[Sequence[Forecast]], Coroutine[Any, Any, None]]:
    write = store.write_forecast

    async def refusing(forecasts: Sequence[Forecast]) -> None:
        if any(one.quantity == "flow" for one in forecasts):
            message = "no store"
            raise StoreUnavailableError(message)
        await write(forecasts)

    return refusing


async def test_nothing_known_is_reported_and_tried_again(bench: Bench) -> None:
    service = bench.service(Target("park", "power", 900, (Series("new", "power"),), (), CALENDAR, MODEL))
    for _ in range(2):
        done = await service.issue()
        assert "no value" in done.failed["park", "power"]
    assert service.numbers["failed"] == 2


async def test_real_processes_give_the_same_forecast_in_any_number(bench: Bench) -> None:
    bench.settings = ForecastSettings(history_days=42)
    targets = [replace(one, model="harmonic-ar") for one in (POWER, WATER)]
    said = []
    for workers in (1, 2):
        with process_pool(workers) as pool:
            bench.pools = iter([pool])
            bench.store = MemoryStore()
            await bench.measure_all()
            done = await bench.service(*targets).issue()
            said.append({one.quantity: one for one in done.issued})
    for quantity, one in said[0].items():
        assert np.array_equal(one.quantiles, said[1][quantity].quantiles)
        assert one.inputs == said[1][quantity].inputs


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


async def test_a_fit_decides_on_model_history_and_bands_and_its_reason_is_on_the_issue(bench: Bench) -> None:
    bench.pools = repeat(OneProcess())
    plain = (await bench.service(POWER).issue()).issued[0]
    assert plain.remarks == "no weather: nothing measured or forecast yet"
    fit = ForecastFit("park", "power", NOW_MS, "seasonal-naive", 20, ((24, 2.0, 3.0),), "refitted because of drift")
    await bench.state.save_forecast_fit(fit)
    bench.now_ms += QUARTER_MS
    await bench.measure("m1", "power", NOW_MS, bench.now_ms)
    said = (await bench.service(POWER).issue()).issued[0]
    assert (said.model, said.fallback) == ("seasonal-naive", "")
    assert said.remarks.startswith("refitted because of drift; ")
    kept = await bench.store.forecast("park", "power")
    assert kept is not None
    assert kept.remarks == said.remarks


async def test_weather_is_part_of_what_a_forecast_stands_on(bench: Bench) -> None:
    service = bench.service(POWER)
    await service.issue()
    issued = "2026-03-02T00:00:00Z"
    times = (np.datetime64(NOW_MS - 24 * HOUR_MS, "ms") + np.arange(48) * np.timedelta64(1, "h")).astype(str)
    rows = ",".join(f'{{"issue":"{issued}","time":"{at}Z","temperature":20}}' for at in times)
    service.weather.hear(f"[{rows}]".encode())
    await service.weather.refresh()
    [again] = (await service.issue()).issued
    assert again.remarks == "weather as mqtt forecast it 2026-03-02T00:00:00Z"
    assert (await service.issue()).unchanged == [POWER]


async def test_a_round_issues_makes_parts_and_whole_agree_and_scores_what_was_said_before(bench: Bench) -> None:
    bench.pools, bench.state = repeat(OneProcess()), (state := Telling())
    feeders = [replace(POWER, id=meter, gauges=(Series(meter, "power"),)) for meter in ("m1", "m2")]
    bench.now_ms = NOW_MS - 56 * HOUR_MS
    await bench.service(POWER, *feeders).issue()
    bench.now_ms = NOW_MS
    service = bench.service(POWER, *feeders)
    running = asyncio.create_task(service.run())
    await asyncio.wait_for(state.scored.wait(), 30)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    scored = await state.forecast_scores("park", "power")
    assert {one.day for one in scored} == {"2026-02-28", "2026-03-01"}, "the first forecast was made at midnight"
    whole, *parts = [await bench.store.forecast(one.id, one.quantity) for one in (POWER, *feeders)]
    assert whole is not None
    assert whole.issue_ms == NOW_MS
    assert "made to agree with its parts and the whole" in whole.remarks
    assert sum(part.quantiles[:, 3] for part in parts if part is not None) == pytest.approx(whole.quantiles[:, 3])


async def test_a_round_that_takes_long_has_one_instant_of_issue(bench: Bench) -> None:
    class Slow(OneProcess):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            bench.now_ms += QUARTER_MS
            return super().submit(fn, *args, **kwargs)

    bench.pools = repeat(Slow())
    done = await bench.service(POWER, WATER, replace(POWER, id="other")).issue()
    assert {one.issue_ms for one in done.issued} == {NOW_MS}
