"""MSTL with exponential smoothing (statsmodels): the week's shape by LOESS, the level and its damped trend by ETS.

Needs five weeks: with three it is worse than last week again, and too sure of itself. Holidays are taken out before and put back as
in `forecast.models.harmonic`. Spread from the same smoothing at each of the last weeks' days, whose states the fit has.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.seasonal import MSTL

from forecast.calibration import in_order
from forecast.dayframe import day_frame
from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.models.harmonic import quantiles_of_row, without_holidays
from forecast.models.port import Prediction
from forecast.weeks import WEEK
from mainsight.core.intervals import FloatArray, IntArray

HISTORY_DAYS = 8 * WEEK
LEAST_DAYS = 5 * WEEK


@dataclass(frozen=True, slots=True)
class MstlModel:
    """Multiple seasonal-trend decomposition with exponential smoothing."""

    name: str = "mstl-ets"

    def fit(self, known: Known) -> "FittedMstl":
        """Decompose the last eight weeks; five at least, half of them there."""
        frame = day_frame(known, 1, HISTORY_DAYS)
        days = int(np.isfinite(frame.value).any(axis=1).sum())
        if days < LEAST_DAYS:
            message = f"{days} days with values, {LEAST_DAYS} are needed"
            raise CannotForecastError(message)
        if np.isfinite(frame.value).mean() < 0.5:
            message = f"less than half of the last {frame.days} days is there"
            raise CannotForecastError(message)
        value = without_holidays(frame)[0].ravel()
        periods = (frame.columns, WEEK * frame.columns) if frame.columns > 1 else (WEEK,)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that smoothing did not converge, or had nothing to smooth: the best found serves
            try:
                season = np.asarray(MSTL(value, periods=periods).fit().seasonal).reshape(len(value), -1).sum(axis=1)
                smoothed = ETSModel(value - season, error="add", trend="add", damped_trend=True).fit(disp=False)
            except (ValueError, np.linalg.LinAlgError) as error:
                message = f"no smoothing: {error}"
                raise CannotForecastError(message) from error
        return FittedMstl(known, season, np.asarray(smoothed.level), np.asarray(smoothed.slope), float(smoothed.damping_trend))


@dataclass(frozen=True, slots=True, eq=False)
class FittedMstl:
    """Season, level and slope at every past interval, shape (n,), in the target's unit, and the slope's damping, 0 to 1."""

    known: Known
    season: FloatArray
    level: FloatArray
    slope: FloatArray
    damping: float

    def predict(self, horizon: int) -> Prediction:
        """Carry level, slope and the last week's season on."""
        frame = day_frame(self.known, horizon, HISTORY_DAYS)
        effect = without_holidays(frame)[1]
        origins = np.arange(min(WEEK + 1, frame.days), frame.days + 1)
        rows = np.minimum(origins[:, None] + np.arange(frame.rows_ahead), len(effect) - 1)
        said = self._paths(origins, frame.rows_ahead, frame.columns) + effect[rows]
        kind = frame.cells(frame.facts.kind)
        quantiles = [quantiles_of_row(frame, said, origins, ahead, kind) for ahead in range(frame.rows_ahead)]
        nonnegative = bool(np.nanmin(frame.value) >= 0)
        return Prediction(in_order(frame.pick(np.stack(quantiles)), nonnegative=nonnegative))

    def _paths(self, origins: IntArray, rows: int, columns: int) -> FloatArray:
        """Forecasts from the start of each origin's row, without holidays: shape (origins, rows, S)."""
        step = np.arange(rows * columns)
        start = origins * columns
        damped = np.cumsum(self.damping ** (step + 1))
        week = WEEK * columns
        season = self.season[start[:, None] - week + step % week]
        path: FloatArray = self.level[start - 1][:, None] + self.slope[start - 1][:, None] * damped + season
        return path.reshape(len(origins), rows, columns)
