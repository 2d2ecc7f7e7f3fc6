"""Dynamic harmonic regression: daily and weekly waves with autoregression on the last hours, day, week and fortnight.

Fitted by conditional least squares (`statsmodels.tsa.ar_model.AutoReg`): one linear solve, so it always ends and always
gives the same numbers. Chosen over MSTL with autoregressive remainder by measurement (docs/reference/backtest.md).
Holidays are regressed apart: their usual distance from an ordinary day at each time of day is taken out of the history
before the fit and put back where the future has holidays.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from statsmodels.tools.sm_exceptions import SingularMatrixWarning
from statsmodels.tsa.ar_model import AutoReg

from forecast.calendar import BoolArray
from forecast.calibration import in_order, offsets
from forecast.dayframe import DayFrame, day_frame
from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.models.port import Prediction
from forecast.models.profile import typical
from forecast.weeks import WEEK, fill_plainly, mean_of_weeks
from mainsight.core.intervals import FloatArray

HISTORY_DAYS = 400
LEAST_DAYS = 21
ERROR_DAYS = 56
DAILY_WAVES = 6
WEEKLY_WAVES = 13


@dataclass(frozen=True, slots=True)
class HarmonicModel:
    """Dynamic harmonic regression with holidays."""

    name: str = "harmonic-ar"

    def fit(self, known: Known) -> "FittedHarmonic":
        """Refuse histories of less than three weeks."""
        days = np.unique(known.start_ms[np.isfinite(known.value)] // 86_400_000)
        if len(days) < LEAST_DAYS:
            message = f"{len(days)} days with values, {LEAST_DAYS} are needed"
            raise CannotForecastError(message)
        return FittedHarmonic(known)


@dataclass(frozen=True, slots=True)
class FittedHarmonic:
    """The history; the regression itself is solved with the horizon, since both lie on one matrix."""

    known: Known

    def predict(self, horizon: int) -> Prediction:
        """Forecast recursively; the spread is that of the same recursion from each of the last weeks' days."""
        frame = day_frame(self.known, horizon, HISTORY_DAYS)
        if frame.days < LEAST_DAYS or np.isfinite(frame.value).mean() < 0.5:
            message = f"less than half of the last {frame.days} days is there"
            raise CannotForecastError(message)
        ordinary, effect = _without_holidays(frame)
        recursion = _fit(ordinary[: frame.days].ravel(), frame.columns, frame.rows_ahead)
        origins = np.arange(max(LEAST_DAYS, frame.days - ERROR_DAYS), frame.days + 1)
        paths = recursion.paths(origins, frame.rows_ahead)
        _check_bounds(paths[-1], frame.value)
        kind = frame.cells(frame.facts.kind)
        rows = [_row(frame, paths[:, ahead] + effect[origins + ahead], origins, ahead, kind) for ahead in range(frame.rows_ahead)]
        nonnegative = bool(np.nanmin(frame.value) >= 0)
        return Prediction(in_order(frame.pick(np.stack(rows)), nonnegative=nonnegative))


def _row(frame: DayFrame, said: FloatArray, origins: np.ndarray, ahead: int, kind: np.ndarray) -> FloatArray:
    """Quantiles of one future day, shape (S, 7), from what was said `ahead` days ahead by every origin, the issue last."""
    target = origins + ahead
    past = target < frame.days
    error = frame.value[target[past]] - said[past]
    spread = offsets(error, kind[target[past]], np.ones(len(error)), kind[frame.days + ahead][None, :])
    quantiles: FloatArray = said[-1][:, None] + spread[0]
    return quantiles


