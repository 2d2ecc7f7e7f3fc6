"""When what goes, and what becomes of it when the store cannot."""

import asyncio
import logging

import numpy as np
import pytest

from mainsight.core.readings import Reading
from mainsight.core.zonetime import rfc3339
from mainsight.store.forecast_port import DayScore, WeatherIssue
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.port import Level, StoreError, StoreUnavailableError
from mainsight.store.retention import Retention, cutoffs
from mainsight.store.settings import RetentionSettings

pytestmark = pytest.mark.anyio
DAY = 86_400_000
NOW = 1_793_005_200_000  # 26 October 2026, 09:40 UTC, the day after Paris put its clocks back


def test_levels_end_with_whole_local_days_long_and_short_ones_too() -> None:
    found = cutoffs(RetentionSettings(raw_days=7, minute_days=1, quarter_hour_days=240), NOW, "Europe/Paris")
    assert {level: rfc3339(at) for level, at in found.items()} == {
        "raw": "2026-10-18T22:00:00Z",
        "1m": "2026-10-24T22:00:00Z",
        "15m": "2026-02-27T23:00:00Z",
    }
    assert cutoffs(RetentionSettings(), NOW, "Europe/Paris") == {}


class Refusing(MemoryStore):
    """A store that cannot take anything away, at first."""

    error: StoreError | None = StoreUnavailableError("the disk is full")

    async def expire(self, level: Level, before_ms: int) -> int:
        if self.error is not None:
            raise self.error
        return await super().expire(level, before_ms)


async def test_what_cannot_go_waits_is_told_once_and_goes_later(caplog: pytest.LogCaptureFixture) -> None:
    store = Refusing()
    await store.write([Reading("m", "power", NOW - n * DAY, 1.0, NOW) for n in range(20)])
    await store.write_final([], await store.dirty(100))
    retention = Retention(store, MemoryState(), RetentionSettings(raw_days=7), "Asia/Ho_Chi_Minh", lambda: NOW)
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            running = asyncio.create_task(retention.run())
            for _ in range(5):
                await asyncio.sleep(0)
            running.cancel()
    assert [record.message for record in caplog.records] == ["retention waits: the disk is full"]
    assert retention.numbers() == {"retention_waits": 1.0}
    store.error = None
    await retention.turn()
    assert retention.numbers() == {"retention_removed_raw": 11.0, "retention_waits": 0.0}
    await store.write([Reading("m", "power", NOW - 30 * DAY, 1.0, NOW)])
    await store.write_final([], await store.dirty(100))
    await retention.turn()
    assert await store.expired(Level.RAW, NOW - 7 * DAY) == 1, "once a day is enough"


async def test_scores_and_weather_go_too_though_the_store_refuses() -> None:
    store, state = Refusing(), MemoryState()
    day = "2026-08-25"  # 62 days back in Viet Nam; the day before goes
    await state.save_forecast_scores([score("2026-08-24"), score(day)])
    at = np.array([NOW], np.int64)
    await state.save_weather([WeatherIssue("service", NOW - days * DAY, NOW, at, np.zeros(1)) for days in (1, 61, 63, 90)])
    settings = RetentionSettings(raw_days=7, score_days=62, weather_days=62)
    retention = Retention(store, state, settings, "Asia/Ho_Chi_Minh", lambda: NOW)
    store.error = None
    assert {one.level: one.rows for one in await retention.due()} == {"raw": 0, "scores": 1, "weather": 2}
    store.error = StoreError("this server cannot delete")
    with pytest.raises(StoreError, match="cannot delete"):
        await retention.turn()
    assert retention.removed == {"scores": 1, "weather": 2}
    assert [one.day for one in await state.forecast_scores()] == [day]


def score(day: str) -> DayScore:
    return DayScore("park", "power", day, 24, *(1.0,) * 11, (), (), "", NOW)  # type: ignore[arg-type]
