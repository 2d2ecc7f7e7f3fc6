"""The service: forecasts every target on a schedule, and never leaves a silent gap."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, field

from forecast.chain import Outcome
from forecast.demand import history
from forecast.errors import CannotForecastError
from forecast.executor import Workers
from forecast.fits import stretched
from forecast.fleet import fit, in_lanes
from forecast.known import Known, digest_at
from forecast.reconciler import Reconciler
from forecast.scorer import Scorer
from forecast.settings import ForecastSettings
from forecast.targets import HOUR_S, Target
from forecast.weather_desk import WeatherDesk
from forecast.worker import forecast_plainly
from mainsight.core.forecasts import Forecast
from mainsight.core.zonetime import SECOND_MS
from mainsight.store.forecast_port import ForecastFit
from mainsight.store.port import StoreUnavailableError, TimeSeriesStore

log = logging.getLogger(__name__)

RETRY_S = 30
"""Pause before a round is tried again after the store was not available, seconds."""
DIED = "fitting processes died"
LANES_PER_WORKER = 2
"""Targets at work at a time for each worker: while one is fitted the history of the next is read."""


@dataclass(slots=True)
class Round:
    """What one round of issues did, in order of the targets as they came to an end.

    Attributes:
        issued: forecasts written.
        unchanged: no new data since the last issue, which stays in force.
        failed: (target id, quantity) -> why nothing at all could be said.

    """

    issued: list[Forecast] = field(default_factory=list)
    unchanged: list[Target] = field(default_factory=list)
    failed: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Targets that have come to an end."""
        return len(self.issued) + len(self.unchanged) + len(self.failed)


