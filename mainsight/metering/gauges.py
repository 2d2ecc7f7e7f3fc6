"""Gauges and statuses to interval values: the mean over the time that readings cover, and the last."""

import numpy as np

from mainsight.core.intervals import FloatArray, IntArray
from mainsight.core.quality import Quality
from mainsight.core.zonetime import HOUR_MS
from mainsight.metering.rules import Rule
from mainsight.metering.values import SLOT_MS, Mask, Values, overlap_ms

LONGEST_GAP_MS = HOUR_MS
"""Gaps of up to this are filled by E2."""
_ENOUGH = 0.5
"""Share of an interval that readings must cover for its mean to be measured."""


def means(time_ms: IntArray, value: FloatArray, borders: IntArray, interval_ms: int) -> Values:
    """Time-weighted mean of a gauge in each interval.

    A reading stands from its instant to the next one, for at most the registered interval: a load profile stamped by
    interval starts gives its own values back, and a live value every 5 s their mean. An interval needs a reading of its
    own (or, where the registered interval is longer, of the registered interval it lies in). Where readings cover less
    than half of it the value is suspect (V3). Gaps of up to an hour between values are filled linearly (estimated, E2).

    Args:
        time_ms: instants, strictly ascending, shape (m,).
        value: finite, shape (m,).
        borders: of n intervals, shape (n + 1,).
        interval_ms: registered interval.

    Returns:
        n values in the unit of the readings, rounded to 6 decimals; NaN where missing.

    """
    n = len(borders) - 1
    if not len(time_ms):
        return Values.of(np.full(n, np.nan))
    until = np.minimum(np.append(time_ms[1:], time_ms[-1] + interval_ms), time_ms + interval_ms)
    covered = overlap_ms(time_ms, until, borders)
    knots = np.column_stack([time_ms, until]).ravel()
    part = (value - value[0]) * (until - time_ms)  # less the first value, so that a constant stays exact
    done = np.cumsum(part)
    integral = np.diff(np.interp(borders, knots, np.column_stack([done - part, done]).ravel()))
    seen = (covered > 0) & _has_reading(time_ms, borders, interval_ms)
    mean: FloatArray = np.where(seen, integral / np.where(seen, covered, 1.0) + value[0], np.nan)
    values = Values.of(mean.round(6))
    values.mark(covered < _ENOUGH * np.diff(borders), Quality.SUSPECT, Rule.V3)
    _fill_gaps(values)
    return values


def lasts(time_ms: IntArray, value: FloatArray, borders: IntArray) -> Values:
    """Last status in each interval; where there is no reading the one before goes on for up to an hour (estimated, E2).

    Shapes as in `means`.
    """
    n = len(borders) - 1
    if not len(time_ms):
        return Values.of(np.full(n, np.nan))
    place = np.searchsorted(time_ms, borders[1:], side="left") - 1
    age = np.where(place >= 0, borders[1:] - time_ms[place], np.iinfo(np.int64).max)
    values = Values.of(np.where(age <= LONGEST_GAP_MS + SLOT_MS, value[place], np.nan))
    values.mark(age > np.diff(borders), Quality.ESTIMATED, Rule.E2)
    return values


def _has_reading(time_ms: IntArray, borders: IntArray, interval_ms: int) -> Mask:
    back = max(interval_ms - SLOT_MS, 0)
    first = np.searchsorted(time_ms, borders[:-1] - back, side="left")
    has: Mask = np.searchsorted(time_ms, borders[1:], side="left") > first
    return has


def _fill_gaps(values: Values) -> None:
    """E2, in place: linear between the values on either side of a gap."""
    there = np.flatnonzero(values.quality != Quality.MISSING)
    gap = np.diff(there) - 1
    for left, length in zip(there[:-1][gap > 0].tolist(), gap[gap > 0].tolist(), strict=True):
        if length * SLOT_MS <= LONGEST_GAP_MS:
            right = left + length + 1
            inside = slice(left + 1, right)
            values.value[inside] = np.round(np.linspace(values.value[left], values.value[right], length + 2)[1:-1], 6)
            values.quality[inside] = Quality.ESTIMATED
            values.rule[inside] = Rule.E2