def _without_holidays(frame: DayFrame) -> tuple[FloatArray, FloatArray]:
    """History without holidays, gaps filled, shape (D, S), and what holidays add to each cell, shape (D + R, S), 0 elsewhere."""
    value = np.vstack([frame.value, np.full((frame.rows_ahead, frame.columns), np.nan)])
    holiday: BoolArray = frame.cells(frame.facts.holiday)
    ordinary = fill_plainly(mean_of_weeks(value, ~holiday, first_lag=WEEK), frame.value)
    apart = np.where(holiday, value - ordinary, np.nan)
    seen = np.isfinite(apart)
    if seen.any():
        usual = np.where(seen, apart, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
        effect = np.where(holiday, usual[None, :], 0.0)
    else:
        like_rest = typical(value, frame.cells(frame.facts.kind), WEEK) - ordinary
        effect = np.where(holiday & np.isfinite(like_rest), like_rest, 0.0)
    past = np.where(np.isfinite(frame.value) & ~holiday[: frame.days], frame.value, ordinary[: frame.days])
    return past, effect


@dataclass(frozen=True, slots=True, eq=False)
class _Recursion:
    """A fitted autoregression: history, lags with their weights, and the part that only time decides."""

    history: FloatArray
    columns: int
    lags: np.ndarray
    weights: FloatArray
    waves: FloatArray

    def paths(self, origins: np.ndarray, rows: int) -> FloatArray:
        """Recursive forecasts from the start of each origin's row: shape (origins, rows, S)."""
        steps, reach = rows * self.columns, int(self.lags.max())
        starts = origins * self.columns
        track = np.empty((len(origins), reach + steps))
        track[:, :reach] = self.history[starts[:, None] + np.arange(-reach, 0)[None, :]]
        for step in range(steps):
            memory = track[:, reach + step - self.lags] @ self.weights
            track[:, reach + step] = self.waves[starts + step] + memory
        return track[:, reach:].reshape(len(origins), rows, self.columns)


def _fit(history: FloatArray, columns: int, rows_ahead: int) -> _Recursion:
    lags = _lags(columns, len(history) // columns)
    waves = _waves(np.arange(len(history) + (rows_ahead + 1) * columns), columns)
    try:
        with warnings.catch_warnings():
            # A series that repeats exactly leaves a choice of coefficients; the least ones are taken, and serve.
            warnings.simplefilter("ignore", SingularMatrixWarning)
            fitted = AutoReg(history, lags=lags, trend="c", exog=waves[: len(history)]).fit()
    except (np.linalg.LinAlgError, ValueError) as error:
        message = f"least squares failed: {error}"
        raise CannotForecastError(message) from error
    weights = np.asarray(fitted.params)
    by_time = weights[0] + waves @ weights[1 + len(lags) :]
    return _Recursion(history, columns, np.array(lags), weights[1 : 1 + len(lags)], by_time)


def _lags(columns: int, days: int) -> list[int]:
    week = WEEK * columns
    lags = {1, 2, 3, columns - 1, columns, columns + 1, 2 * columns, week - 1, week, week + 1}
    if days >= 2 * LEAST_DAYS:
        lags.add(2 * week)
    return sorted(lag for lag in lags if lag > 0)


def _waves(step: np.ndarray, columns: int) -> FloatArray:
    """Sine and cosine of the daily and weekly waves that the step resolves: shape (n, waves)."""
    daily = [wave / columns for wave in range(1, min(DAILY_WAVES, (columns - 1) // 2) + 1)]
    week = WEEK * columns
    weekly = [wave / week for wave in range(1, min(WEEKLY_WAVES, (week - 1) // 2) + 1) if wave % WEEK]
    angle = 2 * np.pi * np.outer(step, [*daily, *weekly])
    return np.hstack([np.sin(angle), np.cos(angle)])


def _check_bounds(path: FloatArray, value: FloatArray) -> None:
    low, high = np.nanmin(value), np.nanmax(value)
    room = high - low + 1e-9 * max(abs(high), 1.0)
    if not np.isfinite(path).all() or path.min() < low - room or path.max() > high + room:
        message = "the recursion ran away"
        raise CannotForecastError(message)
