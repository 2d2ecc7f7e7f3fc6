"""Twelve months of monthly energy and peak, from monthly history: the season's shape times the level, with its growth.

After Hyndman & Fan (2010), without weather: each month's shape is its mean share of the year around it over the last years;
the level is that of the last twelve months, grown by a quarter of what they grew over those before. A peak is that mean times
what the month's peak was over its mean in the last years; single days make a peak, so neighbouring months lend each other theirs. The
spread is that of the same method's errors from past months, drawn towards what is usual where few can be told.
"""

from collections.abc import Callable, Sequence
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


def months_ahead(mean: FloatArray, count: int = YEAR) -> Months:
    """Forecast the means of months.

    Args:
        mean: shape (m,), consecutive whole months to the last, positive (mean power or flow); NaN where missing.
        count: months ahead.

    Raises:
        CannotForecastError: less than a year of months, or one of the last twelve is missing or not above zero.

    """
    return _months(mean, lambda end: point_ahead(mean[:end], count), [end for end in _ends(mean) if _usable(mean[:end])])


def peaks_ahead(mean: FloatArray, peak: FloatArray, count: int = YEAR) -> Months:
    """Forecast the peaks of months; arguments and errors as `months_ahead`, `peak` of the same months in the same unit."""
    ends = [end for end in _ends(peak) if _usable(mean[:end]) and _usable(peak[:end])]
    return _months(peak, lambda end: peak_ahead(mean[:end], peak[:end], count), ends)


def _ends(history: FloatArray) -> range:
    """Number of months known at each past origin."""
    return range(LEAST_MONTHS, len(history))


def _months(history: FloatArray, point: Callable[[int], FloatArray], ends: Sequence[int]) -> Months:
    """Point forecast from the end of the history, with the spread of those from past ends."""
    said = point(len(history))
    errors = [np.log(history[end : end + len(said)] / point(end)[: len(history) - end]) for end in ends]
    squares = np.concatenate(errors) ** 2 if errors else np.empty(0)
    squares = squares[np.isfinite(squares)]
    # Errors of one origin go together: each origin counts as the one month it is worth.
    worth = len(errors) if len(squares) else 0
    variance = (worth * (squares.mean() if worth else 0.0) + PRIOR_COUNT * PRIOR_SPREAD**2) / (worth + PRIOR_COUNT)
    return Months(said, float(np.sqrt(variance)))


def peak_ahead(mean: FloatArray, peak: FloatArray, count: int) -> FloatArray:
    """Median of the peaks of the months ahead, shape (count,)."""
    _check(peak)
    years = [slice(end - YEAR, end) for end in range(len(peak), YEAR - 1, -YEAR)[:3]]
    over_mean = [peak[year] / mean[year] for year in years if np.isfinite(peak[year]).all() and (mean[year] > 0).all()]
    usual = np.mean(over_mean, axis=0)
    lent = (np.roll(usual, 1) + 2 * usual + np.roll(usual, -1)) / 4
    path: FloatArray = point_ahead(mean, count) * lent[np.arange(count) % YEAR]
    return path


def point_ahead(history: FloatArray, count: int) -> FloatArray:
    """Median of the months ahead, shape (count,)."""
    _check(history)
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


def _check(history: FloatArray) -> None:
    if not _usable(history):
        message = f"{LEAST_MONTHS} whole months with values above zero are needed before the first month ahead"
        raise CannotForecastError(message)


def _usable(history: FloatArray) -> bool:
    last = history[-YEAR:]
    return len(history) >= LEAST_MONTHS and bool(np.isfinite(last).all() and (last > 0).all())
