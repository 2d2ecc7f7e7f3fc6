"""How a target is to be forecast from now on, decided from how good its forecasts were: by drift and by age.

Every issue learns anew from all that is known by then, so a model itself is never older than an hour. What is decided here
is what it learns from, whether it is used at all, and how wide its bands are made:

- its error is no longer below that of last week again: it learns from the last weeks alone; when that does not help either,
  last week again takes its place;
- P10 to P90 hold too few or too many values: the distance of the quantiles from P50 is stretched or shrunk, below and above
  apart, block by block of lead times, so that each side would have left out a tenth (conformal calibration on the errors that
  were really made; the step is halved, since a few days say little);
- after some weeks what was set back by drift is given another chance.

Only issues made since the last decision count as evidence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from forecast.metrics import P50
from forecast.scores import BLOCKS_H, Figures, figures
from forecast.settings import DriftSettings
from forecast.targets import HOUR_S, Target
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import local_day
from mainsight.store.forecast_port import REACHES, DayScore, ForecastFit

LAST_WEEK = "seasonal-naive"
DAY_AHEAD_H = (6, 24, 48)
"""Blocks of lead times whose error decides whether a model is of use."""
MOST_FACTOR, LEAST_FACTOR = 4.0, 0.5
_BEYOND = 0.10
"""Share of values that is to lie beyond P90, and below P10."""
_HALF = 0.5
_ENOUGH = 0.7
"""Share of the days asked for that must have been scored."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Scores of issues made since a decision, of the latest days.

    Attributes:
        scores: of `days` local days before today, or of fewer that have passed since.
        enough: whether there are as many days as are asked for.

    """

    scores: tuple[DayScore, ...]
    enough: bool

    def figures(self) -> Figures:
        """Figures of all together."""
        return figures(self.scores)


def first_fit(target: Target, now_ms: int) -> ForecastFit:
    """As the settings say."""
    return ForecastFit(target.id, target.quantity, now_ms, target.model)


def fits_settings(fit: ForecastFit, target: Target) -> bool:
    """Whether a fit is of the model that is asked for, or stands in for it."""
    return fit.model in {target.model, LAST_WEEK}


def stretched(quantiles: FloatArray, step_s: int, fit: ForecastFit) -> FloatArray:
    """Quantiles with their distance from P50 stretched or shrunk as a fit says; never below 0 where they were not.

    Args:
        quantiles: shape (h, 7), columns as `QUANTILES`; not changed.
        step_s: length of an interval, seconds.
        fit: its `spread` counts.

    """
    if not fit.spread:
        return quantiles
    factors = {block: (below, above) for block, below, above in fit.spread}
    end_h = np.arange(1, len(quantiles) + 1) * step_s / HOUR_S
    below, above = np.array([factors.get(BLOCKS_H[number], (1.0, 1.0)) for number in np.searchsorted(BLOCKS_H, end_h)]).T
    apart = quantiles - quantiles[:, P50 : P50 + 1]
    wider: FloatArray = quantiles[:, P50 : P50 + 1] + apart * np.where(apart < 0, below[:, None], above[:, None])
    return np.maximum(wider, 0.0) if quantiles.min(initial=0.0) >= 0 else wider


def decide(fit: ForecastFit, target: Target, scores: Sequence[DayScore], now_ms: int, settings: DriftSettings) -> ForecastFit | None:
    """Decide anew; None when all stays as it is.

    Args:
        fit: what is in force.
        target: what is forecast; its model is the one to use where nothing speaks against it.
        scores: of this target, of at least the last `settings.days` and `settings.coverage_days` days.
        now_ms: UTC milliseconds.
        settings: thresholds.

    """
    today = local_day(now_ms, target.calendar.timezone)
    since = local_day(fit.since_ms, target.calendar.timezone)
    as_set = first_fit(target, now_ms)
    set_back = fit.model != target.model or fit.history_days is not None
    if set_back and (today - since).days >= settings.refit_days:
        return replace(as_set, reason=f"fitted anew on all its history after {(today - since).days} days")
    if fit.model != LAST_WEEK:
        told = _evidence(scores, since, today, settings.days, DAY_AHEAD_H)
        skill = told.figures().skill
        if told.enough and skill is not None and skill < settings.least_skill:
            return _set_back(fit, as_set, skill, settings)
    return _recalibrated(fit, scores, since, today, settings, now_ms)


def _set_back(fit: ForecastFit, as_set: ForecastFit, skill: float, settings: DriftSettings) -> ForecastFit:
    why = f"over {settings.days} days its error up to 48 h ahead was {1 - skill:.2f} times that of last week"
    if fit.history_days is None:
        days = settings.short_history_days
        return replace(as_set, history_days=days, reason=f"refitted on the last {days} days because {why}")
    return replace(
        as_set, model=LAST_WEEK, reason=f"last week in place of {fit.model} because {why}, also on {fit.history_days} days of history"
    )


def _recalibrated(
    fit: ForecastFit, scores: Sequence[DayScore], since: date, today: date, settings: DriftSettings, now_ms: int
) -> ForecastFit | None:
    spread = {block: (below, above) for block, below, above in fit.spread}
    reasons = []
    for block in sorted({one.block_h for one in scores}):
        told = _evidence(scores, since, today, settings.coverage_days, (block,))
        covered = told.figures().coverage
        if not told.enough or covered is None or settings.least_coverage <= covered <= settings.most_coverage:
            continue
        before = spread.get(block, (1.0, 1.0))
        sides = tuple(_side(told.scores, side) for side in ("below", "above"))
        after = tuple(
            min(max(old * (1 + _HALF * (factor - 1)), LEAST_FACTOR), MOST_FACTOR) for old, factor in zip(before, sides, strict=True)
        )
        if after != before:
            spread[block] = after[0], after[1]
            reasons.append(f"up to {block} h ahead they held {100 * covered:.0f} %")
    if not reasons:
        return None
    why = f"bands recalibrated because P10 to P90 did not hold 80 % of {settings.coverage_days} days: {', '.join(reasons)}"
    return replace(fit, since_ms=now_ms, spread=tuple((block, *spread[block]) for block in sorted(spread)), reason=why)


def _evidence(scores: Sequence[DayScore], since: date, today: date, days: int, blocks: Sequence[int]) -> Evidence:
    """Scores of blocks, of days that were forecast from the block's whole lead by issues made since."""
    kept = tuple(_kept(scores, since, today - timedelta(days=days), today, blocks))
    return Evidence(kept, len({one.day for one in kept}) >= _ENOUGH * days)


def _kept(scores: Sequence[DayScore], since: date, first: date, today: date, blocks: Sequence[int]) -> Iterator[DayScore]:
    for one in scores:
        day = date.fromisoformat(one.day)
        if one.block_h in blocks and max(first, since + timedelta(days=-(-one.block_h // 24))) <= day < today:
            yield one


def _side(scores: Sequence[DayScore], side: str) -> float:
    """Factor on the distance to P10 or P90 with which a tenth of the values would have been beyond."""
    n = sum(one.n for one in scores)
    beyond = np.array([getattr(one, side) for one in scores]).sum(axis=0) / n
    # Shares fall with the reach; np.interp wants them to rise.
    return float(np.interp(_BEYOND, beyond[::-1], np.array(REACHES)[::-1]))
