"""Dynamic harmonic regression: daily and weekly waves with autoregression on the last hours, day, week and fortnight.

Fitted by conditional least squares (statsmodels' OLS on the lags themselves; its `AutoReg` would build every lag up to
the longest, a gigabyte for a year of 10 min): one linear solve, so it always ends, and with the same numbers. Chosen over
MSTL with an autoregressive remainder by measurement (docs/benchmarks/forecast.md). Holidays are regressed apart: their
usual distance from an ordinary day at each time of day is taken out of the history before the fit and put back where the
future has holidays.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from statsmodels.regression.linear_model import OLS
from statsmodels.tools.sm_exceptions import SingularMatrixWarning

from forecast.calendar import BoolArray
from forecast.calibration import in_order, offsets
from forecast.dayframe import DayFrame, day_frame
from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.models.port import Prediction
from forecast.models.profile import typical
from forecast.weeks import WEEK, fill_plainly, mean_of_weeks
from mainsight.core.intervals import FloatArray, IntArray

HARMONIC_AR = "harmonic-ar"
HISTORY_DAYS = 400
LEAST_DAYS = 35
FIRST_ORIGIN = 21
"""Days before the first past forecast: the fortnight that the recursion looks back on, and a week more."""
LEAST_ERRORS = 4
"""Days of past errors that a spread is taken from at least; of longer leads that have fewer, the errors of shorter ones serve."""
ERROR_DAYS = 56
DAILY_WAVES = 6
WEEKLY_WAVES = 13


@dataclass(frozen=True, slots=True)
class HarmonicModel:
    """Dynamic harmonic regression with holidays."""

    name: str = HARMONIC_AR

    def fit(self, known: Known) -> "FittedHarmonic":
        """Solve the regression; five weeks at least, half of them there."""
        frame = day_frame(known, 1, HISTORY_DAYS)
        days = int(np.isfinite(frame.value).any(axis=1).sum())
        if days < LEAST_DAYS:
            message = f"{days} days with values, {LEAST_DAYS} are needed"
            raise CannotForecastError(message)
        if np.isfinite(frame.value).mean() < 0.5:
            message = f"less than half of the last {frame.days} days is there"
            raise CannotForecastError(message)
        ordinary, _ = without_holidays(frame)
        return FittedHarmonic(known, _fit(ordinary.ravel(), frame.columns))


@dataclass(frozen=True, slots=True, eq=False)
class FittedHarmonic:
    """The history and its recursion."""

    known: Known
    recursion: "_Recursion"

    def predict(self, horizon: int) -> Prediction:
        """Forecast recursively; the spread is that of the same recursion from each of the last weeks' days."""
        frame = day_frame(self.known, horizon, HISTORY_DAYS)
        origins = np.arange(max(FIRST_ORIGIN, frame.days - ERROR_DAYS), frame.days + 1)
        said = self._said(frame, origins, frame.rows_ahead)
        kind = frame.cells(frame.facts.kind)
        rows = [quantiles_of_row(frame, said, origins, ahead, kind) for ahead in range(frame.rows_ahead)]
        nonnegative = bool(np.nanmin(frame.value) >= 0)
        return Prediction(in_order(frame.pick(np.stack(rows)), nonnegative=nonnegative))

    def point(self, horizon: int) -> FloatArray:
        """Median forecast of every future row, shape (R, S)."""
        frame = day_frame(self.known, horizon, HISTORY_DAYS)
        path: FloatArray = self._said(frame, np.array([frame.days]), frame.rows_ahead)[0]
        return path

    def past(self, days: int, target: IntArray, lead: IntArray) -> FloatArray:
        """What the recursion says of past days from some days before, shape (P, S); NaN where it does not reach back.

        Args:
            days: past rows of the caller's day frame, to which `target` belongs.
            target: shape (P,), rows to tell.
            lead: shape (P,), days before their end from which to tell them: 1 starts at the row itself.

        """
        rows = int(lead.max())
        frame = day_frame(self.known, 1, HISTORY_DAYS)
        origin = target - lead + 1 - days + frame.days
        origins = np.arange(max(FIRST_ORIGIN, int(origin.min())), frame.days)
        said = np.full((len(target), frame.columns), np.nan)
        reached = origin >= FIRST_ORIGIN
        if len(origins):
            paths = self._said(frame, origins, rows)
            said[reached] = paths[origin[reached] - origins[0], lead[reached] - 1]
        return said

    def _said(self, frame: DayFrame, origins: IntArray, rows: int) -> FloatArray:
        """Forecasts of `rows` days from the start of each origin's row, shape (origins, rows, S)."""
        paths = self.recursion.paths(origins, rows)
        _check_bounds(paths[-1], frame.value)
        effect = without_holidays(frame)[1]
        said: FloatArray = paths + effect[np.minimum(origins[:, None] + np.arange(rows), len(effect) - 1)]
        return said