@dataclass(slots=True)
class ForecastService:
    """Forecasts targets from the store's final values, and stores what it says.

    One run reaches `settings.horizon_h` ahead on the target's own grid; its first 24 h are the day-ahead forecast.
    `numbers` counts for status and metrics.

    Attributes:
        store: where history is read and forecasts are kept.
        targets: what to forecast.
        start_pool: starts the fitting processes (`forecast.pool.process_pool`); called again should they die.
        scorer: says how good past forecasts were, and so how each target is to be forecast.
        weather: tells temperatures, where somebody asked for them.
        reconciler: makes parts and wholes agree after each round.
        settings: horizon, schedule.
        clock: now, UTC milliseconds.

    """

    store: TimeSeriesStore
    targets: Sequence[Target]
    start_pool: Callable[[], Workers]
    scorer: Scorer
    weather: WeatherDesk
    reconciler: Reconciler
    settings: ForecastSettings
    clock: Callable[[], int]
    numbers: dict[str, int] = field(default_factory=lambda: {"issued": 0, "fallbacks": 0, "failed": 0, "last_ms": 0, "round_done": 0})
    _pool: Workers | None = None
    _starting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)

    async def run(self) -> None:
        """Issue now, then after every `settings.every_s`, until cancelled."""
        try:
            while True:
                pause_s = await self._round_or_retry()
                await asyncio.sleep(pause_s)
        finally:
            await self.close()

    async def close(self) -> None:
        """Let the fitting processes go, and wait until they have: an interpreter that ends meanwhile trips over them."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, cancel_futures=True)

    async def issue(self) -> Round:
        """Forecast all targets with new data, as of now: one instant for all, however long the round takes.

        Each forecast is written as soon as it is there. A round that was cut short, by whatever, is taken up by the next:
        what has been forecast from the same data is not computed again.

        Raises:
            StoreError: the store could not be read or written; nothing is lost, the next round goes on.

        """
        done, now_ms = Round(), self.clock()

        async def work(target: Target) -> None:
            await self._issue(target, now_ms, done)
            self.numbers["round_done"] = done.done

        self.numbers["round_done"] = 0
        await in_lanes(self.targets, work, LANES_PER_WORKER * self.settings.workers)
        _tell_failures(done.failed)
        return done

    async def _issue(self, target: Target, now_ms: int, done: Round) -> None:
        issue_ms = now_ms // (target.step_s * SECOND_MS) * target.step_s * SECOND_MS
        as_decided = await self.scorer.fit(target)
        days = min(self.settings.history_days, as_decided.history_days or self.settings.history_days)
        past = await history(self.store, target, issue_ms, days)
        known, weather = await self.weather.tell(past, self._horizon(target))
        key, data = (target.id, target.quantity), known.data_digest()
        if await self._is_said(target, as_decided, data):
            done.unchanged.append(target)
            return
        outcome = await self._outcome(target, as_decided.model, known)
        if isinstance(outcome, str):
            done.failed[key] = outcome
            self.numbers["failed"] += 1
            return
        said = _forecast(target, known, outcome, as_decided, weather)
        await self.store.write_forecast([said])
        self._seen[key] = data
        done.issued.append(said)
        self.numbers["issued"] += 1
        self.numbers["fallbacks"] += bool(said.fallback)
        self.numbers["last_ms"] = max(self.numbers["last_ms"], said.issue_ms)

    async def _is_said(self, target: Target, as_decided: ForecastFit, data: str) -> bool:
        """Whether the latest forecast stands on the same data, though it may have been made before this process began."""
        seen = self._seen.get((target.id, target.quantity))
        if seen is not None:
            return seen == data
        latest = await self.store.forecast(target.id, target.quantity)
        if latest is None or latest.step_s != target.step_s or len(latest.time_ms) != self._horizon(target):
            return False
        as_asked = latest.model == as_decided.model or (bool(latest.fallback) and not latest.fallback.startswith(DIED))
        return as_asked and digest_at(latest.issue_ms, data) == latest.inputs

    async def _round_or_retry(self) -> float:
        try:
            await self.weather.refresh()
            done = await self.issue()
            agreed = await self.reconciler.reconcile(self.targets) if self.settings.reconcile else []
            scored = await self.scorer.look(self.targets)
        except StoreUnavailableError as error:
            log.warning("forecasts wait for the store: %s", error)
            return RETRY_S
        log.info("%d forecasts issued, %d unchanged, %d failed", len(done.issued), len(done.unchanged), len(done.failed))
        if agreed or scored:
            log.info("%d forecasts made to agree, past forecasts of %d days scored", len(agreed), scored)
        return next_round_ms(self.clock(), self.settings) / SECOND_MS - self.clock() / SECOND_MS

    async def _started_pool(self) -> Workers:
        async with self._starting:
            if self._pool is None:
                self._pool = await asyncio.to_thread(self.start_pool)
            return self._pool

    async def _outcome(self, target: Target, model: str, known: Known) -> Outcome | str:
        """Forecast on a worker; when these have died, plainly in this process."""
        horizon = self._horizon(target)
        pool = await self._started_pool()
        try:
            return await fit(pool, model, known, horizon)
        except CannotForecastError as error:
            return str(error)
        except BrokenExecutor as error:
            log.warning("%s (%s); they are started again for the next target", DIED, error)
            if self._pool is pool:
                await self.close()
        try:
            plain = await asyncio.to_thread(forecast_plainly, known, horizon)
        except CannotForecastError as error:
            return str(error)
        return Outcome(plain.quantiles, plain.model, "; ".join(filter(None, [DIED, plain.fallback])), plain.cpu_s)

    def _horizon(self, target: Target) -> int:
        return self.settings.horizon_h * HOUR_S // target.step_s


def _tell_failures(failed: Mapping[tuple[str, str], str]) -> None:
    """Log once a reason."""
    for reason in dict.fromkeys(failed.values()):
        which = ", ".join(f"{quantity} of {target}" for (target, quantity), found in failed.items() if found == reason)
        log.warning("no forecast of %s: %s", which, reason)


def next_round_ms(now_ms: int, settings: ForecastSettings) -> int:
    """Instant of the next round: the settling time after the next multiple of the schedule's period, UTC milliseconds."""
    every_ms, settle_ms = settings.every_s * SECOND_MS, settings.settle_s * SECOND_MS
    return ((now_ms - settle_ms) // every_ms + 1) * every_ms + settle_ms


def _forecast(target: Target, known: Known, outcome: Outcome, as_decided: ForecastFit, weather: str) -> Forecast:
    return Forecast(
        target=target.id,
        quantity=target.quantity,
        issue_ms=known.issue_ms,
        step_s=target.step_s,
        time_ms=known.ahead_ms(len(outcome.quantiles)),
        quantiles=stretched(outcome.quantiles, target.step_s, as_decided),
        model=outcome.model,
        fallback=outcome.fallback,
        inputs=known.digest(),
        remarks="; ".join(filter(None, [outcome.remarks, as_decided.reason, weather])),
    )
