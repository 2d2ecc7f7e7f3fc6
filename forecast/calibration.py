"""From past errors to quantiles: how far above and below the point forecast the truth may lie.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018) with errors made comparable first: each is divided by
the usual size of errors at its time of day and on its kind of day, all quotients are pooled, and their quantiles are
multiplied back. Errors above and below are taken as they come, so the interval may be lopsided. `lately` lets the spread
follow how well the model has done of late.
"""

import numpy as np
from numpy.typing import NDArray

from forecast.calendar import DayKind
from mainsight.core.forecasts import QUANTILES
from mainsight.core.intervals import FloatArray, IntArray

HOLIDAY_SPREAD = 1.5
"""How much wider errors on holidays are taken to be until a few have been seen."""

NO_ERROR = 1e-100
"""Errors all below this are none: their quotients could not be told."""

LATELY_HALF_LIFE_DAYS = 5.0
LATELY_PRIOR_DAYS = 3.0
WORST_DAY = 4.0

_LEVELS = np.array(QUANTILES)
_MEDIAN = QUANTILES.index(0.50)


def offsets(
    error: FloatArray, kind: NDArray[np.int64], weight: FloatArray, kind_ahead: NDArray[np.int64], *, together: float = 1.0
) -> FloatArray:
    """Quantiles of the error to come, to be added to a point forecast.

    Args:
        error: shape (n, S), truth less forecast of past days at one lead, NaN where not known.
        kind: shape (n, S), `DayKind` of these cells.
        weight: shape (n,), what each past day counts, such as less the older it is.
        kind_ahead: shape (R, S), `DayKind` of the cells to forecast.
        together: days whose errors tell as much as one on its own would: the fewer there are in all, the wider the quantiles.

    Returns:
        Shape (R, S, 7), columns as `QUANTILES`, never decreasing, 0 at the median; all 0 when no error is known.

    """
    there = np.isfinite(error)
    counted = np.where(there, weight[:, None], 0.0)
    size = np.where(there, np.abs(error), 0.0)
    if size.max(initial=0.0) < NO_ERROR:
        return np.zeros((*kind_ahead.shape, len(QUANTILES)))
    by_time = _by_time_of_day(size, counted)
    by_kind = _by_kind(size, counted, by_time, kind)
    scale = by_time[None, :] * by_kind[kind]
    quotient = _weighted_quantiles((np.where(there, error, 0.0) / scale)[there], counted[there])
    days = counted.sum() ** 2 / (counted.sum(axis=1) ** 2).sum()
    quotient *= 1 + together / days
    quotient[:_MEDIAN] = np.minimum(quotient[:_MEDIAN], 0.0)
    quotient[_MEDIAN] = 0.0
    quotient[_MEDIAN + 1 :] = np.maximum(quotient[_MEDIAN + 1 :], 0.0)
    result: FloatArray = (by_time[None, :] * by_kind[kind_ahead])[:, :, None] * quotient
    return result


def lately(error: FloatArray, kind: NDArray[np.int64], target: IntArray, lead: int, issue: int) -> tuple[FloatArray, float]:
    """How large errors had been shortly before each forecast was made, against their usual size.

    An exponential mean, drawn towards 1 by a prior of `LATELY_PRIOR_DAYS`; only errors of days that had ended at the issue
    count, those of holidays never, and of a single day at most `WORST_DAY` times the usual.

    Args:
        error: shape (n, S), truth less forecast at one lead, NaN where not known.
        kind: shape (n, S), `DayKind` of these cells.
        target: shape (n,), the day of each, at least 0, none twice.
        lead: days from issue to target.
        issue: last known day.

    Returns:
        The ratio at the issue of each error, shape (n,), and at the issue to come; positive.

    """
    there = np.isfinite(error) & (kind != DayKind.HOLIDAY)
    size = np.zeros(issue + 1)
    count = np.zeros(issue + 1)
    size[target] = np.where(there, np.abs(error), 0.0).sum(axis=1)
    count[target] = there.sum(axis=1)
    if size.max(initial=0.0) < NO_ERROR:
        return np.ones(len(error)), 1.0
    usual = size.sum() / count.sum()
    size = np.minimum(size, WORST_DAY * usual * count)
    prior = LATELY_PRIOR_DAYS * error.shape[1]
    fade = 0.5 ** (1 / LATELY_HALF_LIFE_DAYS)
    ratio = np.ones(issue + 1)
    summed = counted = 0.0
    for day in range(int(target.min()), issue + 1):
        summed, counted = summed * fade + size[day], counted * fade + count[day]
        ratio[day] = (summed / usual + prior) / (counted + prior)
    return ratio[np.maximum(target - lead, 0)], float(ratio[issue])


def in_order(quantiles: FloatArray, *, nonnegative: bool) -> FloatArray:
    """Quantiles that never decrease along the last axis, cut at 0 where the target cannot be negative."""
    ordered = np.maximum.accumulate(quantiles, axis=-1)
    return np.maximum(ordered, 0.0) if nonnegative else ordered


def _by_time_of_day(size: FloatArray, counted: FloatArray) -> FloatArray:
    """Usual size of errors in each column, an hour to either side pooled, never below a fifth of the mean."""
    columns = size.shape[1]
    total, count = (size * counted).sum(axis=0), counted.sum(axis=0)
    reach = columns // 24
    kernel = [np.roll(total, k) for k in range(-reach, reach + 1)]
    counts = [np.roll(count, k) for k in range(-reach, reach + 1)]
    mean = total.sum() / count.sum()
    pooled = (np.sum(kernel, axis=0) + mean) / (np.sum(counts, axis=0) + 1)
    result: FloatArray = np.maximum(pooled, 0.2 * mean)
    return result


def _by_kind(size: FloatArray, counted: FloatArray, by_time: FloatArray, kind: NDArray[np.int64]) -> FloatArray:
    """Ratio of errors on each kind of day to the usual, drawn towards a prior worth about three days."""
    prior = np.ones(len(DayKind))
    prior[DayKind.HOLIDAY] = HOLIDAY_SPREAD
    strength = 3 * by_time.sum() * counted.max()
    seen = np.bincount(kind.ravel(), weights=(size * counted).ravel(), minlength=len(DayKind))
    usual = np.bincount(kind.ravel(), weights=(by_time[None, :] * counted).ravel(), minlength=len(DayKind))
    result: FloatArray = (seen + strength * prior) / (usual + strength)
    return result


def _weighted_quantiles(value: FloatArray, weight: FloatArray) -> FloatArray:
    order = np.argsort(value, kind="stable")
    cumulated = np.cumsum(weight[order])
    position = (cumulated - 0.5 * weight[order]) / cumulated[-1]
    result: FloatArray = np.interp(_LEVELS, position, value[order])
    return result