def quantiles_of_row(frame: DayFrame, said: FloatArray, origins: np.ndarray, ahead: int, kind: np.ndarray) -> FloatArray:
    """Quantiles of one future day, shape (S, 7), from what was said `ahead` days ahead by every origin, the issue last."""
    told = min(ahead, max(frame.days - LEAST_ERRORS - int(origins[0]), 0))
    target = origins + told
    past = target < frame.days
    error = frame.value[target[past]] - said[past, told]
    spread = offsets(error, kind[target[past]], np.ones(len(error)), kind[frame.days + ahead][None, :])
    quantiles: FloatArray = said[-1, ahead][:, None] + spread[0]
    return quantiles


def without_holidays(frame: DayFrame) -> tuple[FloatArray, FloatArray]:
    """History without holidays, gaps filled, shape (D, S), and what holidays add to each cell, shape (D + R, S), 0 elsewhere."""
    value = np.vstack([frame.value, np.full((frame.rows_ahead, frame.columns), np.nan)])
    holiday: BoolArray = frame.cells(frame.facts.holiday)
    ordinary = fill_plainly(mean_of_weeks(value, ~holiday, first_lag=WEEK), frame.value)
    apart = np.where(holiday, value - ordinary, np.nan)
    seen = np.isfinite(apart)
    usual = np.where(seen, apart, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    like_rest = np.nan_to_num(typical(value, frame.cells(frame.facts.kind), WEEK) - ordinary, nan=0.0)
    # Per time of day: within the first holiday that is known, only the hours that have passed tell of it.
    effect = np.where(holiday, np.where(seen.any(axis=0), usual, like_rest), 0.0)
    past = np.where(np.isfinite(frame.value) & ~holiday[: frame.days], frame.value, ordinary[: frame.days])
    return past, effect


@dataclass(frozen=True, slots=True, eq=False)
class _Recursion:
    """A fitted autoregression: history, lags with their weights, and the part that only time decides."""

    history: FloatArray
    columns: int
    lags: IntArray
    weights: FloatArray
    wave_weights: FloatArray

    def paths(self, origins: IntArray, rows: int) -> FloatArray:
        """Recursive forecasts from the start of each origin's row: shape (origins, rows, S)."""
        steps, reach = rows * self.columns, int(self.lags.max())
        starts = origins * self.columns
        first = int(starts.min())
        waves = self.wave_weights[0] + _waves(np.arange(first, int(starts.max()) + steps), self.columns) @ self.wave_weights[1:]
        track = np.empty((len(origins), reach + steps))
        track[:, :reach] = self.history[starts[:, None] + np.arange(-reach, 0)[None, :]]
        for step in range(steps):
            memory = track[:, reach + step - self.lags] @ self.weights
            track[:, reach + step] = waves[starts - first + step] + memory
        return track[:, reach:].reshape(len(origins), rows, self.columns)


def _fit(history: FloatArray, columns: int) -> _Recursion:
    lags = _lags(columns, len(history) // columns)
    first = int(lags.max())
    step = np.arange(first, len(history))
    regressors = np.column_stack([np.ones(len(step)), *(history[step - lag] for lag in lags), _waves(step, columns)])
    try:
        with warnings.catch_warnings():
            # A series that repeats exactly leaves a choice of coefficients; the least ones are taken, and serve.
            warnings.simplefilter("ignore", SingularMatrixWarning)
            fitted = OLS(history[step], regressors).fit()
    except (np.linalg.LinAlgError, ValueError) as error:
        message = f"least squares failed: {error}"
        raise CannotForecastError(message) from error
    weights = np.asarray(fitted.params)
    of_lags = slice(1, 1 + len(lags))
    return _Recursion(history, columns, lags, weights[of_lags], np.delete(weights, of_lags))


def _lags(columns: int, days: int) -> IntArray:
    week = WEEK * columns
    lags = {1, 2, 3, columns - 1, columns, columns + 1, 2 * columns, week - 1, week, week + 1}
    if days >= 42:
        lags.add(2 * week)
    return np.array(sorted(lag for lag in lags if lag > 0), dtype=np.int64)


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
