"""Validation of interval values against the series' own course: V8 to V13.

All arrays are of shape (m, n): m series on one grid of n quarter hours, or (m, 1) for what is told of each series. NaN stands for
a missing value and is never found fault with. Sources: the rules are those of utilities' VEE practice (spike test against the
third-highest interval, high/low test against like days); thresholds are data, see `mainsight.metering.parameters`.
"""

from typing import NamedTuple

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.metering.values import Mask

DAY = 96
"""Quarter hours of a day."""
BLOCK = 8
"""Quarter hours whose mean is compared with like days'."""
_NO_DIFFERENCE = 0.05


class Like(NamedTuple):
    """Least and greatest of the values at the same clock time of like days, shape (m, n); NaN where too few are known."""

    least: FloatArray
    greatest: FloatArray

    @classmethod
    def of(cls, values: FloatArray, least_count: int) -> "Like":
        """Take values of like days, shape (m, k, n), NaN where there is none; `least_count` of k are needed."""
        there = ~np.isnan(values)
        enough = there.sum(axis=1) >= least_count
        least = np.where(there, values, np.inf).min(axis=1, initial=np.inf)
        greatest = np.where(there, values, -np.inf).max(axis=1, initial=-np.inf)
        return cls(np.where(enough, least, np.nan), np.where(enough, greatest, np.nan))


def third_highest(values: FloatArray, parts: IntArray) -> FloatArray:
    """Third-highest magnitude of each series, shape (m, 1); NaN where there are fewer than a quarter of a day.

    Args:
        values: (m, n).
        parts: quarter hours of a registered interval, which all have its value, (m,).

    """
    size = np.where(np.isnan(values), -1.0, np.abs(values))
    enough = (size >= 0).sum(axis=1, keepdims=True) >= DAY // 4
    return np.where(enough, _third(size, parts)[:, None], np.nan)


def _third(size: FloatArray, parts: IntArray) -> FloatArray:
    """Along the last axis, what the two greatest intervals stand above; infinite where there are too few."""
    out = np.full(size.shape[:-1], np.inf)
    for one in np.unique(parts).tolist():
        rank = 2 * one + 1
        if rank <= size.shape[-1]:
            out[parts == one] = np.partition(size[parts == one], -rank, axis=-1)[..., -rank]
    return out


