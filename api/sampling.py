"""Series as coarse as a screen needs them: a chart of five years is to cost what a day costs.

Long ranges are read from a roll-up that is a little finer than asked, days at the coarsest, and joined here.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from mainsight.core.intervals import FloatArray, IntArray, Intervals
from mainsight.core.quality import Quality
from mainsight.core.quantities import Kind
from mainsight.core.zonetime import DAY_S
from mainsight.store.port import Level

MINUTE_S = 60
STEPS_S = {900: Level.QUARTER, 3_600: Level.HOUR, DAY_S: Level.DAY}
"""Stored steps, seconds, and what they are of; minutes are shown only as they are."""
_FINER = 4
"""How many times as many intervals may be read as are given: joining hours by twos looks better than giving days."""
_WEEK = 7
"""Days are joined by whole weeks: by fewer, working days and weekends would take turns in a chart and look like noise."""
_NONE: Mapping[Level, int] = {}


def step_for(start_ms: int, end_ms: int, points: int, *, minutes: bool = False, kept_from: Mapping[Level, int] = _NONE) -> int:
    """The finest stored step, seconds, that is kept from the start on and of which few enough are read to give so many points.

    Days where there is none.

    Args:
        start_ms: of the range.
        end_ms: of the range.
        points: as many as the screen can show.
        minutes: whether there may be values by the minute.
        kept_from: instant from which each level is whole, where it is not kept for ever.

    """
    length_s = (end_ms - start_ms) / 1000
    if minutes and length_s / MINUTE_S <= points and kept_from.get(Level.MINUTE, 0) <= start_ms:
        return MINUTE_S
    fitting = (step for step, level in STEPS_S.items() if length_s / step <= _FINER * points and kept_from.get(level, 0) <= start_ms)
    return next(fitting, DAY_S)


def joined(found: Intervals, points: int, kind: Kind = Kind.GAUGE) -> Intervals:
    """Join neighbouring intervals, equally many each, until there are at most so many; days by whole weeks.

    Gauges give the mean of what is there, registers the sum, statuses the last; `low` and `high` stay extremes, `quality` is the
    lowest behind a value, `completeness` the mean. What is missing throughout stays NaN. The last may stand for fewer.
    """
    every = -(-len(found) // points)
    if every <= 1:
        return found
    if found.step_s == DAY_S:
        every = -(-every // _WEEK) * _WEEK
    at = np.arange(0, len(found), every)
    missing = np.isnan(found.value)
    none = np.logical_and.reduceat(missing, at)
    quality = np.minimum.reduceat(np.where(missing, np.uint8(max(Quality)), found.quality), at)
    return Intervals(
        start_ms=found.start_ms[at],
        value=_VALUES[kind](found.value, missing, at),
        low=np.fmin.reduceat(found.low, at),
        high=np.fmax.reduceat(found.high, at),
        quality=np.where(none, np.uint8(Quality.MISSING), quality).astype(np.uint8),
        completeness=_sum(found.completeness, at) / np.diff(np.append(at, len(found))),
        step_s=found.step_s * every,
    )


def _sum(values: FloatArray, at: IntArray) -> FloatArray:
    return np.asarray(np.add.reduceat(values, at), np.float64)


def _total(values: FloatArray, missing: NDArray[np.bool_], at: IntArray) -> FloatArray:
    none = np.logical_and.reduceat(missing, at)
    return np.where(none, np.nan, _sum(np.where(missing, 0.0, values), at))


def _mean(values: FloatArray, missing: NDArray[np.bool_], at: IntArray) -> FloatArray:
    counts = _sum((~missing).astype(np.float64), at)
    return _total(values, missing, at) / np.where(counts > 0, counts, 1.0)


def _last(values: FloatArray, missing: NDArray[np.bool_], at: IntArray) -> FloatArray:
    latest = np.maximum.reduceat(np.where(missing, -1, np.arange(len(values))), at)
    return np.where(latest < 0, np.nan, values[np.maximum(latest, 0)])


_VALUES: dict[Kind, Callable[[FloatArray, NDArray[np.bool_], IntArray], FloatArray]] = {
    Kind.GAUGE: _mean,
    Kind.REGISTER: _total,
    Kind.STATUS: _last,
}
