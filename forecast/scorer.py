"""Every day's forecasts against what happened, kept; and what follows from it for how a target is forecast."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from forecast.demand import demand
from forecast.fits import decide, first_fit, fits_settings
from forecast.scores import WEEK_MS, digest, score_day
from forecast.settings import DriftSettings
from forecast.targets import Target
from mainsight.core.zonetime import HOUR_MS, day_start_ms, local_day
from mainsight.store.forecast_port import ForecastFit, ForecastState
from mainsight.store.port import TimeSeriesStore

log = logging.getLogger(__name__)
SETTLED_MS = HOUR_MS
"""How long after its end a day is left alone, until its last values are final."""
Key = tuple[str, str]


@dataclass(slots=True)
class Scorer:
    """Scores each target once a local day, and decides on its fit.

    Attributes:
        store: past forecasts and what happened.
        state: where scores and fits are kept.
        settings: how many days are looked at again, and thresholds.
        clock: now, UTC milliseconds.

    """

    store: TimeSeriesStore
    state: ForecastState
    settings: DriftSettings
    clock: Callable[[], int]
    _fits: dict[Key, ForecastFit] | None = None
    _looked: dict[Key, date] = field(default_factory=dict)

    async def fit(self, target: Target) -> ForecastFit:
        """How a target is to be forecast; of one that is new, or whose model was changed in the settings, as these say, which is kept.

        Raises:
            StoreError: the state could not be read or written.

        """
        if self._fits is None:
            self._fits = {(one.target, one.quantity): one for one in await self.state.latest_forecast_fits()}
        key = target.id, target.quantity
        kept = self._fits.get(key)
        if kept is None or not fits_settings(kept, target):
            await self._keep(first_fit(target, self.clock()))
        return self._fits[key]

    async def look(self, targets: Iterable[Target]) -> int:
        """Score the days that have ended since the last look, and earlier ones whose values changed; the days scored.

        Raises:
            StoreError: what was scored is kept; the next look goes on.

        """
        scored = 0
        for target in targets:
            key, today = (target.id, target.quantity), local_day(self.clock() - SETTLED_MS, target.calendar.timezone)
            if self._looked.get(key) == today:
                continue
            scored += await self._score(target, today)
            await self._decide(target, today)
            self._looked[key] = today
        return scored

    async def _score(self, target: Target, today: date) -> int:
        """Score those of the last days whose values are not the ones they were scored against."""
        timezone = target.calendar.timezone
        days = [today - timedelta(days=back) for back in range(self.settings.score_days, 0, -1)]
        starts = [day_start_ms(day, timezone) for day in (*days, today)]
        kept = await self.state.forecast_scores(target.id, target.quantity, first=days[0].isoformat())
        known = {one.day: one.digest for one in kept}
        happened = await demand(self.store, target, starts[0] - WEEK_MS, starts[-1])
        scored = 0
        for day, start_ms, end_ms in zip(days, starts, starts[1:], strict=False):
            name, inputs = day.isoformat(), digest(happened, start_ms, end_ms)
            if known.get(name) == inputs:
                continue
            said = await self.store.forecast_rows(target.id, target.quantity, start_ms, end_ms)
            found = [] if said is None else score_day(target, name, said, happened, inputs, self.clock())
            await self.state.save_forecast_scores(found)
            scored += bool(found)
        return scored

    async def _decide(self, target: Target, today: date) -> None:
        first = today - timedelta(days=max(self.settings.days, self.settings.coverage_days))
        scores = await self.state.forecast_scores(target.id, target.quantity, first=first.isoformat())
        decided = decide(await self.fit(target), target, scores, self.clock(), self.settings)
        if decided is not None:
            log.info("%s of %s: %s", target.quantity, target.id, decided.reason)
            await self._keep(decided)

    async def _keep(self, fit: ForecastFit) -> None:
        await self.state.save_forecast_fit(fit)
        assert self._fits is not None, "read before"
        self._fits[fit.target, fit.quantity] = fit
