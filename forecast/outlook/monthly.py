"""Twelve months of monthly energy and peak, from monthly history: the season's shape times the level, with its growth.

After Hyndman & Fan (2010), without weather: each month's shape is its mean share of the year around it over the last years;
the level is that of the last twelve months, grown by a quarter of what they grew over those before. Peaks likewise. The
spread is that of the same method's errors from past months, drawn towards what is usual where few can be told.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from forecast.errors import CannotForecastError
from mainsight.core.forecasts import QUANTILES
from mainsight.core.intervals import FloatArray

YEAR = 12
LEAST_MONTHS = 12
GROWTH_BELIEVED = 0.25
"""Share of a year's growth that is carried on: more did worse on every series at hand."""
MOST_GROWTH = 0.3
"""Largest growth of a year that is carried on: more is a tenant's arrival, which the applications tell."""
PRIOR_SPREAD = 0.06
PRIOR_COUNT = 6.0
"""Standard deviation of the logarithm, and the number of months' errors it is worth."""


@dataclass(frozen=True, slots=True, eq=False)
class Months:
    """A forecast by month.

    Attributes:
        point: shape (n,), median, in the unit of the history.
        spread: standard deviation of the logarithm of what comes about the median, 1.

    """

    point: FloatArray
    spread: float

    def quantiles(self) -> FloatArray:
        """Shape (n, 7), columns as `QUANTILES`."""
        found: FloatArray = self.point[:, None] * np.exp(self.spread * norm.ppf(np.array(QUANTILES)))[None, :]
        return found


def months_ahead(history: FloatArray, count: int = YEAR) -> Months:
    """Forecast monthly values.

    Args:
        history: shape (m,), consecutive whole months to the last, positive (mean power, or peak); NaN where missing.
        count: months ahead.

    Raises:
        CannotForecastError: less than a year of months, or one of the last twelve is missing or not above zero.

    """
    point = point_ahead(history, count)
    errors = [
        np.log(history[end : end + count] / point_ahead(history[:end], count)[: len(history) - end])
        for end in range(LEAST_MONTHS, len(history))
        if _usable(history[:end])
    ]
    squares = np.concatenate(errors) ** 2 if errors else np.empty(0)
    squares = squares[np.isfinite(squares)]
    # Errors of one origin go together: each origin counts as the one month it is worth.
    worth = len(errors) if len(squares) else 0
    variance = (worth * (squares.mean() if worth else 0.0) + PRIOR_COUNT * PRIOR_SPREAD**2) / (worth + PRIOR_COUNT)
    return Months(point, float(np.sqrt(variance)))


def point_ahead(history: FloatArray, count: int) -> FloatArray:
    """Median of the months ahead, shape (count,)."""
    if not _usable(history):
        message = f"{LEAST_MONTHS} whole months with values above zero are needed before the first month ahead"
        raise CannotForecastError(message)
    level = history[-YEAR:].mean()
    growth = 0.0
    if len(history) > YEAR:
        common = min(len(history) - YEAR, YEAR)
        before = history[-YEAR - common : -YEAR]
        there = np.isfinite(before) & (before > 0)
        if there.any():
            ratio = history[-common:][there].sum() / before[there].sum()
            growth = float(np.clip(np.log(ratio), -MOST_GROWTH, MOST_GROWTH)) * GROWTH_BELIEVED * common / YEAR
    ahead = np.arange(count)
    path: FloatArray = level * _shape(history)[ahead % YEAR] * np.exp(growth * (ahead // YEAR + 1))
    return path


def _shape(history: FloatArray) -> FloatArray:
    """Share of the year's mean that each of the twelve months ahead has, mean of the last three years."""
    shares = []
    for end in range(len(history), YEAR - 1, -YEAR)[:3]:
        year = history[end - YEAR : end]
        if np.isfinite(year).all() and year.mean() > 0:
            shares.append(year / year.mean())
    shape: FloatArray = np.mean(shares, axis=0)
    return shape


def _usable(history: FloatArray) -> bool:
    last = history[-YEAR:]
    return len(history) >= LEAST_MONTHS and bool(np.isfinite(last).all() and (last > 0).all())
