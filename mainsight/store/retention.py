"""Retention: what is older than its level is kept goes, once a day, in small pieces, while all else goes on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, Protocol

from mainsight.core.zonetime import HOUR_MS, SECOND_MS, day_start_ms, local_day, rfc3339
from mainsight.store.forecast_port import SCORES, WEATHER, ForecastState
from mainsight.store.metering_port import REPLACED, MeteringState
from mainsight.store.port import Level, StoreError, TimeSeriesStore
from mainsight.store.settings import RetentionSettings

_log = logging.getLogger(__name__)
_EVERY_S = HOUR_MS / SECOND_MS
_PAUSE_S = 0.05
"""Between two pieces, so that whoever waits to write gets its turn."""
_DAYS = {
    Level.RAW: "raw_days",
    Level.MINUTE: "minute_days",
    Level.QUARTER: "quarter_hour_days",
    Level.HOUR: "hour_days",
    Level.DAY: "day_days",
    Level.FORECAST: "forecast_days",
    REPLACED: "replaced_days",
    SCORES: "score_days",
    WEATHER: "weather_days",
}


class RetainedState(MeteringState, ForecastState, Protocol):
    """What of the relational state grows with time."""


class _Beside(NamedTuple):
    """How something kept beside the time series is counted and forgotten, given the first instant that stays."""

    expired: Callable[[int], Awaitable[int]]
    expire: Callable[[int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Due:
    """What goes of a level: rows before an instant."""

    level: str
    before_ms: int
    rows: int


def cutoffs(settings: RetentionSettings, now_ms: int, timezone: str) -> dict[str, int]:
    """First instant that is kept of each level that is not kept for ever: the start of a local day, UTC milliseconds."""
    today = local_day(now_ms, timezone)
    days = {level: getattr(settings, name) for level, name in _DAYS.items()}
    return {level: day_start_ms(today - timedelta(days=count), timezone) for level, count in days.items() if count is not None}


class Retention:
    """Takes away what is older than the settings keep. One process at a time runs it: the one that computes final values."""

    def __init__(
        self, store: TimeSeriesStore, state: RetainedState, settings: RetentionSettings, timezone: str, clock: Callable[[], int]
    ) -> None:
        """`timezone` is that of the store's days; `clock` gives UTC milliseconds."""
        self._store = store
        self._settings = settings
        self._timezone = timezone
        self._clock = clock
        self._done: dict[str, int] = {}
        self._beside = {
            REPLACED: _Beside(state.expired_finals, state.expire_finals),
            SCORES: _Beside(lambda at: state.expired_scores(self._day(at)), lambda at: state.expire_scores(self._day(at))),
            WEATHER: _Beside(state.expired_weather, state.expire_weather),
        }
        self.failure = ""
        """Why the last turn did not end, in words; empty when it did."""
        self.removed: dict[str, int] = {}
        """Rows taken away since the start, by level."""

    async def run(self) -> None:
        """Work for ever. What cannot be done now is told once, and tried again in an hour."""
        while True:
            try:
                await self.turn()
            except StoreError as error:
                if str(error) != self.failure:
                    _log.warning("retention waits: %s", error)
                self.failure = str(error)
            await asyncio.sleep(_EVERY_S)

    async def turn(self) -> None:
        """Take away what is due and was not in this process's last turn.

        Raises:
            StoreUnavailableError: it may work later; the rest is taken away then.
            StoreError: this store cannot take anything away.

        """
        due = cutoffs(self._settings, self._clock(), self._timezone)
        for level, before_ms in sorted(due.items(), key=lambda one: one[0] not in self._beside):  # a store that refuses stops only itself
            if self._done.get(level) == before_ms:
                continue
            rows = await self._clear(level, before_ms)
            self._done[level] = before_ms
            self.removed[level] = self.removed.get(level, 0) + rows
            if rows:
                _log.info("retention: %d rows of %s before %s are gone (store.retention)", rows, level, rfc3339(before_ms))
        self.failure = ""

    async def _clear(self, level: str, before_ms: int) -> int:
        if level in self._beside:
            return await self._beside[level].expire(before_ms)
        total = 0
        while rows := await self._store.expire(Level(level), before_ms):
            total += rows
            await asyncio.sleep(_PAUSE_S)
        return total

    async def due(self) -> list[Due]:
        """What a turn would take away now, level by level.

        Raises:
            StoreError: it cannot be counted.

        """
        return [
            Due(level, before_ms, await self._count(level, before_ms))
            for level, before_ms in cutoffs(self._settings, self._clock(), self._timezone).items()
        ]

    async def _count(self, level: str, before_ms: int) -> int:
        if level in self._beside:
            return await self._beside[level].expired(before_ms)
        return await self._store.expired(Level(level), before_ms)

    def _day(self, at_ms: int) -> str:
        return local_day(at_ms, self._timezone).isoformat()

    def numbers(self) -> Mapping[str, float]:
        """Rows taken away by level, and whether it waits, for metrics."""
        removed = {f"retention_removed_{level}": float(rows) for level, rows in self.removed.items()}
        return removed | {"retention_waits": float(bool(self.failure))}
