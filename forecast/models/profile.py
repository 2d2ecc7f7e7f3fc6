"""The two baselines: last week again, and the typical day. They serve any history with one value in it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forecast.calendar import DayKind
from forecast.calibration import in_order, offsets
from forecast.dayframe import DayFrame, day_frame
from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.models.port import Prediction
from forecast.weeks import WEEK, fill_plainly, mean_of_weeks, nearest_week
from mainsight.core.intervals import FloatArray

HISTORY_DAYS = 16 * WEEK
ERROR_DAYS = 8 * WEEK


class Rule(Protocol):
    """A way to fill a day from earlier ones."""

    def __call__(self, value: FloatArray, kind: np.ndarray, first_lag: int) -> FloatArray:
        """Forecast every row from rows at least `first_lag` days (whole weeks) before it: shape (n, S), NaN where it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class ProfileModel:
    """A rule applied to the future, with the spread of the rule's own recent errors.

    Attributes:
        name: name of the model.
        rule: how a day is filled.

    """

    name: str
    rule: Rule

    def fit(self, known: Known) -> "FittedProfile":
        """Check that there is something to go by."""
        if not np.isfinite(known.value).any():
            message = "no value in the history"
            raise CannotForecastError(message)
        return FittedProfile(known, self.rule)


@dataclass(frozen=True, slots=True)
class FittedProfile:
    """A rule and the history it looks back on."""

    known: Known
    rule: Rule

    def predict(self, horizon: int) -> Prediction:
        """Forecast week by week; each week looks back past itself to what is known."""
        frame = day_frame(self.known, horizon, HISTORY_DAYS)
        if not np.isfinite(frame.value).any():
            message = f"no believable value in the last {HISTORY_DAYS} days"
            raise CannotForecastError(message)
        value = np.vstack([frame.value, np.full((frame.rows_ahead, frame.columns), np.nan)])
        kind = frame.cells(frame.facts.kind)
        weeks = [self._week(frame, value, kind, week) for week in range(-(-frame.rows_ahead // WEEK))]
        nonnegative = bool(np.nanmin(frame.value) >= 0)
        return Prediction(in_order(frame.pick(np.concatenate(weeks)), nonnegative=nonnegative))

    def _week(self, frame: DayFrame, value: FloatArray, kind: np.ndarray, week: int) -> FloatArray:
        rows = slice(frame.days + WEEK * week, min(frame.days + WEEK * (week + 1), len(value)))
        said = self.rule(value, kind, WEEK * (week + 1))
        point = fill_plainly(said[rows], frame.value)
        recent = slice(max(frame.days - ERROR_DAYS, 0), frame.days)
        error = value[recent] - said[recent]
        if not np.isfinite(error).any():
            error = value[recent] - fill_plainly(np.full_like(error, np.nan), frame.value)
        spread = offsets(error, kind[recent], np.ones(len(error)), kind[rows])
        return point[:, :, None] + spread


def last_week(value: FloatArray, kind: np.ndarray, first_lag: int) -> FloatArray:
    """Give the same weekday and time of the latest week that has it; holidays are not looked at."""
    del kind
    return nearest_week(value, first_lag=first_lag)


def typical(value: FloatArray, kind: np.ndarray, first_lag: int) -> FloatArray:
    """Give the mean of the last four ordinary same weekdays; for a holiday that of the last three holidays, else rest days."""
    holiday = kind == DayKind.HOLIDAY
    ordinary = mean_of_weeks(value, ~holiday, first_lag=first_lag)
    resting = _latest(value, kind == DayKind.REST, first_lag, 3)
    of_holidays = _latest(value, holiday, first_lag, 3)
    of_holidays = np.where(np.isfinite(of_holidays), of_holidays, resting)
    return np.where(holiday & np.isfinite(of_holidays), of_holidays, ordinary)


def _latest(value: FloatArray, usable: np.ndarray, first_lag: int, take: int) -> FloatArray:
    """Mean of the last `take` usable values at each time of day, up to `first_lag` days before each row: shape (n, S)."""
    result = np.full_like(value, np.nan)
    for column in range(value.shape[1]):
        rows = np.flatnonzero(usable[:, column] & np.isfinite(value[:, column]))
        if not len(rows):
            continue
        cumulated = np.concatenate([[0.0], np.cumsum(value[rows, column])])
        last = np.searchsorted(rows, np.arange(len(value)) - first_lag, side="right")
        first = np.maximum(last - take, 0)
        count = last - first
        result[:, column] = np.where(count > 0, (cumulated[last] - cumulated[first]) / np.maximum(count, 1), np.nan)
    return result


SEASONAL_NAIVE = ProfileModel("seasonal-naive", last_week)
TYPICAL_DAY = ProfileModel("typical-day", typical)
