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
ENOUGH = 3
"""Of four like days, so many must be known, or above, for V12 and V13."""
_FEW_KNOWN = 2
"""Of four like days, so many are enough for V12 where a series is never near zero ..."""
_NEAR_ZERO = 0.1
"""... which is nearer than this share of what is well above zero."""
_NO_DIFFERENCE = 0.05
_SCATTER = 1.5
"""V13 allows so many times what like days themselves are apart from their mean."""
_BEYOND = 1.5
"""V10: a step is out of the ordinary above so many times the third-greatest of the days about."""
_FEW = 8
"""Passes over values that are cheaper than ordering them."""


class Like(NamedTuple):
    """Least and greatest of the values at the same clock time of like days, shape (m, n); NaN where too few are known."""

    least: FloatArray
    greatest: FloatArray

    @classmethod
    def of(cls, values: FloatArray) -> "Like":
        """Take values of like days, shape (m, k, n), NaN where there is none; `ENOUGH` of k are needed."""
        there = ~np.isnan(values)
        enough = there.sum(axis=1) >= ENOUGH
        least = np.where(there, values, np.inf).min(axis=1, initial=np.inf)
        greatest = np.where(there, values, -np.inf).max(axis=1, initial=-np.inf)
        return cls(np.where(enough, least, np.nan), np.where(enough, greatest, np.nan))

    def widened(self) -> "Like":
        """With those beside each: what rises an hour earlier than on other days is no fault."""
        shape = (*self.least.shape[:-1], 1)
        low, high = (
            np.concatenate([np.full(shape, fill), one, np.full(shape, fill)], axis=-1)
            for one, fill in zip(self, (np.inf, -np.inf), strict=True)
        )
        least = np.fmin(np.fmin(low[..., :-2], low[..., 2:]), low[..., 1:-1])
        greatest = np.fmax(np.fmax(high[..., :-2], high[..., 2:]), high[..., 1:-1])
        return Like(np.where(np.isnan(self.least), np.nan, least), np.where(np.isnan(self.least), np.nan, greatest))


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
            out[parts == one] = _greatest_but(rank - 1, size[parts == one])
    return out


def _greatest_but(count: int, values: FloatArray) -> FloatArray:
    """Along the last axis, the greatest value after so many greater ones are taken away; no NaN. In place."""
    if count > _FEW:
        return np.asarray(np.partition(values, -count - 1, axis=-1)[..., -count - 1])
    rows = values.reshape(-1, values.shape[-1])
    number = np.arange(len(rows))
    for _ in range(count):
        rows[number, rows.argmax(axis=1)] = -np.inf
    return np.asarray(rows.max(axis=1).reshape(values.shape[:-1]))


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


def third_greatest_step(days: FloatArray, like: FloatArray) -> FloatArray:
    """Third-greatest change between intervals, up or down, on a day, the day before and like days, shape (m, 1); 0 for too few.

    Args:
        days: the day before and the day, (m, 2 * DAY).
        like: like days, (m, k, DAY), NaN where there is none.

    """
    changes = [np.abs(np.diff(days, axis=1)), np.abs(np.diff(like, axis=2)).reshape(len(days), -1)]
    known = np.nan_to_num(np.concatenate(changes, axis=1), nan=0.0)
    return _greatest_but(2, known)[:, None]


def steps(values: FloatArray, usual: FloatArray, usual_step: FloatArray, allowed: FloatArray) -> Mask:
    """V10: a change from the interval before by more than a share of the third-highest magnitude, and out of the ordinary.

    The interval after a step back is not blamed for it: where two steps in opposite directions enclose up to two intervals,
    these are told.

    Args:
        values: (m, n); the first of each row has nothing before it.
        usual: third-highest magnitude, (m, n) or (m, 1).
        usual_step: third-greatest step, likewise.
        allowed: share of `usual`, infinite for any, (m, 1).

    """
    change = np.diff(values, axis=1, prepend=values[:, :1])
    with np.errstate(invalid="ignore"):
        most = np.maximum(allowed * usual, _BEYOND * usual_step)
        up, down = change > most, change < -most
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


