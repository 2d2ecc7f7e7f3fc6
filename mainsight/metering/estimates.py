"""Estimation of missing intervals: E1, E3, E4, E5; linear over an hour, E2, is in `mainsight.metering.gauges`.

Arrays are of shape (n,), one value a quarter hour, NaN where missing.
"""

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.metering.values import Mask

NEAREST = 3
"""Like days that are averaged."""
_EDGE = 8
"""Quarter hours on either side of a gap that tell how its day compares with the like days."""
_MOST = 3.0
"""A gap's day is taken to be at most so many times as high, or low, as the like days."""


def gaps(missing: Mask) -> list[tuple[int, int]]:
    """Runs of missing intervals, as [first, end)."""
    edge = np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8))
    return list(zip(np.flatnonzero(edge == 1).tolist(), np.flatnonzero(edge == -1).tolist(), strict=True))


def from_check(main: FloatArray, check: FloatArray) -> FloatArray:
    """E1: the check meter's values, times the ratio of both where both are known.

    Returns:
        (n,); NaN where the check meter has none, and everywhere where the two have no 8 intervals in common.

    """
    both = np.isfinite(main) & np.isfinite(check) & (np.abs(check) > 0)
    if np.count_nonzero(both) < _EDGE:
        return np.full(len(main), np.nan)
    return np.asarray(check * (main[both].sum() / check[both].sum()))


def from_like_days(values: FloatArray, like: FloatArray, first: int, end: int) -> FloatArray:
    """E3 (E5 where fewer than three are known): mean of the nearest like days over a gap, brought to the level at its edges.

    The level follows from one edge to the other: at each it is the ratio of what was measured in the two hours there to what the
    like days had in these, within a factor of three. Where both are small, or differ in sign, it is left as it is.

    Args:
        values: with the gap in it.
        like: the same clock times of like days, nearest first, shape (k, n).
        first: of the gap.
        end: of the gap, excluded.

    Returns:
        Values of the gap, shape (end - first,); NaN where no like day has one.

    """
    mean = mean_of_nearest(like)
    inside = mean[first:end]
    before, after = (_level(values[part], mean[part]) for part in (slice(max(first - _EDGE, 0), first), slice(end, end + _EDGE)))
    if np.isnan(before) and np.isnan(after):
        return inside
    before, after = (after if np.isnan(before) else before), (before if np.isnan(after) else after)
    weight = (np.arange(end - first) + 0.5) / (end - first)
    return np.asarray(inside * np.exp((1 - weight) * np.log(before) + weight * np.log(after)))


def mean_of_nearest(like: FloatArray) -> FloatArray:
    """Mean over the nearest `NEAREST` like days that have a value, shape (n,); NaN where none has.

    Args:
        like: nearest first, shape (k, n).

    """
    there = ~np.isnan(like)
    there &= np.cumsum(there, axis=0) <= NEAREST
    count = there.sum(axis=0)
    return np.where(count > 0, np.where(there, like, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)


def _level(measured: FloatArray, usual: FloatArray) -> float:
    both = np.isfinite(measured) & np.isfinite(usual)
    if not both.any():
        return np.nan
    total, expected = float(measured[both].sum()), float(usual[both].sum())
    if total * expected <= 0:
        return np.nan
    return float(np.clip(total / expected, 1 / _MOST, _MOST))


def shared_by_shape(increments: FloatArray, shape: FloatArray, first: int, end: int) -> FloatArray:
    """E4: the same total over a gap of a register, shared out as like days were instead of evenly.

    Args:
        increments: shared out evenly over the gap.
        shape: usual increments, not negative; NaN where not known.
        first: of the gap.
        end: of the gap, excluded.

    Returns:
        Values of the gap, shape (end - first,); as they were where the shape is not known throughout.

    """
    inside, usual = increments[first:end], shape[first:end]
    if not np.all(np.isfinite(usual)) or usual.sum() <= 0 or np.any(usual < 0):
        return inside
    return np.asarray(usual * (inside.sum() / usual.sum()))


def scaled_to_register(estimate: FloatArray, known: FloatArray) -> FloatArray:
    """E4: estimates of a gauge, scaled so that they add up to what its register counted over the gap.

    Args:
        estimate: of one gap, a unit an hour, shape (g,).
        known: increments of the register over the same intervals, shape (g,).

    """
    total = estimate.sum() / 4
    if not np.all(np.isfinite(known)) or total <= 0 or known.sum() < 0:
        return estimate
    return np.asarray(estimate * (known.sum() / total))


def too_long(estimated: Mask, limit: int) -> Mask:
    """V19: all but the first so many intervals of a run of estimates."""
    index: IntArray = np.arange(len(estimated))
    start = np.maximum.accumulate(np.where(estimated, 0, index + 1))
    return estimated & (index - start >= limit)
