"""The service: forecasts every target on a schedule, and never leaves a silent gap."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np

from forecast.chain import Outcome
from forecast.demand import demand
from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.settings import ForecastSettings
from forecast.targets import HOUR_S, Target
from forecast.worker import forecast, forecast_plainly
from mainsight.core.forecasts import Forecast
from mainsight.core.zonetime import SECOND_MS, day_start_ms, local_day
from mainsight.store.port import StoreUnavailableError, TimeSeriesStore

log = logging.getLogger(__name__)

RETRY_S = 30
"""Pause before a round is tried again after the store was not available, seconds."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of issues did: target ids with their quantity.

    Attributes:
        issued: forecasts written.
        unchanged: no new data since the last issue, which stays in force.
        failed: (target id, quantity) -> why nothing at all could be said.

    """

    issued: tuple[Forecast, ...]
    unchanged: tuple[Target, ...]
    failed: dict[tuple[str, str], str]


@dataclass(slots=True)
class ForecastService:
    """Forecasts targets from the store's final values, and stores what it says.

    One run reaches `settings.horizon_h` ahead on the target's own grid; its first 24 h are the day-ahead forecast.
    `numbers` counts for status and metrics.

    Attributes:
        store: where history is read and forecasts are kept.
        targets: what to forecast.
        start_pool: starts the fitting processes (`forecast.pool.process_pool`); called again should they die.
        settings: model, horizon, schedule.
        clock: now, UTC milliseconds.

    """

    store: TimeSeriesStore
    targets: Sequence[Target]
    start_pool: Callable[[], Executor]
    settings: ForecastSettings
    clock: Callable[[], int]
    numbers: dict[str, int] = field(default_factory=lambda: {"issued": 0, "fallbacks": 0, "failed": 0, "last_ms": 0})
    _pool: Executor | None = None
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)

    async def run(self) -> None:
        """Issue now, then after every `settings.every_s`, until cancelled."""
        try:
            while True:
                pause_s = await self._round_or_retry()
                await asyncio.sleep(pause_s)
        finally:
            self.close()

    def close(self) -> None:
        """Let the fitting processes go; what they are at is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def issue(self) -> Round:
        """Forecast all targets with new data, as of now.

        Raises:
            StoreError: the store could not be read or written; nothing is lost, the next round starts over.

        """
        jobs: dict[int, tuple[Known, str]] = {}
        unchanged: list[Target] = []
        for index, target in enumerate(self.targets):
            issue_ms = self.clock() // (target.step_s * SECOND_MS) * target.step_s * SECOND_MS
            known = await self._known(target, issue_ms)
            data = known.data_digest()
            if self._seen.get((target.id, target.quantity)) == data:
                unchanged.append(target)
            else:
                jobs[index] = known, data
        pool = await self._started_pool()
        outcomes = await asyncio.gather(*(self._outcome(pool, self.targets[index], known) for index, (known, _) in jobs.items()))
        issued: list[Forecast] = []
        failed: dict[tuple[str, str], str] = {}
        seen: dict[tuple[str, str], str] = {}
        for (index, (known, data)), outcome in zip(jobs.items(), outcomes, strict=True):
            target = self.targets[index]
            if isinstance(outcome, str):
                failed[target.id, target.quantity] = outcome
            else:
                issued.append(_forecast(target, known, outcome))
                seen[target.id, target.quantity] = data
        await self.store.write_forecast(issued)
        self._seen |= seen
        self._count(issued, failed)
        return Round(tuple(issued), tuple(unchanged), failed)

    async def _round_or_retry(self) -> float:
        try:
            done = await self.issue()
        except StoreUnavailableError as error:
            log.warning("forecasts wait for the store: %s", error)
            return RETRY_S
        log.info("%d forecasts issued, %d unchanged, %d failed", len(done.issued), len(done.unchanged), len(done.failed))
        return next_round_ms(self.clock(), self.settings) / SECOND_MS - self.clock() / SECOND_MS

    async def _known(self, target: Target, issue_ms: int) -> Known:
        timezone = target.calendar.timezone
        first = local_day(issue_ms, timezone) - timedelta(days=self.settings.history_days)
        found = await demand(self.store, target, day_start_ms(first, timezone), issue_ms)
        heard = np.flatnonzero(np.isfinite(found.value))
        since = slice(heard[0] if len(heard) else len(found.value), None)
        return Known(found.start_ms[since], found.value[since], target.step_s, issue_ms, target.calendar)

    async def _started_pool(self) -> Executor:
        if self._pool is None:
            self._pool = await asyncio.to_thread(self.start_pool)
        return self._pool

    async def _outcome(self, pool: Executor, target: Target, known: Known) -> Outcome | str:
        """Forecast in a fitting process; when these have died, plainly in this one."""
        horizon = self.settings.horizon_h * HOUR_S // target.step_s
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(pool, forecast, self.settings.model, known, horizon)
        except CannotForecastError as error:
            return str(error)
        except BrokenExecutor as error:
            log.warning("fitting processes died (%s); they are started again at the next issue", error)
            self.close()
        try:
            plain = await asyncio.to_thread(forecast_plainly, known, horizon)
        except CannotForecastError as error:
            return str(error)
        return Outcome(plain.quantiles, plain.model, "; ".join(filter(None, ["fitting processes died", plain.fallback])), plain.cpu_s)

    def _count(self, issued: Sequence[Forecast], failed: dict[tuple[str, str], str]) -> None:
        for reason in dict.fromkeys(failed.values()):
            which = ", ".join(f"{quantity} of {target}" for (target, quantity), found in failed.items() if found == reason)
            log.warning("no forecast of %s: %s", which, reason)
        self.numbers["issued"] += len(issued)
        self.numbers["fallbacks"] += sum(1 for one in issued if one.fallback)
        self.numbers["failed"] += len(failed)
        self.numbers["last_ms"] = max([self.numbers["last_ms"], *(one.issue_ms for one in issued)])


def next_round_ms(now_ms: int, settings: ForecastSettings) -> int:
    """Instant of the next round: the settling time after the next multiple of the schedule's period, UTC milliseconds."""
    every_ms, settle_ms = settings.every_s * SECOND_MS, settings.settle_s * SECOND_MS
    return ((now_ms - settle_ms) // every_ms + 1) * every_ms + settle_ms


def _forecast(target: Target, known: Known, outcome: Outcome) -> Forecast:
    return Forecast(
        target=target.id,
        quantity=target.quantity,
        issue_ms=known.issue_ms,
        step_s=target.step_s,
        time_ms=known.ahead_ms(len(outcome.quantiles)),
        quantiles=outcome.quantiles,
        model=outcome.model,
        fallback=outcome.fallback,
        inputs=known.digest(),
    )