def unexplained_zeros(values: FloatArray, like: FloatArray, usual: FloatArray, share: FloatArray, explained: Mask) -> Mask:
    """V12: zero where like days were not, no outage and no closed customer.

    Either `ENOUGH` of the last four like days were well above zero at the same time, or two and more were never near it, in the hours
    beside either: what always draws a little does not stop.

    Args:
        values: (m, n), whole days.
        like: of the same series, (m, k, n).
        usual: third-highest magnitude, (m, 1).
        share: of `usual` that like days were above, infinite for never, (m, 1).
        explained: outages and closed times, (m, n).

    """
    found: Mask = (values == 0) & ~explained
    asked = found.any(axis=1)
    if not asked.any():
        return found
    like = like[asked]
    with np.errstate(invalid="ignore"):
        well_above = (share * usual)[asked]
        above = (like > well_above[:, None, :]).sum(axis=1)
        never_near = _least_about(like) > _NEAR_ZERO * well_above
    known = (~np.isnan(like)).sum(axis=1)
    found[asked] &= (above >= ENOUGH) | never_near & (known >= _FEW_KNOWN)
    return found


def _least_about(like: FloatArray) -> FloatArray:
    """Least value of all like days in each block and those beside it; infinite where none is known, (m, n)."""
    blocks = np.where(np.isnan(like), np.inf, like).reshape(*like.shape[:2], -1, BLOCK).min(axis=(1, 3), initial=np.inf)
    wide = np.pad(blocks, ((0, 0), (1, 1)), constant_values=np.inf)
    return np.repeat(np.minimum(np.minimum(wide[:, :-2], wide[:, 2:]), blocks), BLOCK, axis=1)


def unlike_history(values: FloatArray, like: FloatArray, usual: FloatArray, tolerance: FloatArray, explained: Mask) -> Mask:
    """V13: over four hours or more, two by two, above all like days, or below, by more than a share and their scatter allow.

    Each two hours are held to the same two of like days and to those beside them.

    Args:
        values: (m, n), whole UTC days.
        like: of the same series, (m, k, n).
        usual: third-highest magnitude, (m, n): less than a twentieth of it is no difference.
        tolerance: share beyond like days, and as many times less than them, infinite for never, (m, 1).
        explained: outages, closed times, holidays, (m, n).

    """
    mean, others = block_means(values), block_means(like)
    bounds = Like.of(others).widened()
    scatter = _SCATTER * _scatter(others)
    with np.errstate(invalid="ignore"):
        floor = _NO_DIFFERENCE * usual[:, ::BLOCK]
        high = mean > bounds.greatest + scatter + np.maximum(tolerance * np.abs(bounds.greatest), floor)
        low = mean < bounds.least - scatter - np.maximum(_as_many_times_less(tolerance) * np.abs(bounds.least), floor)
    free = ~explained.reshape(*mean.shape, BLOCK).any(axis=2)
    found: Mask = np.repeat(_in_a_row(high & free) | _in_a_row(low & free), BLOCK, axis=1)
    return found


def _as_many_times_less(tolerance: FloatArray) -> FloatArray:
    """0.4 more is 1.4 times as much; as many times less is 1 / 1.4."""
    return np.where(np.isinf(tolerance), tolerance, tolerance / (1 + np.where(np.isinf(tolerance), 0.0, tolerance)))


def _scatter(blocks: FloatArray) -> FloatArray:
    """How far like days are from their mean in each block and those beside it, but for the one value that is farthest, (m, blocks).

    Args:
        blocks: means over blocks of like days, (m, k, blocks), NaN where there is none.

    """
    there = ~np.isnan(blocks)
    mean = np.where(there, blocks, 0.0).sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    apart = np.pad(np.where(there, np.abs(blocks - mean), 0.0), ((0, 0), (0, 0), (1, 1)))
    about = np.concatenate([apart[..., :-2], apart[..., 1:-1], apart[..., 2:]], axis=1)
    return np.partition(about, -2, axis=1)[:, -2]


def _in_a_row(found: Mask) -> Mask:
    """Blocks of which one beside them is found too."""
    beside = np.zeros_like(found)
    beside[:, 1:] |= found[:, :-1]
    beside[:, :-1] |= found[:, 1:]
    return found & beside


def block_means(values: FloatArray) -> FloatArray:
    """Means over blocks of `BLOCK` intervals along the last axis; NaN where under three quarters of one are there."""
    blocks = values.reshape(*values.shape[:-1], -1, BLOCK)
    there = ~np.isnan(blocks)
    count = there.sum(axis=-1)
    total = np.where(there, blocks, 0.0).sum(axis=-1)
    return np.where(count >= BLOCK * 3 // 4, total / np.maximum(count, 1), np.nan)