def third_highest_by_block(days: FloatArray, like: FloatArray, otherwise: FloatArray, parts: IntArray) -> FloatArray:
    """Third-highest magnitude about each two hours of a day: in these and those before, and in the hours about them on like days.

    Args:
        days: the day before and the day, (m, 2 * DAY).
        like: like days, (m, k, DAY), NaN where there is none.
        otherwise: where too few like values are known, (m, 1).
        parts: quarter hours of a registered interval, (m,).

    Returns:
        (m, DAY).

    """
    m, k, _ = like.shape
    own = np.abs(days.reshape(m, -1, BLOCK))
    here, before = own[:, DAY // BLOCK :], own[:, DAY // BLOCK - 1 : -1]
    blocks = np.pad(np.abs(like.reshape(m, k, -1, BLOCK)), ((0, 0), (0, 0), (1, 1), (0, 0)), constant_values=np.nan)
    about = np.concatenate([blocks[:, :, :-2], blocks[:, :, 1:-1], blocks[:, :, 2:]], axis=3)  # (m, k, DAY / BLOCK, 3 BLOCK)
    others = np.moveaxis(about, 1, 2).reshape(m, DAY // BLOCK, -1)
    every = np.concatenate([here, before, others], axis=2)
    third = _third(np.where(np.isnan(every), -1.0, every), parts)
    enough = (~np.isnan(others)).sum(axis=2) >= 2 * 2 * BLOCK
    return np.repeat(np.where(enough, third, otherwise), BLOCK, axis=1)


def whole_blocks(where: Mask) -> Mask:
    """All of each block of which a part is chosen, along the last axis."""
    blocks: Mask = np.repeat(where.reshape(*where.shape[:-1], -1, BLOCK).any(axis=-1), BLOCK, axis=-1)
    return blocks


def spikes(values: FloatArray, usual: FloatArray, excess: FloatArray) -> Mask:
    """V9: above the third-highest by more than a share of it.

    Args:
        values: (m, n).
        usual: third-highest magnitude of what is about, (m, n) or (m, 1).
        excess: 1.8 for 180 %, infinite for never, (m, 1).

    """
    with np.errstate(invalid="ignore"):
        found: Mask = (np.abs(values) > usual * (1 + excess)) & (usual > 0)
    return found


def steps(values: FloatArray, usual: FloatArray, allowed: FloatArray) -> Mask:
    """V10: a change from the interval before by more than a share of the third-highest magnitude.

    The interval after a step back is not blamed for it: where two steps in opposite directions enclose up to two intervals,
    these are told.

    Args:
        values: (m, n); the first of each row has nothing before it.
        usual: (m, 1).
        allowed: share of `usual`, infinite for any, (m, 1).

    """
    change = np.diff(values, axis=1, prepend=values[:, :1])
    with np.errstate(invalid="ignore"):
        up, down = change > allowed * usual, change < -allowed * usual
    found = up | down
    for away, back in ((up, down), (down, up)):
        for width in (1, 2):
            returned = np.zeros_like(found)
            returned[:, width:] = away[:, :-width] & back[:, width:]
            found &= ~returned
            if width == 2:
                found[:, 1:-1] |= returned[:, 2:]
    return found


def static(values: FloatArray, run: FloatArray) -> Mask:
    """V11: part of a run of at least so many equal values that are not zero.

    Args:
        values: (m, n).
        run: intervals, infinite for never, (m, 1).

    """
    found: Mask = (_run_length(np.where(values == 0, np.nan, values)) >= run) & (values != 0)
    return found


def _run_length(values: FloatArray) -> FloatArray:
    """Length of the run of equal values that each lies in; 0 for NaN."""
    m, n = values.shape
    new = np.ones((m, n), np.bool_)
    new[:, 1:] = values[:, 1:] != values[:, :-1]  # NaN is unlike everything
    number = np.cumsum(new.ravel()) - 1
    length: FloatArray = np.bincount(number)[number].reshape(m, n).astype(np.float64)
    length[np.isnan(values)] = 0
    return length


def unexplained_zeros(values: FloatArray, like: Like, usual: FloatArray, share: FloatArray, explained: Mask) -> Mask:
    """V12: zero where like days were always well above it, no outage and no closed customer.

    Args:
        values: (m, n).
        like: of the same series.
        usual: third-highest magnitude, (m, 1).
        share: of `usual` that like days were above, infinite for never, (m, 1).
        explained: outages and closed times, (m, n).

    """
    with np.errstate(invalid="ignore"):
        found: Mask = (values == 0) & (like.least > share * usual) & ~explained
    return found


def unlike_history(values: FloatArray, like_blocks: Like, usual: FloatArray, tolerance: FloatArray, explained: Mask) -> Mask:
    """V13: the mean over two hours is above all like days', or below, by more than their spread and a share allow.

    Args:
        values: (m, n), n a multiple of `BLOCK`.
        like_blocks: of means over the same two hours, (m, n / BLOCK).
        usual: third-highest magnitude, (m, 1): less than a twentieth of it is no difference.
        tolerance: share of the like days' value beyond half their spread, infinite for never, (m, 1).
        explained: outages, closed times, holidays, (m, n).

    """
    mean = block_means(values)
    spread = like_blocks.greatest - like_blocks.least
    there = ~np.isnan(spread)
    by_day = np.where(there, spread, 0.0).sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    spread = np.maximum(spread, by_day) / 2
    with np.errstate(invalid="ignore"):
        floor = _NO_DIFFERENCE * usual
        high = mean > like_blocks.greatest + spread + np.maximum(tolerance * np.abs(like_blocks.greatest), floor)
        low = mean < like_blocks.least - spread - np.maximum(tolerance * np.abs(like_blocks.least), floor)
    found: Mask = np.repeat(high | low, BLOCK, axis=1) & ~explained
    return found


def block_means(values: FloatArray) -> FloatArray:
    """Means over blocks of `BLOCK` intervals along the last axis; NaN where under three quarters of one are there."""
    blocks = values.reshape(*values.shape[:-1], -1, BLOCK)
    there = ~np.isnan(blocks)
    count = there.sum(axis=-1)
    total = np.where(there, blocks, 0.0).sum(axis=-1)
    return np.where(count >= BLOCK * 3 // 4, total / np.maximum(count, 1), np.nan)
