"""What a forecast is made of: the level of the last weeks, what the calendar adds, and what the last days add."""

from dataclasses import dataclass

import numpy as np

from forecast.dayframe import day_frame
from forecast.errors import CannotForecastError
from forecast.features import LEVEL_DAYS, Features
from forecast.known import Known
from forecast.metrics import P50
from forecast.weeks import WEEK
from mainsight.core.forecasts import Forecast
from mainsight.core.intervals import FloatArray

HISTORY_DAYS = 10 * WEEK


@dataclass(frozen=True, slots=True, eq=False)
class Drivers:
    """Parts of P50, in the target's unit; they add up to it at every interval.

    Attributes:
        level: mean of the last four weeks.
        calendar: shape (h,), what the usual day of that kind and hour departs from the level.
        recent: shape (h,), what the model adds to the usual day: how the last days ran, and the temperature where it is told.

    """

    level: float
    calendar: FloatArray
    recent: FloatArray


def drivers(known: Known, forecast: Forecast) -> Drivers:
    """Take a forecast apart.

    Args:
        known: what is known of the target up to the issue, ten weeks at least where there are so many.
        forecast: as it was issued then, on the same grid.

    Raises:
        CannotForecastError: no value is known in the last ten weeks.

    """
    frame = day_frame(known, len(forecast.time_ms), HISTORY_DAYS)
    if not np.isfinite(frame.value).any():
        message = f"no value in the last {HISTORY_DAYS} days"
        raise CannotForecastError(message)
    features = Features(frame)
    weeks = [features.usual(week)[frame.days :][WEEK * week : WEEK * (week + 1)] for week in range(-(-frame.rows_ahead // WEEK))]
    usual = frame.pick(np.concatenate(weeks))
    last = frame.value[-LEVEL_DAYS:]
    level = float(np.nanmean(last if np.isfinite(last).any() else frame.value))
    return Drivers(level, usual - level, forecast.quantiles[:, P50] - usual)
